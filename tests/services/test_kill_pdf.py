"""A real worker killed with ``kill -9`` while it makes a PDF: made once in the end, one file, one event."""

import hashlib
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from socle import documents, fichiers, horloge
from socle.models import Document, Evenement, Fichier, Travail
from tests.services import documents_lents
from tests.services.atelier import Atelier, Redis, note, shared_database

pytestmark = [pytest.mark.service]

DONNEES = {"intro": "Bonjour.", "faits": {"Formation": "Développeur web"}, "modules": []}


class AtelierPdf(Atelier):
    """Workers that know the kind of document of these tests."""

    def start(self) -> None:
        """Start a worker with its beat, ticking each second."""
        commande = ["worker", "--beat", f"--schedule={self.dossier / 'beat.schedule'}", "--concurrency=1"]
        commande += ["--include=tests.services.documents_lents", "--loglevel=INFO", "--without-mingle"]
        self._start("worker", commande)


@pytest.fixture(params=documents_lents.POINTS)
def atelier(request, transactional_db, settings, tmp_path, monkeypatch) -> Iterator[AtelierPdf]:
    # The tests' own process publishes nothing: what it writes is found by the workers' sweeps.
    monkeypatch.setattr("socle.reveil.wake", lambda *_: False)
    monkeypatch.setattr(documents, "_genres", {})
    documents_lents.register()
    redis = Redis(tmp_path)
    redis.start()
    with shared_database(tmp_path) as url:
        atelier = AtelierPdf(
            tmp_path,
            {
                "DATABASE_URL": url,
                "GEN_VAR_DIR": str(tmp_path / "var"),
                "GEN_PRIVATE_ROOT": settings.PRIVATE_ROOT,
                "CELERY_BROKER_URL": redis.url,
                "REDIS_URL": "",
                "GEN_TICK": "1",
                "GEN_ESSAI_REPERE": str(tmp_path / "repere"),
                "GEN_ESSAI_POINT": request.param,
            },
        )
        yield atelier
        atelier.kill_all()
    redis.stop()


def bytes_on_disk(settings) -> list[str]:
    return [chemin.name for chemin in Path(settings.PRIVATE_ROOT).rglob("*") if chemin.is_file()]


def test_given_a_worker_killed_while_it_makes_a_pdf_when_its_lease_ends_then_the_document_is_made_once(
    atelier, settings
):
    # Any aggregate can be a subject; a job that is over is the nearest one.
    sujet = Travail.objects.create(genre="essai", cle="sujet", etat="MORT", termine_le=horloge.now())
    document = documents.request(
        documents_lents.GENRE, sujet=sujet, donnees=DONNEES, titre="Essai", cle="essai"
    )
    travail = Travail.objects.get(cle=documents.cle_travail(document))

    atelier.start()
    atelier.wait_for(atelier.repere.exists, "the worker never reached the point")
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
    point = atelier.environnement["GEN_ESSAI_POINT"]
    assert len(orphelins) == (1 if point == "octets" else 0)
    assert fichiers.sweep_orphans(timedelta()) == len(orphelins)
    assert bytes_on_disk(settings) == [str(fichier.pk)]
    assert Document.objects.filter(fichier__isnull=False).count() == 1
    note(f"PDF, kill -9 {documents_lents.POINTS[point]}", "one file, one event, no byte left without a row")
