"""A draft that begins with the answers of another dossier (R13)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from candidatures.domain import instantane, renouvellements
from candidatures.domain.completude import completude
from candidatures.domain.copies import duplicate_candidature
from candidatures.domain.depot import submit_candidature
from candidatures.domain.renouvellements import LabelRenouvelable
from candidatures.domain.suivi_dossier import record_outcome
from candidatures.models import Candidature
from socle import horloge
from socle.erreurs import ActeurRefuse, TransitionRefusee
from tests.candidatures import fabriques
from tests.candidatures.test_pages import connecte
from tests.comptes import fabriques as comptes

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R13")]


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


def bare(donnees: Any) -> Any:
    """Return a section without the identifiers of its rows."""
    if isinstance(donnees, list):
        return [bare(ligne) for ligne in donnees]
    if isinstance(donnees, dict):
        return {cle: bare(valeur) for cle, valeur in donnees.items() if cle != "id"}
    return donnees


def test_given_a_deposited_dossier_when_duplicated_then_its_answers_begin_a_draft_of_its_own() -> None:
    source = fabriques.dossier_depose()
    avant = instantane.build(source)
    acteur = comptes.membre(source.structure)
    copie = duplicate_candidature(candidature=source, acteur=acteur)
    donnees = instantane.build(copie)
    assert copie.est_brouillon
    assert copie.reference != source.reference
    assert (copie.intitule, copie.region_id) == ("Développement web inclusif (copie)", source.region_id)
    reprises = [code for code in avant if isinstance(avant[code], dict | list) and code != "pieces"]
    for code in set(reprises) - {"engagements", "formation"}:
        assert bare(donnees[code]) == bare(avant[code]), code
    reprise = bare(avant["formation"]) | {"intitule": copie.intitule, "renouvellement": None}
    assert bare(donnees["formation"]) == reprise
    assert not any(donnees["engagements"].values())
    assert donnees["pieces"] == []
    assert instantane.build(source) == avant
    lignes = {ligne["id"] for ligne in donnees["programme"]["modules"]}
    assert not lignes & {ligne["id"] for ligne in avant["programme"]["modules"]}
    assert set(completude(copie)) == {"structure", "formation", "engagements"}, "files and commitments"
    etats = {etat.section: etat for etat in copie.etats_sections.all()}
    assert etats["publics"].avancement == "TERMINEE"
    assert etats["publics"].modifiee_par == acteur
    assert etats["engagements"].avancement == "A_COMMENCER"


def test_given_an_empty_draft_or_a_long_title_when_duplicated_then_the_copy_stands() -> None:
    vide = fabriques.brouillon()
    copie = duplicate_candidature(candidature=vide, acteur=fabriques.responsable_de(vide.structure))
    assert copie.intitule == ""
    long = fabriques.brouillon(comptes.structure())
    acteur = fabriques.responsable_de(long.structure)
    fabriques.enregistrer(long, acteur, "formation", {"intitule": "x" * 200})
    long.refresh_from_db()
    copie = duplicate_candidature(candidature=long, acteur=acteur)
    assert len(copie.intitule) == 200
    assert copie.intitule.endswith("(copie)")


def test_given_somebody_else_when_duplicating_then_nothing_is_opened() -> None:
    source = fabriques.dossier_depose()
    for personne in (comptes.utilisateur(), comptes.utilisateur("direction")):
        personne.forget_roles()
        with pytest.raises(ActeurRefuse):
            duplicate_candidature(candidature=source, acteur=personne)
    assert Candidature.objects.count() == 1


def test_given_the_page_of_a_dossier_when_duplicated_then_one_is_led_to_the_copy() -> None:
    source = fabriques.dossier_depose()
    client = connecte(fabriques.responsable_de(source.structure))
    page = client.get(reverse("candidatures:dossier", args=[source.pk])).content.decode()
    assert "Dupliquer ce dossier" in page
    reponse = client.post(reverse("candidatures:dupliquer", args=[source.pk]), follow=True)
    texte = reponse.content.decode()
    assert "Brouillon — non déposé" in texte
    assert f"reprend les réponses du dossier {source.reference}" in texte


def test_given_a_renewal_when_the_label_still_runs_then_its_deposit_waits_for_the_day_after(
    lundi: Any, monkeypatch: Any
) -> None:
    jour = horloge.today() + timedelta(days=3)
    label = LabelRenouvelable("GEN-L", "Réseaux", jour - timedelta(days=1), horloge.today())
    monkeypatch.setattr(renouvellements, "_lectures", [lambda structure: [label]])
    candidature = fabriques.dossier_complet(
        change=lambda contenu: contenu["formation"][0].update(renouvellement=True, label_renouvele="GEN-L")
    )
    acteur = fabriques.responsable_de(candidature.structure)
    assert candidature.depot_des == jour
    minuit = horloge.at_paris(jour)
    lundi.move_to(minuit - timedelta(seconds=1))
    with pytest.raises(TransitionRefusee, match="à partir du jeudi 23\u00a0septembre 2021"):
        submit_candidature(candidature=candidature, acteur=acteur, arrivee=horloge.now())
    lundi.move_to(minuit)
    depot = submit_candidature(candidature=candidature, acteur=acteur, arrivee=horloge.now())
    assert depot.arrivee == minuit


@pytest.mark.regle("R18")
@pytest.mark.parametrize(("issue", "dit"), [("", False), ("IRRECEVABLE", True), ("REFUSEE", True)])
def test_given_a_refused_dossier_then_its_page_offers_to_present_the_same_formation_again(
    issue: str, dit: bool
) -> None:
    candidature = fabriques.dossier_depose()
    record_outcome(candidature=candidature, issue=issue, instant=horloge.now())
    page = connecte(fabriques.responsable_de(candidature.structure)).get(
        reverse("candidatures:dossier", args=[candidature.pk])
    )
    assert ("Pour corriger et présenter de nouveau cette formation" in page.content.decode()) is dit
