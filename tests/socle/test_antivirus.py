"""The scanners of R12, without a real daemon: the demo's, none, and clamd's protocol on a socket."""

import io
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.exceptions import ImproperlyConfigured

from socle import antivirus

pytestmark = pytest.mark.regle("R12")


@contextmanager
def daemon(reponse: bytes, *, lit: bool = True) -> Iterator[tuple[str, list[bytes]]]:
    """A one-shot daemon on a free port, which keeps what it received and gives one answer."""
    recu: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as ecoute:

        def serve() -> None:
            connexion, _ = ecoute.accept()
            with connexion:
                if lit:
                    flux = connexion.makefile("rb")
                    recu.append(flux.read(10))
                    while longueur := struct.unpack("!L", flux.read(4))[0]:
                        recu.append(flux.read(longueur))
                connexion.sendall(reponse)

        fil = threading.Thread(target=serve)
        fil.start()
        yield f"127.0.0.1:{ecoute.getsockname()[1]}", recu
        fil.join(timeout=10)
        assert not fil.is_alive()


def free_port() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


def test_given_the_test_string_when_the_demo_scanner_reads_it_then_it_is_found(settings):
    settings.GEN_ANTIVIRUS = "signatures"

    verdict = antivirus.scan(io.BytesIO(antivirus.EICAR))

    assert verdict == antivirus.Verdict(sain=False, constat="Eicar-Test-Signature")


@pytest.mark.parametrize("avant", [0, 10, antivirus.BLOC - 1, antivirus.BLOC - 40, antivirus.BLOC])
def test_given_the_test_string_anywhere_when_the_demo_scanner_reads_it_then_it_is_found(settings, avant):
    settings.GEN_ANTIVIRUS = "signatures"

    assert not antivirus.scan(io.BytesIO(b"x" * avant + antivirus.EICAR + b"y" * 50)).sain


def test_given_a_clean_stream_when_the_demo_scanner_reads_it_then_it_is_clean(settings):
    settings.GEN_ANTIVIRUS = "signatures"

    assert antivirus.scan(io.BytesIO(b"%PDF-1.7" + b"x" * 200_000)).sain
    assert antivirus.ping()


def test_given_no_scanner_when_a_stream_is_scanned_then_there_is_no_verdict(settings):
    settings.GEN_ANTIVIRUS = "eteint"

    with pytest.raises(antivirus.AnalyseImpossible, match="aucun antivirus"):
        antivirus.scan(io.BytesIO(b"propre"))
    assert not antivirus.ping()


def test_given_an_unknown_scanner_when_it_is_asked_then_the_settings_are_wrong(settings):
    settings.GEN_ANTIVIRUS = "magie"

    with pytest.raises(ImproperlyConfigured, match="magie"):
        antivirus.scan(io.BytesIO(b"propre"))


def test_given_a_long_stream_when_clamd_is_asked_then_every_byte_is_sent_in_blocks():
    contenu = bytes(range(256)) * 1000
    with daemon(b"stream: OK\0") as (adresse, recu):
        verdict = antivirus.Clamd(adresse).scan(io.BytesIO(contenu))

    assert verdict == antivirus.Verdict(sain=True)
    assert recu[0] == b"zINSTREAM\0"
    assert b"".join(recu[1:]) == contenu
    assert max(len(bloc) for bloc in recu[1:]) == antivirus.BLOC


def test_given_a_finding_when_clamd_answers_then_its_name_is_kept():
    with daemon(b"stream: Win.Test.EICAR_HDB-1 FOUND\0") as (adresse, _):
        verdict = antivirus.Clamd(adresse).scan(io.BytesIO(b"x"))

    assert verdict == antivirus.Verdict(sain=False, constat="Win.Test.EICAR_HDB-1")


@pytest.mark.parametrize(
    "reponse", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OK? ERROR\0", b"UNKNOWN COMMAND\0"]
)
def test_given_any_other_answer_when_clamd_is_asked_then_there_is_no_verdict(reponse):
    with daemon(reponse) as (adresse, _), pytest.raises(antivirus.AnalyseImpossible):
        antivirus.Clamd(adresse).scan(io.BytesIO(b"x"))


def test_given_a_daemon_that_hangs_up_when_a_large_stream_is_sent_then_there_is_no_verdict():
    with daemon(b"", lit=False) as (adresse, _), pytest.raises(antivirus.AnalyseImpossible):
        antivirus.Clamd(adresse).scan(io.BytesIO(b"x" * 30_000_000))


def test_given_a_silent_daemon_when_the_delay_is_over_then_there_is_no_verdict(monkeypatch):
    monkeypatch.setattr(antivirus, "DELAI_REPONSE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as muet:
        scanner = antivirus.Clamd(f"127.0.0.1:{muet.getsockname()[1]}")

        with pytest.raises(antivirus.AnalyseImpossible, match="timed out"):
            scanner.scan(io.BytesIO(b"x"))


@pytest.mark.parametrize("adresse", ["unix:/nulle/part.sock", "sans-port"])
def test_given_an_address_where_nobody_is_when_clamd_is_asked_then_there_is_no_verdict(adresse):
    scanner = antivirus.Clamd(adresse)

    with pytest.raises(antivirus.AnalyseImpossible):
        scanner.scan(io.BytesIO(b"x"))
    assert not scanner.ping()


def test_given_a_closed_port_when_clamd_is_asked_then_there_is_no_verdict():
    scanner = antivirus.Clamd(f"127.0.0.1:{free_port()}")

    with pytest.raises(antivirus.AnalyseImpossible):
        scanner.scan(io.BytesIO(b"x"))
    assert not scanner.ping()


def test_given_a_unix_socket_when_clamd_is_asked_then_it_answers(tmp_path):
    chemin = tmp_path / "clamd.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as ecoute:
        ecoute.bind(str(chemin))
        ecoute.listen()

        def serve() -> None:
            connexion, _ = ecoute.accept()
            with connexion:
                assert connexion.recv(64) == b"zPING\0"
                connexion.sendall(b"PONG\0")

        fil = threading.Thread(target=serve)
        fil.start()
        assert antivirus.Clamd(f"unix:{chemin}").ping()
        fil.join(timeout=10)
