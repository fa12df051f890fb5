"""The results of a relevé, a dated obligation of the direction (R4)."""

from datetime import timedelta
from typing import Any

import pytest

from candidatures.domain.depot import withdraw_candidature
from labellisation.domain.resultats import RESULTATS, awaiting_results, settle_all_results
from socle.models import Echeance
from socle.references import reference
from tests.labellisation import fabriques

pytestmark = pytest.mark.django_db


def _obligation(releve: Any) -> Echeance:
    return Echeance.objects.about(reference(releve)).get(genre=RESULTATS)


@pytest.mark.regle("R4")
def test_given_the_last_dossier_of_a_past_releve_when_it_is_notified_then_the_results_are_met(
    lundi: Any,
) -> None:
    fabriques.load_text()
    premier, dernier = fabriques.dossier_note(), fabriques.dossier_note(600)
    releve = premier.releve_examen
    seance = fabriques.seance_ouverte([premier, dernier])
    assert awaiting_results(releve) == 2
    for inscription in seance.inscriptions.all():
        fabriques.voter(inscription)
        fabriques.decider(inscription)
    fabriques.seances.close_seance(seance=seance, acteur=fabriques.direction())
    lundi.move_to(releve.borne + timedelta(days=1))
    assert _obligation(releve).est_ouverte
    fabriques.notifier(seance)
    assert awaiting_results(releve) == 0
    assert _obligation(releve).remplie_le is not None


@pytest.mark.regle("R4")
def test_given_a_releve_without_any_dossier_left_when_its_bound_passes_then_the_sweep_meets_it(
    lundi: Any,
) -> None:
    candidature = fabriques.dossier_note()
    releve = candidature.releve_examen
    withdraw_candidature(
        candidature=candidature,
        acteur=candidature.structure.appartenances.get(role="responsable").utilisateur,
    )
    lundi.move_to(releve.borne - timedelta(microseconds=1))
    settle_all_results()
    assert _obligation(releve).est_ouverte
    lundi.move_to(releve.borne)
    settle_all_results()
    assert _obligation(releve).remplie_le is not None
