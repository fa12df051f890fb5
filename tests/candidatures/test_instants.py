"""The deposit at the instants that count: forty at once, the last second, any host, no worker."""

import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from candidatures.models import Candidature, Depot, Releve
from socle import documents, reveil, travaux
from socle.horloge import end_of_minute
from socle.models import Courriel, Document, Evenement, Travail
from tests.candidatures import fabriques
from tests.candidatures.test_depot import BORNE_1, BORNE_2
from tests.candidatures.test_pages import connecte

pytestmark = [pytest.mark.django_db]

MILLIEME = timedelta(milliseconds=1)
ENTETE = "X-Arrivee"


def deposer(client: Client, candidature: Candidature, arrivee: datetime | None = None) -> Any:
    """Press the button; ``arrivee`` is when the proxy had the first byte."""
    entetes = {ENTETE: f"t={arrivee.timestamp():.3f}"} if arrivee else {}
    return client.post(reverse("candidatures:deposer", args=[candidature.pk]), headers=entetes)


def printed(candidature: Candidature) -> tuple[str, str]:
    """Return the day and the second that the receipt prints."""
    donnees = candidature.depots.get().recu.donnees
    return tuple(donnees[cle].replace("\u00a0", " ") for cle in ("jour", "heure"))


@pytest.fixture(params=["UTC", "Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu"])
def hote(request: Any) -> Iterator[str]:
    """A machine that lives elsewhere."""
    avant = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if avant is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = avant
    time.tzset()


@pytest.mark.regle("R1", "R3", "R4")
@pytest.mark.parametrize(
    ("arrivee", "numero"),
    [(BORNE_1 - MILLIEME, 1), (BORNE_1, 2), (BORNE_2 - MILLIEME, 2), (BORNE_2, None)],
)
def test_given_the_last_second_when_the_button_is_pressed_then_each_side_has_its_releve(
    arrivee: datetime, numero: int | None, settings: Any
) -> None:
    settings.GEN_ENTETE_ARRIVEE = ENTETE
    # The request is read eight seconds after its first byte, past the bound in each case.
    with time_machine.travel(arrivee + timedelta(seconds=8), tick=False):
        candidature = fabriques.dossier_complet()
        client = connecte(fabriques.responsable_de(candidature.structure))
        assert deposer(client, candidature, arrivee).status_code == 302
    candidature.refresh_from_db()
    releve = candidature.releve_arrivee
    assert (releve.numero if releve else None) == numero
    depot = candidature.depots.get()
    assert depot.arrivee == arrivee
    if numero is None:
        assert depot.recu.donnees["releve"] == "relevé à annoncer"
    else:
        assert f"relevé {numero}" in depot.recu.donnees["releve"].lower()


@pytest.mark.regle("R3", "R4")
def test_given_a_host_in_any_zone_when_deposited_then_the_paris_wall_clock_decides(
    hote: str, settings: Any
) -> None:
    settings.GEN_ENTETE_ARRIVEE = ENTETE
    with time_machine.travel(BORNE_2 + timedelta(seconds=8), tick=False):
        a_temps, trop_tard = fabriques.dossier_complet(), fabriques.dossier_complet()
        for candidature, arrivee in ((a_temps, BORNE_2 - MILLIEME), (trop_tard, BORNE_2)):
            deposer(connecte(fabriques.responsable_de(candidature.structure)), candidature, arrivee)
            candidature.refresh_from_db()
    assert a_temps.releve_arrivee.numero == 2
    assert trop_tard.releve_arrivee is None
    assert printed(a_temps) == ("jeudi 30 septembre 2021", "23 h 59 min 59 s")
    assert printed(trop_tard) == ("vendredi 1er octobre 2021", "0 h 00 min 00 s")


