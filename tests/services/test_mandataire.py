"""The reverse proxy of production, really run: the arrival of a request (R4), and what it lets through."""

import contextlib
import http.client
import http.server
import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.services import find, free_port

RACINE = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.service, pytest.mark.une_fois]


class Portail(http.server.BaseHTTPRequestHandler):
    """Stands for the portal: answers with the headers it was given, and when it was asked."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer()

    def _answer(self) -> None:
        vu = {"recu": time.time(), "chemin": f"{self.command} {self.path}"}
        corps = json.dumps({**vu, **{k.lower(): v for k, v in self.headers.items()}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(corps)))
        self.end_headers()
        self.wfile.write(corps)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Mandataire:
    """nginx with the configuration of production, on free ports, before one stand-in."""

    def __init__(self, dossier: Path, portail: int) -> None:
        self.dossier = dossier
        self.http = free_port()
        # Given back at once, a port may be given again.
        self.https = next(port for _ in range(100) if (port := free_port()) != self.http)
        texte = (RACINE / "deploy" / "nginx.conf").read_text()
        # What only the engine gives: its resolver, the name of the service, its secrets.
        for motif, remplacement in (
            # First: what follows may itself be under /tmp.
            (r"/tmp/", f"{dossier}/"),
            (r"resolver .*;", ""),
            (r"zone portail .*;", ""),
            (r"server web:8000 resolve;", f"server 127.0.0.1:{portail};"),
            (r"/run/secrets/tls_certificat", str(dossier / "certificat.pem")),
            (r"/run/secrets/tls_cle", str(dossier / "cle.pem")),
            (r"listen 8080;", f"listen 127.0.0.1:{self.http};"),
            (r"listen 8443 ssl;", f"listen 127.0.0.1:{self.https} ssl;"),
            (r"/dev/stdout", str(dossier / "acces.log")),
            (r"/dev/stderr", str(dossier / "erreurs.log")),
        ):
            texte, nombre = re.subn(motif, remplacement, texte)
            assert nombre, motif
        (dossier / "nginx.conf").write_text(texte)

    def command(self, *options: str) -> list[str]:
        return [
            find("nginx") or "nginx",
            "-p",
            str(self.dossier),
            "-c",
            str(self.dossier / "nginx.conf"),
            *options,
        ]

    def connect(self) -> ssl.SSLSocket:
        contexte = ssl.create_default_context(cafile=str(self.dossier / "certificat.pem"))
        prise = socket.create_connection(("127.0.0.1", self.https), timeout=20)
        return contexte.wrap_socket(prise, server_hostname="localhost")

    def exchange(self, *morceaux: bytes, pause: float = 0) -> tuple[int, dict[str, Any]]:
        """Send a request in pieces, and return the status and what the portal saw."""
        with self.connect() as prise:
            for rang, morceau in enumerate(morceaux):
                time.sleep(pause if rang else 0)
                prise.sendall(morceau)
            reponse = http.client.HTTPResponse(prise)
            reponse.begin()
            corps = reponse.read()
        return reponse.status, json.loads(corps) if reponse.status == 200 else {}


@pytest.fixture
def mandataire(tmp_path: Path) -> Iterator[Mandataire]:
    openssl = shutil.which("openssl")
    assert openssl, "openssl is not installed"
    cle = ["-keyout", str(tmp_path / "cle.pem"), "-out", str(tmp_path / "certificat.pem")]
    sujet = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *cle, *sujet],
        check=True,
        capture_output=True,
    )
    serveur = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Portail)
    threading.Thread(target=serveur.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    nginx = Mandataire(tmp_path, serveur.server_port)
    juge = subprocess.run(nginx.command("-t"), capture_output=True, text=True, check=False)
    assert juge.returncode == 0, juge.stderr
    processus = subprocess.Popen(nginx.command("-g", "daemon off;"))
    try:
        _wait(nginx.https)
        yield nginx
    finally:
        processus.terminate()
        processus.wait(timeout=10)
        serveur.shutdown()
        serveur.server_close()


def _wait(port: int) -> None:
    limite = time.monotonic() + 20
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        assert time.monotonic() < limite, "nginx does not start"
        time.sleep(0.05)


def arrivee(vu: dict[str, Any]) -> float:
    trouve = re.fullmatch(r"t=(\d+\.\d{3})", vu["x-arrivee"])
    assert trouve, vu["x-arrivee"]
    return float(trouve[1])


@pytest.mark.regle("R4")
def test_given_a_deposit_whose_files_take_long_when_it_passes_then_its_arrival_is_before_its_body(
    mandataire: Mandataire,
) -> None:
    debut = time.time()
    statut, vu = mandataire.exchange(
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\nConnection: close\r\n\r\n",
        b"abc",
        b"def",
        pause=1.5,
    )
    assert statut == 200
    assert debut - 0.01 <= arrivee(vu) < debut + 1
    assert vu["recu"] >= debut + 3


def test_given_headers_that_a_visitor_forges_when_they_pass_then_the_proxy_s_own_reach_the_portal(
    mandataire: Mandataire,
) -> None:
    statut, vu = mandataire.exchange(
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Arrivee: t=1.000\r\nX-Forwarded-For: 9.9.9.9\r\n"
        b"X-Forwarded-Proto: http\r\nX-Forwarded-Host: mal.example\r\nForwarded: for=9.9.9.9\r\n"
        b"X-Request-ID: choisi-par-le-visiteur\r\nConnection: close\r\n\r\n"
    )
    assert statut == 200
    assert arrivee(vu) > time.time() - 60
    assert (vu["x-forwarded-for"], vu["x-forwarded-proto"]) == ("127.0.0.1", "https")
    assert not {"x-forwarded-host", "forwarded"} & set(vu)
    assert re.fullmatch(r"[0-9a-f]{32}", vu["x-request-id"])
    # The two logs meet by this id, and the proxy's holds no path.
    time.sleep(0.3)
    lignes = [json.loads(ligne) for ligne in (mandataire.dossier / "acces.log").read_text().splitlines()]
    assert lignes[-1]["request_id"] == vu["x-request-id"]
    assert "/" not in lignes[-1]["methode"]


def test_given_a_body_over_the_limit_when_sent_then_refused_before_the_portal(mandataire: Mandataire) -> None:
    def announce(octets: int) -> int:
        entete = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {octets}\r\n\r\n"
        with mandataire.connect() as prise:
            prise.sendall(entete.encode())
            prise.settimeout(1.5)
            try:
                return int(prise.recv(100).split()[1])
            except TimeoutError:
                return 0

    assert announce(24 * 1024 * 1024 + 1) == 413
    assert announce(24 * 1024 * 1024) == 0


def test_given_a_body_over_the_limit_when_refused_then_the_portal_says_what_to_do(
    mandataire: Mandataire,
) -> None:
    with mandataire.connect() as prise:
        prise.sendall(
            b"POST /candidatures/ HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid=x\r\n"
            b"Content-Type: text/plain\r\nContent-Length: 2147483648\r\n\r\n"
        )
        reponse = http.client.HTTPResponse(prise)
        reponse.begin()
        vu = json.loads(reponse.read())
    assert (reponse.status, vu["chemin"], vu["cookie"]) == (413, "GET /envoi-trop-lourd/", "sessionid=x")
    assert not {"content-length", "content-type"} & set(vu)


def test_given_plain_http_when_asked_then_sent_to_https_and_the_probe_answers(mandataire: Mandataire) -> None:
    def ask(chemin: str) -> tuple[int, str]:
        connexion = http.client.HTTPConnection("127.0.0.1", mandataire.http, timeout=10)
        connexion.request("GET", chemin, headers={"Host": "label.exemple.fr"})
        reponse = connexion.getresponse()
        connexion.close()
        return reponse.status, reponse.headers.get("Location", "")

    assert ask("/appel/") == (301, "https://label.exemple.fr/appel/")
    assert ask("/vivant") == (204, "")
