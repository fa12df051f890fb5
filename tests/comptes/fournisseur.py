"""A small OpenID Connect provider, for tests: a real server, real keys, answers that a test can spoil."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "portail-gen"
SECRET = "secret-d-essai"


def new_key() -> rsa.RSAPrivateKey:
    """Make a key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Fournisseur:
    """What the provider would answer; a test changes the parts it wants wrong."""

    cle: rsa.RSAPrivateKey
    identite: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    #: Signs the identity token, and userinfo.
    signer: Callable[[dict[str, Any]], str] | None = None
    signer_userinfo: Callable[[dict[str, Any]], str] | None = None
    userinfo_signe: bool = True
    adresse: str = ""
    nonce: str = ""
    defi: str = ""

    def sign(self, dit: dict[str, Any]) -> str:
        """Sign as it should be."""
        return jwt.encode(dit, self.cle, algorithm="RS256", headers={"kid": "cle-1"})

    def claims(self) -> dict[str, Any]:
        """Return what every token says."""
        instant = int(time.time())
        return {"iss": self.adresse, "aud": CLIENT, "sub": "sub-1", "iat": instant, "exp": instant + 300}

    def asked(self, adresse: str) -> str:
        """Take the browser's question; return its state."""
        demande = parse_qs(urlsplit(adresse).query)
        self.nonce, self.defi = demande["nonce"][0], demande["code_challenge"][0]
        assert demande["client_id"] == [CLIENT]
        return demande["state"][0]

    def answer(self, chemin: str, corps: dict[str, list[str]]) -> tuple[int, str, str]:
        """Answer a request of the portal."""
        if chemin == "/.well-known/openid-configuration":
            noms = ("authorization", "token", "userinfo", "end_session")
            configuration = {f"{nom}_endpoint": f"{self.adresse}/{nom}" for nom in noms}
            return _json({**configuration, "issuer": self.adresse, "jwks_uri": f"{self.adresse}/jwks"})
        if chemin == "/jwks":
            publique = jwt.algorithms.RSAAlgorithm.to_jwk(self.cle.public_key(), as_dict=True)
            return _json({"keys": [{**publique, "kid": "cle-1", "alg": "RS256", "use": "sig"}]})
        if chemin == "/token":
            return self._token(corps)
        dit = {**self.claims(), "given_name": "Inès", "usual_name": "Petit", **self.userinfo}
        if self.userinfo_signe:
            return 200, "application/jwt", (self.signer_userinfo or self.sign)(dit)
        return _json(dit)

    def _token(self, corps: dict[str, list[str]]) -> tuple[int, str, str]:
        empreinte = hashlib.sha256(corps["code_verifier"][0].encode()).digest()
        if base64.urlsafe_b64encode(empreinte).rstrip(b"=").decode() != self.defi:
            return 400, "application/json", "{}"
        if corps["client_secret"] != [SECRET]:
            return 401, "application/json", "{}"
        jeton = (self.signer or self.sign)({**self.claims(), "nonce": self.nonce, **self.identite})
        return _json({"access_token": "acces", "token_type": "Bearer", "id_token": jeton})


def _json(valeurs: dict[str, Any]) -> tuple[int, str, str]:
    return 200, "application/json", json.dumps(valeurs)


def serve(fournisseur: Fournisseur) -> ThreadingHTTPServer:
    """Start the provider on a free port."""

    class Poignee(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            taille = int(self.headers.get("Content-Length") or 0)
            corps = parse_qs(self.rfile.read(taille).decode())
            statut, nature, texte = fournisseur.answer(urlsplit(self.path).path, corps)
            self.send_response(statut)
            self.send_header("Content-Type", nature)
            self.end_headers()
            self.wfile.write(texte.encode())

        do_GET = do_POST = _reply

        def log_message(self, format: str, *args: Any) -> None:
            """Stay quiet."""

    serveur = ThreadingHTTPServer(("127.0.0.1", 0), Poignee)
    fournisseur.adresse = f"http://127.0.0.1:{serveur.server_port}"
    threading.Thread(target=serveur.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return serveur