@pytest.mark.regle("R4", "R11")
def test_given_a_broker_and_a_worker_that_are_off_when_deposited_then_the_receipt_comes_with_the_sweep(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any, dossiers_prives: None
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise OSError("no broker")

    monkeypatch.setattr("celery.app.task.Task.apply_async", away)
    monkeypatch.setattr(reveil, "_broker_down_until", 0.0)
    with time_machine.travel(BORNE_2 - timedelta(seconds=2), tick=False) as temps:
        candidature = fabriques.dossier_complet()
        client = connecte(fabriques.responsable_de(candidature.structure))
        with django_capture_on_commit_callbacks(execute=True):
            assert deposer(client, candidature).status_code == 302
        recu = candidature.depots.get().recu
        travail = Travail.objects.get(cle=documents.cle_travail(recu))
        assert (recu.fichier, travail.etat) == (None, Travail.Etat.A_FAIRE)
        # The worker is back three days later: what was deposited in time stays in time.
        temps.shift(timedelta(days=3))
        travaux.run(travail.pk)
    recu.refresh_from_db()
    assert recu.fichier is not None
    candidature.refresh_from_db()
    assert candidature.releve_arrivee.numero == 2
    assert printed(candidature) == ("jeudi 30 septembre 2021", "23 h 59 min 58 s")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.regle("R11")
def test_given_forty_deposits_at_once_on_postgresql_then_there_is_one() -> None:
    """Forty tabs, each with its own connection, all let go at the same instant."""
    with time_machine.travel(fabriques.LUNDI, tick=False):
        candidature = fabriques.dossier_complet()
        acteur = fabriques.responsable_de(candidature.structure)
        clients = [connecte(acteur) for _ in range(40)]
        depart, reponses = threading.Barrier(len(clients)), []

        def press(client: Client) -> None:
            try:
                depart.wait(timeout=30)
                reponses.append(deposer(client, candidature).status_code)
            except Exception as erreur:  # what a thread raises would be lost
                reponses.append(erreur)
            finally:
                connection.close()

        fils = [threading.Thread(target=press, args=[client]) for client in clients]
        for fil in fils:
            fil.start()
        for fil in fils:
            fil.join(timeout=60)
    assert reponses == [302] * 40
    depot = Depot.objects.get()
    assert Courriel.objects.filter(gabarit="candidature_deposee").count() == 1
    assert Document.objects.filter(genre="candidatures.recu").count() == 1
    assert Evenement.objects.filter(verbe="candidature.deposee").count() == 1
    candidature.refresh_from_db()
    assert candidature.deposee_le == depot.arrivee == fabriques.LUNDI


@pytest.mark.regle("R3", "R4")
@pytest.mark.parametrize(
    ("minute", "instant"),
    [
        # 23:59 on the eve and on the night of each change of summer time: UTC+2 until October, then UTC+1.
        ((2021, 10, 30), datetime(2021, 10, 30, 22, 0, tzinfo=UTC)),
        ((2021, 10, 31), datetime(2021, 10, 31, 23, 0, tzinfo=UTC)),
        ((2022, 3, 26), datetime(2022, 3, 26, 23, 0, tzinfo=UTC)),
        ((2022, 3, 27), datetime(2022, 3, 27, 22, 0, tzinfo=UTC)),
    ],
)
def test_given_a_releve_on_a_change_of_summer_time_when_deposited_around_it_then_paris_decides(
    minute: tuple[int, int, int], instant: datetime, settings: Any
) -> None:
    settings.GEN_ENTETE_ARRIVEE = ENTETE
    jour = date(*minute)
    appel = fabriques.referentiel()
    releve = Releve.objects.create(
        appel=appel,
        numero=3,
        borne=end_of_minute(jour, 23, 59),
        resultats_avant=date(2022, 6, 1),
        publie_le=appel.ouvert_le,
    )
    assert releve.borne == instant
    with time_machine.travel(instant + timedelta(seconds=8), tick=False):
        for arrivee, attendu in ((instant - MILLIEME, releve), (instant, None)):
            candidature = fabriques.dossier_complet()
            deposer(connecte(fabriques.responsable_de(candidature.structure)), candidature, arrivee)
            candidature.refresh_from_db()
            assert candidature.releve_arrivee == attendu
