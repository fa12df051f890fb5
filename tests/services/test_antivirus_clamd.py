"""A real clamd, with a small signature base of its own: found, clean, off, back (R12)."""

import io
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.base import ContentFile

from socle import antivirus, balayages, fichiers, travaux
from socle.models import Antivirus, Fichier, Travail
from socle.references import SYSTEME
from tests.socle.papier import page_pdf

pytestmark = [pytest.mark.service, pytest.mark.une_fois, pytest.mark.regle("R12"), pytest.mark.django_db]

PDF = page_pdf()


class Demon:
    """A clamd in the foreground, that a test starts and stops."""

    def __init__(self, dossier: Path) -> None:
        with socket.socket() as prise:
            prise.bind(("127.0.0.1", 0))
            self.port = prise.getsockname()[1]
        self.dossier = dossier
        base = dossier / "base"
        base.mkdir()
        (base / "essai.ndb").write_text(f"Essai.Eicar:0:*:{antivirus.EICAR.hex()}\n")
        (dossier / "clamd.conf").write_text(
            f"Foreground yes\nTCPSocket {self.port}\nTCPAddr 127.0.0.1\nDatabaseDirectory {base}\n"
            f"TemporaryDirectory {dossier}\nStreamMaxLength 1M\nMaxThreads 2\n"
        )
        self.processus: subprocess.Popen[bytes] | None = None

    @property
    def adresse(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, and wait until it answers PONG."""
        programme = shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")
        assert programme, "clamd is not installed (package clamav-daemon)"
        with (self.dossier / "clamd.log").open("ab") as journal:
            self.processus = subprocess.Popen(
                [programme, "--config-file", str(self.dossier / "clamd.conf")],
                stdout=journal,
                stderr=subprocess.STDOUT,
            )
        limite = time.monotonic() + 60
        while not antivirus.Clamd(self.adresse).ping():
            assert self.processus.poll() is None, (self.dossier / "clamd.log").read_text()
            assert time.monotonic() < limite, (self.dossier / "clamd.log").read_text()
            time.sleep(0.1)

    def stop(self) -> None:
        """Kill it, as a crash would."""
        if self.processus is not None:
            self.processus.send_signal(signal.SIGKILL)
            self.processus.wait(timeout=10)
            self.processus = None


@pytest.fixture
def demon(tmp_path, settings) -> Iterator[Demon]:
    dossier = tmp_path / "clamd"
    dossier.mkdir()
    demon = Demon(dossier)
    settings.GEN_ANTIVIRUS = "clamd"
    settings.GEN_CLAMD = demon.adresse
    demon.start()
    yield demon
    demon.stop()


def store(contenu: bytes) -> Fichier:
    # Any aggregate can own a file; a job is the nearest one.
    proprietaire = Travail.objects.get_or_create(
        cle="essai", defaults={"genre": "essai", "etat": "MORT", "termine_le": "2021-09-20T00:00Z"}
    )[0]
    return fichiers.store(
        ContentFile(contenu), nom="piece.pdf", proprietaire=proprietaire, politique="essai", acteur=SYSTEME
    )


def test_given_a_real_clamd_when_files_come_then_it_finds_the_bad_one_and_passes_the_good_one(demon):
    infecte, sain = store(PDF + antivirus.EICAR), store(PDF)

    assert fichiers.analyse(infecte.pk).antivirus == Antivirus.INFECTE
    assert fichiers.analyse(sain.pk).antivirus == Antivirus.SAIN

    infecte.refresh_from_db()
    assert infecte.constat == "Essai.Eicar.UNOFFICIAL"
    assert antivirus.scan(io.BytesIO(antivirus.EICAR)) == antivirus.Verdict(False, "Essai.Eicar.UNOFFICIAL")


def test_given_a_stream_over_the_daemons_limit_when_it_comes_then_it_is_in_quarantine(demon):
    trop = store(PDF + os.urandom(3 * 1024 * 1024))

    assert fichiers.analyse(trop.pk).antivirus == Antivirus.QUARANTAINE


def test_given_a_clamd_that_died_when_a_file_comes_then_it_waits_in_quarantine_and_passes_at_its_return(
    demon,
):
    demon.stop()
    fichier = store(PDF)
    travaux.run(Travail.objects.get(cle=f"fichier.analyser:{fichier.pk}").pk)
    fichier.refresh_from_db()
    assert fichier.antivirus == Antivirus.QUARANTAINE
    assert demon.adresse in fichier.constat

    with time_machine.travel(fichier.prochaine_analyse_le + timedelta(seconds=1)):
        assert balayages.run_all(sur_place=True)["analyses"] == 0
        fichier.refresh_from_db()
        assert fichier.antivirus == Antivirus.QUARANTAINE

        demon.start()
        assert balayages.run_all(sur_place=True)["analyses"] == 1

    fichier.refresh_from_db()
    assert fichier.antivirus == Antivirus.SAIN
