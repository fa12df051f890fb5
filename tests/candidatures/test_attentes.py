"""A draft is expected at the next relevé, and its members are reminded of it (R4, R26, R27)."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from candidatures.domain.appels import publish_releve
from candidatures.domain.attentes import DEPOT, PAR_PASSAGE, sweep_drafts
from candidatures.models import Candidature
from comptes.models import Appartenance
from socle import echeances, horloge
from socle.models import Courriel, Echeance
from tests.candidatures import fabriques
from tests.comptes import fabriques as comptes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def aout() -> Any:
    """Monday 23 August 2021, 10:00 in Paris: relevé 1 is past, relevé 2 is five weeks ahead."""
    with time_machine.travel(horloge.at_paris(date(2021, 8, 23), 10), tick=False) as temps:
        yield temps


def expected(candidature: Candidature) -> list[tuple[str, date, bool]]:
    """Return what is expected of a dossier: relevé, last day, still open."""
    lignes = Echeance.objects.filter(genre=DEPOT, sujet_id=candidature.pk).order_by("cle")
    return [(ligne.cle, ligne.due, ligne.est_ouverte) for ligne in lignes]


def pass_days(temps: Any, jusqu_au: date) -> list[str]:
    """Let the days pass until one, a sweep each morning; return whom each e-mail went to, and when."""
    jour = horloge.today()
    deja = set(Courriel.objects.values_list("pk", flat=True))
    while jour < jusqu_au:
        jour += timedelta(days=1)
        temps.move_to(horloge.at_paris(jour, 9))
        sweep_drafts()
        echeances.send_due()
    envoyes = Courriel.objects.filter(gabarit="rappel").exclude(pk__in=deja).order_by("cree_le", "email")
    return [f"{courriel.cree_le:%d/%m} {courriel.email}" for courriel in envoyes]


@pytest.mark.regle("R26", "R27")
def test_given_a_draft_when_the_releve_comes_near_then_its_authors_are_reminded_four_times(aout: Any) -> None:
    candidature = fabriques.brouillon()
    responsable = fabriques.responsable_de(candidature.structure)
    auteur, spectateur, parti = (comptes.membre(candidature.structure) for _ in range(3))
    fabriques.enregistrer(candidature, auteur, "immersion", {"heures": 140})
    fabriques.enregistrer(candidature, parti, "publics", {"gratuite": True})
    Appartenance.objects.filter(utilisateur=parti).update(au=horloge.now())
    assert expected(candidature) == [("2", date(2021, 9, 30), True)]
    attendus = sorted([responsable.email, auteur.email])
    jours = ("15/09", "23/09", "28/09", "30/09")
    assert pass_days(aout, date(2021, 9, 30)) == [f"{jour} {email}" for jour in jours for email in attendus]
    assert spectateur.email not in Courriel.objects.values_list("email", flat=True)
    dernier = Courriel.objects.filter(gabarit="rappel").order_by("-cree_le")[0]
    assert "Brouillon — non déposé" in dernier.texte
    assert "jeudi 30\u00a0septembre 2021" in dernier.objet
    assert "relevé 2, jusqu’à 23\u00a0h\u00a059, heure de Paris" in dernier.texte
    assert pass_days(aout, date(2021, 12, 1)) == [], "once past, a relevé asks for nothing more"
    assert expected(candidature) == [("2", date(2021, 9, 30), False)]


@pytest.mark.regle("R27")
def test_given_a_draft_opened_late_then_the_steps_that_were_before_are_not_caught_up(aout: Any) -> None:
    aout.move_to(horloge.at_paris(date(2021, 9, 20), 10))
    fabriques.brouillon()
    echeances.send_due()
    assert not Courriel.objects.filter(gabarit="rappel").exists()
    assert [envoi[:5] for envoi in pass_days(aout, date(2021, 9, 30))] == ["23/09", "28/09", "30/09"]


@pytest.mark.regle("R27")
def test_given_a_deposit_then_nobody_is_reminded_any_more(aout: Any) -> None:
    candidature = fabriques.dossier_depose()
    attente = Echeance.objects.get(genre=DEPOT, sujet_id=candidature.pk)
    assert attente.preuve is not None
    assert attente.remplie_le == candidature.depots.get().arrivee
    assert pass_days(aout, date(2021, 10, 1)) == []


@pytest.mark.regle("R4", "R26")
def test_given_a_draft_that_missed_a_releve_when_another_is_announced_then_it_is_expected_there(
    aout: Any,
) -> None:
    candidature = fabriques.brouillon()
    pass_days(aout, date(2021, 10, 4))
    direction = comptes.utilisateur("direction")
    direction.forget_roles()
    borne = horloge.end_of_minute(date(2021, 12, 31), 23, 59)
    publish_releve(appel=candidature.appel, borne=borne, resultats_avant=date(2022, 2, 28), acteur=direction)
    sweep_drafts()
    assert expected(candidature) == [("2", date(2021, 9, 30), False), ("3", date(2021, 12, 31), True)]
    sweep_drafts()
    assert len(expected(candidature)) == 2, "a sweep adds nothing twice"


@pytest.mark.regle("R3")
@pytest.mark.parametrize(
    ("heure", "attendus"),
    [
        (horloge.at_paris(date(2021, 9, 30), 23, 59) + timedelta(seconds=59), ["2"]),
        (horloge.at_paris(date(2021, 10, 1)), []),
    ],
)
def test_given_the_last_second_of_a_releve_when_a_draft_is_opened_then_the_bound_decides(
    aout: Any, heure: datetime, attendus: list[str]
) -> None:
    aout.move_to(heure)
    assert [cle for cle, _, _ in expected(fabriques.brouillon())] == attendus


@pytest.mark.regle("R26")
def test_given_a_releve_announced_while_another_runs_then_each_has_its_own_end(aout: Any) -> None:
    candidature = fabriques.brouillon()
    direction = comptes.utilisateur("direction")
    direction.forget_roles()
    # Its bound is at noon: the whole day is not over when it is past.
    borne = horloge.at_paris(date(2021, 9, 10), 12)
    publish_releve(appel=candidature.appel, borne=borne, resultats_avant=date(2021, 12, 1), acteur=direction)
    sweep_drafts()
    aout.move_to(horloge.at_paris(date(2021, 9, 10), 15))
    sweep_drafts()
    aout.move_to(horloge.at_paris(date(2021, 9, 11), 9))
    sweep_drafts()
    assert expected(candidature) == [("2", date(2021, 9, 30), True), ("3", date(2021, 9, 10), False)]


def test_given_drafts_of_before_when_the_sweep_passes_then_they_are_expected_too(aout: Any) -> None:
    brouillons = [fabriques.brouillon(comptes.structure()) for _ in range(2)]
    Echeance.objects.filter(genre=DEPOT).delete()
    assert sweep_drafts() == 2
    assert all(expected(brouillon) for brouillon in brouillons)
    assert PAR_PASSAGE >= 2


@pytest.mark.regle("R8")
def test_given_a_draft_when_the_direction_reads_obligations_then_it_does_not_know_of_it(aout: Any) -> None:
    candidature = fabriques.brouillon()
    direction = comptes.utilisateur("direction")
    direction.forget_roles()
    membre = fabriques.responsable_de(candidature.structure)
    for lecteur, vues in ((direction, 0), (membre, 1)):
        assert Echeance.objects.filter(genre=DEPOT).visible_to(lecteur).count() == vues
