"""The builders that the upper floors use."""

from datetime import date

import pytest
import time_machine

from tests.candidatures.fabriques import LUNDI
from tests.labellisation import fabriques

pytestmark = pytest.mark.django_db


@pytest.mark.regle("R22", "R24")
def test_given_the_builders_when_a_label_is_asked_for_then_it_is_active_from_the_day_wanted() -> None:
    with time_machine.travel(LUNDI, tick=False):
        label = fabriques.label_actif(debut=date(2021, 10, 4))
        conditionnel = fabriques.label_sous_condition()

    assert (label.etat, label.debut, label.fin) == ("ACTIF", date(2021, 10, 4), date(2024, 10, 3))
    assert (conditionnel.etat, conditionnel.debut) == ("CONDITIONNEL", date(2021, 9, 20))
