"""The day on which silence becomes a rejection, kept beside the dossier (R11, R16)."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from candidatures.domain.complements import answer_complements, close_complements
from candidatures.domain.silence import rejection_day
from candidatures.models import Candidature
from socle import horloge
from socle.references import SYSTEME
from tests.candidatures import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R11", "R16")]


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


def day_of(candidature: Candidature) -> date | None:
    return Candidature.objects.values_list("rejet_implicite_le", flat=True).get(pk=candidature.pk)


@pytest.mark.parametrize(
    ("jour", "heure", "attendu"),
    [
        (date(2021, 9, 20), 10, date(2021, 11, 20)),
        (date(2021, 12, 31), 10, date(2022, 2, 28)),
        # 23:30 in Paris on the 30th is the 30th, whatever the day in UTC.
        (date(2021, 6, 30), 23, date(2021, 8, 30)),
    ],
)
def test_given_a_receipt_when_two_months_pass_then_the_day_is_the_same_number_or_the_last(
    jour: date, heure: int, attendu: date
) -> None:
    assert rejection_day(horloge.at_paris(jour, heure, 30)) == attendu


def test_given_a_draft_when_deposited_then_it_is_dated() -> None:
    assert day_of(fabriques.brouillon()) is None
    assert day_of(fabriques.dossier_depose()) == date(2021, 11, 20)


def test_given_compléments_when_asked_then_the_delay_is_suspended_until_the_answer(lundi: Any) -> None:
    candidature = fabriques.dossier_en_complement(reponse_avant=date(2021, 10, 5))
    assert day_of(candidature) is None
    lundi.shift(timedelta(days=4))
    answer_complements(
        candidature=candidature,
        acteur=fabriques.responsable_de(candidature.structure),
        arrivee=horloge.now(),
    )
    assert day_of(candidature) == date(2021, 11, 24)


def test_given_compléments_without_an_answer_when_closed_late_then_only_the_time_given_counts(
    lundi: Any,
) -> None:
    candidature = fabriques.dossier_en_complement(reponse_avant=date(2021, 10, 5))
    lundi.shift(timedelta(days=30))
    close_complements(candidature=candidature, acteur=SYSTEME)
    # From 20 September to the end of 5 October: sixteen days.
    assert day_of(candidature) == date(2021, 12, 6)
