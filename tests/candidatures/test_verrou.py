"""The lock of a dossier: what it reads again, and what it keeps in hand."""

from typing import Any

import pytest
from django.db import transaction

from candidatures.models import Candidature
from comptes.models import Structure
from socle.transition import lock
from tests.candidatures import fabriques

pytestmark = pytest.mark.django_db


def test_given_a_dossier_when_locked_then_its_structure_stays_in_hand_and_its_state_is_read_again(
    django_assert_num_queries: Any,
) -> None:
    dossier = fabriques.dossier_depose()
    candidature = Candidature.objects.select_related("structure", "appel").get(pk=dossier.pk)
    structure = candidature.structure
    Candidature.objects.filter(pk=candidature.pk).update(intitule="Autre")
    with transaction.atomic():
        with django_assert_num_queries(1):
            lock(candidature)
            assert candidature.structure is structure
            assert candidature.appel.code == "2021"
            assert candidature.intitule == "Autre"
        assert not Candidature.releve_arrivee.is_cached(candidature), "what may change is read again"


def test_given_a_link_that_changed_meanwhile_when_locked_then_the_new_one_is_read() -> None:
    candidature = fabriques.dossier_depose()
    autre = fabriques.brouillon().structure
    Candidature.objects.filter(pk=candidature.pk).update(structure=autre)
    with transaction.atomic():
        lock(candidature)
        assert candidature.structure == Structure.objects.get(pk=autre.pk)
