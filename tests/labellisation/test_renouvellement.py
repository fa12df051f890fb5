"""The renewal of a label: prepared 180 days before its end, by the porteur, once (R13)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.urls import reverse

from candidatures.domain import instantane
from candidatures.domain.appels import publish_releve
from candidatures.domain.attentes import DEPOT, expect_deposit
from candidatures.domain.avertissements import warnings_for
from candidatures.domain.complements import Element, answer_complements, request_complements
from candidatures.domain.depot import submit_candidature, withdraw_candidature
from candidatures.domain.saisie import Frappe, autosave_section
from candidatures.models import Candidature, SectionFormation
from labellisation.domain.label import withdraw_label
from labellisation.domain.renouvellement import may_renew, renewal_of, renewal_opens, start_renewal
from labellisation.models import Label
from socle import horloge
from socle.erreurs import ActeurRefuse, DonneesInvalides, TransitionRefusee
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


def test_given_a_label_near_its_end_then_the_porteur_is_told_until_a_dossier_asks_for_its_renewal(
    temps: Any, label: Label
) -> None:
    liste = reverse("labellisation:conventions") + "?a_renouveler=1"
    convention = reverse("labellisation:convention", args=[label.convention_id])
    temps.move_to(horloge.at_paris(renewal_opens(label) - timedelta(days=1), 10))
    client = connecte(candidatures.responsable_de(label.structure))
    assert "à renouveler" not in client.get("/").content.decode()
    assert "Aucun label n’est à renouveler" in client.get(liste).content.decode()
    temps.move_to(horloge.at_paris(renewal_opens(label), 10))
    client = connecte(candidatures.responsable_de(label.structure))
    assert f'href="{liste}"' in client.get("/").content.decode()
    assert label.convention.numero in client.get(liste).content.decode()
    client.post(reverse("labellisation:renouveler", args=[label.convention_id]))
    demande = Candidature.objects.get(etat="BROUILLON")
    assert renewal_of(label) == demande
    assert "à renouveler" not in client.get("/").content.decode()
    assert label.convention.numero not in client.get(liste).content.decode()
    page = client.get(convention).content.decode()
    assert "Continuer le renouvellement" in page
    assert reverse("candidatures:dossier", args=[demande.pk]) in page
    assert "Préparer le renouvellement" not in page


def test_given_a_renewal_that_is_deposited_then_no_second_one_is_opened_unless_it_ends_without_label(
    temps: Any, label: Label
) -> None:
    temps.move_to(horloge.at_paris(label.fin + timedelta(days=1), 10))
    acteur = candidatures.responsable_de(label.structure)
    brouillon = ordinary(label)
    type_in(brouillon, renouvellement=True, label_renouvele=label.code)
    submit_candidature(candidature=brouillon, acteur=acteur, arrivee=horloge.now())
    with pytest.raises(TransitionRefusee, match=brouillon.reference):
        start_renewal(label=label, acteur=acteur)
    page = connecte(acteur).get(reverse("labellisation:convention", args=[label.convention_id]))
    assert "Voir le dossier du renouvellement" in page.content.decode()
    withdraw_candidature(candidature=brouillon, acteur=acteur)
    assert start_renewal(label=label, acteur=acteur) != brouillon


# --- Answered by hand in an ordinary draft ------------------------------------------------------------
def type_in(brouillon: Candidature, **reponses: Any) -> Any:
    """Type answers of section 2 one by one, as the script of the page does."""
    formation = instantane.fields_of(instantane.section_data(brouillon, "formation"))
    frappes = [Frappe(champ, champ, formation[champ], valeur) for champ, valeur in reponses.items()]
    return autosave_section(
        dossiers=Candidature.objects.all(),
        pk=brouillon.pk,
        section="formation",
        frappes=frappes,
        acteur=candidatures.responsable_de(brouillon.structure),
    )


def ordinary(label: Label) -> Candidature:
    """Return a complete draft of the same structure, which asks for no renewal."""
    return candidatures.dossier_complet(label.structure)


def test_given_an_ordinary_draft_when_it_asks_to_renew_a_label_then_it_waits_as_one_opened_from_it(
    temps: Any, label: Label
) -> None:
    temps.move_to(horloge.at_paris(label.fin - timedelta(days=30), 10))
    acteur = candidatures.responsable_de(label.structure)
    brouillon = ordinary(label)
    bilan = type_in(brouillon, renouvellement=True, label_renouvele=label.code)
    assert set(bilan.enregistrees) == {"renouvellement", "label_renouvele"}
    brouillon.refresh_from_db()
    assert brouillon.depot_des == label.fin + timedelta(days=1)
    with pytest.raises(TransitionRefusee, match="Ce renouvellement se dépose à partir du"):
        submit_candidature(candidature=brouillon, acteur=acteur, arrivee=horloge.now())
    assert not brouillon.depots.exists()
    page = connecte(acteur).get(reverse("candidatures:recapitulatif", args=[brouillon.pk])).content.decode()
    assert "Ce renouvellement se dépose à partir du" in page
    assert "Déposer le dossier" not in page
    assert start_renewal(label=label, acteur=acteur) == brouillon, "it is the renewal already"
    temps.move_to(horloge.at_paris(label.fin + timedelta(days=1)))
    assert submit_candidature(candidature=brouillon, acteur=acteur, arrivee=horloge.now())


@pytest.mark.regle("R16")
def test_given_compléments_that_make_a_renewal_of_a_running_label_then_they_are_refused_in_the_same_words(
    temps: Any, label: Label
) -> None:
    temps.move_to(horloge.at_paris(label.fin - timedelta(days=30), 10))
    candidature = candidatures.dossier_depose(label.structure)
    acteur = candidatures.responsable_de(label.structure)
    request_complements(
        candidature=candidature,
        acteur=candidatures.instructeur(),
        elements=[
            Element("formation", champ, "Dites si c’est un renouvellement.")
            for champ in ("renouvellement", "label_renouvele")
        ],
        reponse_avant=label.fin + timedelta(days=20),
    )
    type_in(candidature, renouvellement=True, label_renouvele=label.code)
    refus = "Ce renouvellement se dépose à partir du"
    with pytest.raises(TransitionRefusee, match=refus):
        answer_complements(candidature=candidature, acteur=acteur, arrivee=horloge.now())
    assert candidature.depots.count() == 1
    page = connecte(acteur).get(reverse("candidatures:recapitulatif", args=[candidature.pk])).content.decode()
    assert refus in page
    assert "Transmettre les compléments</button>" not in page
    temps.move_to(horloge.at_paris(label.fin + timedelta(days=1), 10))
    assert answer_complements(candidature=candidature, acteur=acteur, arrivee=horloge.now()).numero == 2


def test_given_a_renewal_that_is_answered_no_again_then_it_is_an_ordinary_draft(
    temps: Any, label: Label
) -> None:
    temps.move_to(horloge.at_paris(label.fin - timedelta(days=30), 10))
    brouillon = ordinary(label)
    type_in(brouillon, renouvellement=True, label_renouvele=label.code)
    type_in(brouillon, renouvellement=False)
    brouillon.refresh_from_db()
    assert brouillon.depot_des is None
    # The formation is still labelled: criterion 8 tells so, and refuses nothing by itself.
    avertis = warnings_for(instantane.build(brouillon), horloge.today())
    assert [un.critere for un in avertis if label.code in un.phrase] == [8]
    acteur = candidatures.responsable_de(label.structure)
    assert submit_candidature(candidature=brouillon, acteur=acteur, arrivee=horloge.now())


def test_given_a_label_that_is_not_the_structure_s_or_not_to_renew_then_it_is_refused_and_told(
    temps: Any, label: Label
) -> None:
    autre = Label.objects.get(convention=fabriques.convention_signee())
    brouillon = ordinary(label)
    for code in (autre.code, "GEN-2018-042"):
        bilan = type_in(brouillon, label_renouvele=code)
        assert "Choisissez l’un des labels de votre structure" in bilan.erreurs["label_renouvele"][0]
    assert (
        "se prépare à partir du"
        in type_in(brouillon, label_renouvele=label.code).erreurs["label_renouvele"][0]
    )
    with pytest.raises(DonneesInvalides, match="Choisissez l’un des labels"):
        candidatures.enregistrer(
            brouillon,
            candidatures.responsable_de(label.structure),
            "formation",
            {"renouvellement": True, "label_renouvele": autre.code},
        )
    client = connecte(candidatures.responsable_de(label.structure))
    page = client.get(reverse("candidatures:section", args=[brouillon.pk, "formation"])).content.decode()
    assert f'<option value="{label.code}">' in page
    assert autre.code not in page


def test_given_a_label_withdrawn_meanwhile_or_written_before_there_was_a_list_then_the_deposit_tells_it(
    temps: Any, label: Label
) -> None:
    temps.move_to(horloge.at_paris(label.fin - timedelta(days=30), 10))
    brouillon = ordinary(label)
    acteur = candidatures.responsable_de(label.structure)
    type_in(brouillon, renouvellement=True, label_renouvele=label.code)
    temps.move_to(horloge.at_paris(label.fin + timedelta(days=1)))
    SectionFormation.objects.filter(pk=brouillon.pk).update(label_renouvele="CONV-2018-7")
    with pytest.raises(TransitionRefusee, match="CONV-2018-7"):
        submit_candidature(candidature=brouillon, acteur=acteur, arrivee=horloge.now())
    # What stands there may stay while other answers are saved; it is shown as none of the labels.
    client = connecte(acteur)
    page = client.get(reverse("candidatures:section", args=[brouillon.pk, "formation"])).content.decode()
    assert "CONV-2018-7\u00a0: pas un label à renouveler" in page
    assert type_in(brouillon, label_renouvele="CONV-2018-7").erreurs == {}
    type_in(brouillon, label_renouvele=label.code)
    assert submit_candidature(candidature=brouillon, acteur=acteur, arrivee=horloge.now())


@pytest.mark.regle("R13", "R26")
def test_given_a_draft_that_becomes_a_renewal_then_the_releve_that_it_can_t_reach_expects_it_no_more(
    temps: Any, label: Label
) -> None:
    temps.move_to(horloge.at_paris(label.fin - timedelta(days=120), 10))
    publish_releve(
        appel=label.candidature.appel,
        borne=horloge.end_of_minute(label.fin - timedelta(days=90), 23, 59),
        resultats_avant=label.fin,
        acteur=fabriques.direction(),
    )
    brouillon = ordinary(label)
    expect_deposit(brouillon)
    attente = Echeance.objects.get(genre=DEPOT, sujet_id=brouillon.pk)
    assert attente.est_ouverte
    type_in(brouillon, renouvellement=True, label_renouvele=label.code)
    attente.refresh_from_db()
    assert not attente.est_ouverte
    assert attente.close_motif == "Renouvellement\u00a0: le dossier se dépose après ce relevé."


@pytest.mark.regle("R27")
def test_given_a_renewal_asked_by_mistake_when_answered_no_again_then_the_relevé_expects_it_again(
    temps: Any, label: Label
) -> None:
    temps.move_to(horloge.at_paris(label.fin - timedelta(days=120), 10))
    publish_releve(
        appel=label.candidature.appel,
        borne=horloge.end_of_minute(label.fin - timedelta(days=90), 23, 59),
        resultats_avant=label.fin,
        acteur=fabriques.direction(),
    )
    brouillon = ordinary(label)
    expect_deposit(brouillon)
    attendue = Echeance.objects.get(genre=DEPOT, sujet_id=brouillon.pk)
    type_in(brouillon, renouvellement=True, label_renouvele=label.code)
    attendue.refresh_from_db()
    assert attendue.close_le is not None
    type_in(brouillon, renouvellement=False)
    attendue.refresh_from_db()
    assert (attendue.close_le, attendue.close_motif) == (None, "")
    assert attendue.prochain_rappel is not None
