"""The renewal of a label: prepared 180 days before its end, by the porteur, once (R13)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from candidatures.domain import instantane
from candidatures.domain.appels import publish_releve
from candidatures.domain.attentes import DEPOT
from candidatures.models import Candidature
from labellisation.domain.label import withdraw_label
from labellisation.domain.renouvellement import may_renew, renewal_opens, start_renewal
from labellisation.models import Label
from socle import horloge
from socle.erreurs import ActeurRefuse, TransitionRefusee
from socle.models import Echeance
from tests.candidatures import fabriques as candidatures
from tests.candidatures.test_pages import connecte
from tests.labellisation import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R13")]


@pytest.fixture
def temps() -> Any:
    """Monday 20 September 2021, 10:00 in Paris, and the days that a test chooses."""
    with time_machine.travel(candidatures.LUNDI, tick=False) as voyage:
        yield voyage


@pytest.fixture
def label(temps: Any) -> Label:
    """A label that has just begun."""
    return Label.objects.get(convention=fabriques.convention_signee())


def test_given_a_label_when_its_end_comes_near_then_its_renewal_opens_180_days_before(
    temps: Any, label: Label
) -> None:
    acteur = candidatures.responsable_de(label.structure)
    veille = label.fin - timedelta(days=181)
    temps.move_to(horloge.at_paris(veille, 23, 59))
    assert not may_renew(label)
    with pytest.raises(TransitionRefusee, match="se prépare à partir du"):
        start_renewal(label=label, acteur=acteur)
    temps.move_to(horloge.at_paris(renewal_opens(label)))
    acteur = candidatures.responsable_de(label.structure)
    publish_releve(
        appel=label.candidature.appel,
        borne=horloge.end_of_minute(label.fin - timedelta(days=90), 23, 59),
        resultats_avant=label.fin,
        acteur=fabriques.direction(),
    )
    brouillon = start_renewal(label=label, acteur=acteur)
    assert start_renewal(label=label, acteur=acteur) == brouillon, "twice is the same draft"
    assert brouillon.suivie_par == acteur
    formation = instantane.fields_of(instantane.section_data(brouillon, "formation"))
    assert (formation["renouvellement"], formation["label_renouvele"]) == (True, label.code)
    assert (brouillon.intitule, brouillon.depot_des) == (label.intitule, label.fin + timedelta(days=1))
    assert not Echeance.objects.filter(genre=DEPOT, sujet_id=brouillon.pk).exists(), "no relevé by then"
    client = connecte(acteur)
    assert (
        "Prochain relevé"
        not in client.get(reverse("candidatures:dossier", args=[brouillon.pk])).content.decode()
    )


def test_given_somebody_else_or_a_label_withdrawn_then_nothing_is_prepared(temps: Any, label: Label) -> None:
    temps.move_to(horloge.at_paris(renewal_opens(label)))
    direction = fabriques.direction()
    with pytest.raises(ActeurRefuse):
        start_renewal(label=label, acteur=direction)
    withdraw_label(label=label, acteur=direction, motifs="Engagements non tenus")
    with pytest.raises(TransitionRefusee, match="retiré"):
        start_renewal(label=label, acteur=candidatures.responsable_de(label.structure))
    assert Candidature.objects.count() == 1


def test_given_the_page_of_the_convention_then_the_porteur_finds_the_renewal_when_it_opens(
    temps: Any, label: Label
) -> None:
    adresse = reverse("labellisation:convention", args=[label.convention_id])
    porteur = candidatures.responsable_de(label.structure)
    assert "Préparer le renouvellement" not in connecte(porteur).get(adresse).content.decode()
    temps.move_to(horloge.at_paris(renewal_opens(label), 10))
    client = connecte(porteur)
    assert "Préparer le renouvellement" in client.get(adresse).content.decode()
    reponse = client.post(reverse("labellisation:renouveler", args=[label.convention_id]), follow=True)
    texte = reponse.content.decode()
    assert "Brouillon — non déposé" in texte
    assert "ce dossier se dépose à partir du" in texte
