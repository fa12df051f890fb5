"""A real worker killed with ``kill -9`` while it makes a PDF: made once in the end, one file, one event."""

import contextlib
import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, connections

from socle import documents, fichiers, horloge
from socle.models import Document, Evenement, Fichier, Travail
from tests.services import documents_lents

pytestmark = [pytest.mark.service]

RACINE = Path(__file__).resolve().parents[2]
DONNEES = {"intro": "Bonjour.", "faits": {"Formation": "Développeur web"}, "modules": []}


class Atelier:
    """Real workers (and their beat) on the database and the files of one test."""

    def __init__(self, dossier: Path, environnement: dict[str, str]) -> None:
        self.dossier = dossier
        self.environnement = environnement
        self.processus: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start a worker with its beat, ticking each second."""
        commande = [sys.executable, "-m", "celery", "-A", "gen_portal", "worker", "--beat", "--concurrency=1"]
        commande += ["--include=tests.services.documents_lents", "--loglevel=INFO", "--without-mingle"]
        with (self.dossier / "worker.log").open("ab") as journal:
            self.processus = subprocess.Popen(
                commande,
                cwd=RACINE,
                env=os.environ | self.environnement,
                stdout=journal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self) -> None:
        """``kill -9`` the worker with its children: nothing gets to clean up."""
        if self.processus is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.processus.pid, signal.SIGKILL)
            self.processus.wait(timeout=10)
            self.processus = None

    def wait_for(self, condition: Callable[[], bool], quoi: str) -> None:
        """Wait for something that the worker does; its log is the failure's message."""
        limite = time.monotonic() + 90
        while not condition():
            assert time.monotonic() < limite, f"{quoi}:\n{(self.dossier / 'worker.log').read_text()}"
            time.sleep(0.1)


@contextlib.contextmanager
def shared_sqlite(chemin: Path) -> Iterator[str]:
    """Copy the test's database (in memory) to a file that workers open too, and use it meanwhile."""
    en_memoire = connections["default"]
    en_memoire.ensure_connection()
    with contextlib.closing(sqlite3.connect(chemin)) as copie:
        en_memoire.connection.backup(copie)
    partagee = connections.create_connection("default")
    partagee.settings_dict = en_memoire.settings_dict | {"NAME": str(chemin)}
    connections["default"] = partagee
    try:
        yield f"sqlite:///{chemin}"
    finally:
        partagee.close()
        connections["default"] = en_memoire


@contextlib.contextmanager
def shared_postgresql() -> Iterator[str]:
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
    yield f"{base}/{connection.settings_dict['NAME']}"


@pytest.fixture(params=["rendu", "octets"])
def atelier(request, transactional_db, settings, tmp_path, monkeypatch) -> Iterator[Atelier]:
    monkeypatch.setattr(documents, "_genres", {})
    documents_lents.register()
    partage = (
        shared_sqlite(tmp_path / "base.sqlite3") if connection.vendor == "sqlite" else shared_postgresql()
    )
    with partage as url:
        environnement = {
            "DATABASE_URL": url,
            "GEN_VAR_DIR": str(tmp_path / "var"),
            "GEN_PRIVATE_ROOT": settings.PRIVATE_ROOT,
            "CELERY_BROKER_URL": "filesystem://",
            "REDIS_URL": "",
            "GEN_TICK": "1",
            "GEN_ESSAI_REPERE": str(tmp_path / "repere"),
            "GEN_ESSAI_POINT": request.param,
        }
        atelier = Atelier(tmp_path, environnement)
        yield atelier
        atelier.kill()


def bytes_on_disk(settings) -> list[str]:
    return [chemin.name for chemin in Path(settings.PRIVATE_ROOT).rglob("*") if chemin.is_file()]


def test_given_a_worker_killed_while_it_makes_a_pdf_when_its_lease_ends_then_the_document_is_made_once(
    atelier, settings, tmp_path
):
    # Any aggregate can be a subject; a job that is over is the nearest one.
    sujet = Travail.objects.create(genre="essai", cle="sujet", etat="MORT", termine_le=horloge.now())
    document = documents.request(
        documents_lents.GENRE, sujet=sujet, donnees=DONNEES, titre="Essai", cle="essai"
    )
    travail = Travail.objects.get(cle=documents.cle_travail(document))

    atelier.start()
    atelier.wait_for((tmp_path / "repere").exists, "the worker never reached the point")
    atelier.kill()

    travail.refresh_from_db()
    document.refresh_from_db()
    assert travail.etat == Travail.Etat.EN_COURS
    assert not document.est_produit
    assert not Fichier.objects.exists()
    assert not Evenement.objects.filter(verbe="document.produit").exists()

    # The lease of the dead worker runs out; nobody but the sweep knows of the job.
    Travail.objects.filter(pk=travail.pk).update(bail_jusqu_a=horloge.real_now() - timedelta(seconds=1))
    atelier.start()
    atelier.wait_for(
        lambda: Travail.objects.get(pk=travail.pk).etat == Travail.Etat.FAIT, "the job was not taken over"
    )
    time.sleep(3)  # three more ticks: nothing is done twice
    atelier.kill()

    document.refresh_from_db()
    fichier = Fichier.objects.get()
    assert document.fichier == fichier
    assert Evenement.objects.filter(verbe="document.produit").count() == 1
    assert Travail.objects.get(pk=travail.pk).essais == 2
    with fichier.contenu.open("rb") as flux:
        assert hashlib.sha256(flux.read()).hexdigest() == document.sha256
    # Bytes that the dead worker had stored belong to no row: the sweep removes them, and them alone.
    orphelins = set(bytes_on_disk(settings)) - {str(fichier.pk)}
    assert len(orphelins) == (1 if atelier.environnement["GEN_ESSAI_POINT"] == "octets" else 0)
    assert fichiers.sweep_orphans(timedelta()) == len(orphelins)
    assert bytes_on_disk(settings) == [str(fichier.pk)]
    assert Document.objects.filter(fichier__isnull=False).count() == 1
