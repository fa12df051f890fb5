"""What the public lists propose beside an identifier: nothing is refused, nothing written unasked (R14)."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidatures.domain import instantane
from candidatures.domain.complements import Element
from candidatures.domain.propositions import Proposition, fill_from_list, propositions
from candidatures.domain.saisie import save_section
from candidatures.models import Candidature
from referentiels.domain.editions import ORGANISMES, REGISTRES, note_edition
from referentiels.models import Certification, CodeRome, EditionReferentiel, OrganismeFormation
from socle.erreurs import ActeurRefuse
from tests.candidatures import fabriques
from tests.candidatures.test_pages import connecte, post_section
from tests.comptes import fabriques as comptes

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R14")]

NDA = "32591234567"
AUTRE = "99900001100018"


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris; the list of the 6th of September is loaded."""
    with time_machine.travel(fabriques.LUNDI, tick=False):
        note_edition(genre=ORGANISMES, jour=date(2021, 9, 6))
        yield


def organisme(siret: str, **champs: Any) -> OrganismeFormation:
    """Put a body in the list."""
    valeurs: dict[str, Any] = {
        "nda": NDA,
        "denomination": "ECOLE D’ESSAI",
        "denomination_recherche": "ecole d essai",
        "adresse": "1 rue de l’Essai",
        "code_postal": "59100",
        "ville": "ROUBAIX",
        "certifie_actions_formation": True,
    }
    return OrganismeFormation.objects.create(siren=siret[:9], siret=siret, **valeurs | champs)


def sheet(**champs: Any) -> Certification:
    """Put a sheet in the register."""
    valeurs: dict[str, Any] = {
        "code": "RNCP91001",
        "intitule": "Développeur d’essai",
        "niveau": 5,
        "date_fin_enregistrement": date(2024, 12, 31),
        "certificateurs": [{"siret": "", "nom": "Certificateur d’essai"}],
    }
    return Certification.objects.create(**valeurs | champs)


def answered(section: str, **valeurs: Any) -> Candidature:
    """Return a draft of which these answers are stored, and no other of the section's lists."""
    candidature = fabriques.brouillon()
    vides = {"structure": ("raison_sociale", "nda", "adresse", "code_postal", "commune"), "formation": ()}
    acteur = fabriques.responsable_de(candidature.structure)
    save_section(
        candidature=candidature,
        section=section,
        valeurs=dict.fromkeys(vides[section], "") | valeurs,
        lignes=None,
        acteur=acteur,
        version=candidature.etats_sections.get(section=section).version,
    )
    return candidature


def said(candidature: Candidature, section: str) -> dict[str, Proposition]:
    """Return what the lists say of a section as it is stored."""
    return propositions(section, instantane.section_data(candidature, section))


def stored(candidature: Candidature, section: str) -> Any:
    """Return a section as it is stored."""
    return instantane.section_data(candidature, section)


# --- The public list of training bodies ------------------------------------------------------------
def test_given_a_known_siret_when_answers_are_missing_then_the_list_proposes_them() -> None:
    roubaix = fabriques.commune()
    organisme(AUTRE)
    proposition = said(answered("structure", siret=AUTRE), "structure")["siret"]
    assert proposition.texte == (
        "D’après la liste publique des organismes de formation (édition du 6\u00a0septembre 2021)\u00a0: "
        "ECOLE D’ESSAI, NDA 32591234567, certifié pour les actions de formation."
    )
    assert proposition.constats == []
    assert proposition.remplir == {
        "raison_sociale": "ECOLE D’ESSAI",
        "nda": NDA,
        "adresse": "1 rue de l’Essai",
        "code_postal": "59100",
        "commune": roubaix.pk,
    }
    assert proposition.lignes[0] == ("Raison sociale", "ECOLE D’ESSAI")
    assert proposition.lignes[-1] == ("Commune", "Roubaix (59)")


def test_given_answers_that_the_list_writes_otherwise_then_it_is_told_and_nothing_is_proposed() -> None:
    fabriques.commune()
    organisme(AUTRE, certifie_actions_formation=False)
    candidature = answered(
        "structure",
        siret=AUTRE,
        raison_sociale="École d’essai",
        nda="11931234567",
        adresse="2 rue d’ailleurs",
        code_postal="59100",
        commune="59512",
        qualite="QUALIOPI",
    )
    proposition = said(candidature, "structure")["siret"]
    assert proposition.remplir == {}
    nda, qualiopi = proposition.constats
    assert "indique «\u00a032591234567\u00a0». Si votre réponse est à jour, gardez-la." in nda
    assert "La liste ne lui connaît pas de certification Qualiopi" in qualiopi


def test_given_an_unknown_siret_then_it_is_told_only_when_a_list_is_loaded() -> None:
    candidature = answered("structure", siret=AUTRE)
    proposition = said(candidature, "structure")["siret"]
    assert (proposition.texte, proposition.remplir) == ("", {})
    assert proposition.constats[0].startswith("Ce SIRET ne figure pas dans la liste publique")
    assert "s’il est exact, gardez-le" in proposition.constats[0]
    EditionReferentiel.objects.all().delete()
    assert said(candidature, "structure") == {}


def test_given_another_establishment_or_a_former_body_then_it_is_told_and_no_address_is_proposed() -> None:
    organisme(AUTRE, present=False)
    proposition = said(answered("structure", siret="99900001100026"), "structure")["siret"]
    assert set(proposition.remplir) == {"raison_sociale", "nda"}
    parti, ailleurs = proposition.constats
    assert "n’est plus dans la dernière édition" in parti
    assert "par un autre établissement (SIRET 999" in ailleurs


def test_given_a_subcontractor_then_the_list_is_asked_only_when_the_formation_is_subcontracted() -> None:
    organisme(AUTRE)
    candidature = answered("structure", siret="", sous_traitant_siret=AUTRE, sous_traitance=False)
    assert said(candidature, "structure") == {}
    candidature = answered("structure", siret="", sous_traitant_siret=AUTRE, sous_traitance=True)
    assert said(candidature, "structure")["sous_traitant_siret"].remplir == {
        "sous_traitant_raison_sociale": "ECOLE D’ESSAI",
        "sous_traitant_nda": NDA,
    }


# --- The registers ---------------------------------------------------------------------------------
def test_given_a_known_certification_then_its_title_and_its_certifier_are_proposed() -> None:
    sheet()
    note_edition(genre=REGISTRES, jour=date(2021, 9, 1))
    candidature = answered("formation", certification_code="rncp 91001", certification_proprietaire=False)
    proposition = said(candidature, "formation")["certification_code"]
    assert proposition.texte == (
        "D’après le répertoire de France compétences (édition du 1er\u00a0septembre 2021)\u00a0: "
        "Développeur d’essai, niveau 5, enregistrée jusqu’au 31\u00a0décembre 2024."
    )
    assert proposition.remplir == {
        "certification_intitule": "Développeur d’essai",
        "certificateur_nom": "Certificateur d’essai",
    }
    candidature = answered("formation", certification_code="RNCP91001", certification_proprietaire=True)
    assert set(said(candidature, "formation")["certification_code"].remplir) == {"certification_intitule"}


def test_given_a_certification_that_no_register_holds_then_it_is_kept_and_told_if_one_is_loaded() -> None:
    candidature = answered("formation", certification_code="RS99999")
    assert said(candidature, "formation") == {}
    note_edition(genre=REGISTRES, jour=date(2021, 9, 1))
    [constat] = said(candidature, "formation")["certification_code"].constats
    assert constat.startswith(
        "Ce code ne figure pas dans le répertoire de France compétences (édition du 1er"
    )
    assert "la fiche est peut-être plus récente" in constat
    assert stored(candidature, "formation")["certification_code"] == "RS99999"


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        (
            {"date_fin_enregistrement": date(2020, 12, 31)},
            "Son enregistrement a pris fin le 31\u00a0décembre 2020",
        ),
        ({"actif": False}, "Cette fiche n’est plus active"),
    ],
)
def test_given_a_registration_that_has_ended_then_it_is_told(champs: dict[str, Any], phrase: str) -> None:
    sheet(**champs)
    candidature = answered(
        "formation", certification_code="RNCP91001", certification_intitule="Un autre titre"
    )
    proposition = said(candidature, "formation")["certification_code"]
    assert proposition.remplir == {}
    assert any("indique «\u00a0Développeur d’essai\u00a0»" in constat for constat in proposition.constats)
    assert any(constat.startswith(phrase) for constat in proposition.constats)


def test_given_a_rome_code_that_the_directory_does_not_hold_then_it_is_told_if_one_is_loaded() -> None:
    candidature = answered("formation", rome="M9999")
    assert said(candidature, "formation") == {}
    CodeRome.objects.create(code="M1805", libelle="Développeur", libelle_recherche="developpeur")
    assert "ne figure pas dans le répertoire ROME" in said(candidature, "formation")["rome"].constats[0]
    assert said(answered("formation", rome="M1805"), "formation") == {}


# --- Filling -----------------------------------------------------------------------------------------
def test_given_the_button_without_script_when_pressed_then_what_was_typed_is_saved_and_the_rest_filled() -> (
    None
):
    fabriques.commune()
    organisme(AUTRE)
    candidature = answered("structure", siret=AUTRE)
    client = connecte(fabriques.responsable_de(candidature.structure))
    adresse = reverse("candidatures:section", args=[candidature.pk, "structure"])
    page = client.get(adresse).content.decode()
    assert 'name="remplir" value="siret"' in page
    assert "Remplir avec la liste publique" in page
    assert '<div class="gen-proposition">' in page
    reponse = post_section(
        client,
        candidature,
        "structure",
        {"siret": AUTRE, "raison_sociale": "Mon école", "remplir": "siret"},
    )
    assert reponse["Location"] == f"{adresse}#id_siret"
    donnees = stored(candidature, "structure")
    assert (donnees["raison_sociale"], donnees["nda"], donnees["commune"]) == ("Mon école", NDA, "59512")
    page = client.get(adresse).content.decode()
    assert "Les réponses vides sont remplies. Vérifiez-les." in page
    assert 'name="remplir"' not in page
    assert "indique «\u00a0ECOLE D’ESSAI\u00a0»" in page
    # Once more: nothing is left to fill, and nothing is written over.
    post_section(
        client,
        candidature,
        "structure",
        {"siret": AUTRE, "raison_sociale": "Mon école", "nda": "11931234567", "remplir": "inconnu"},
    )
    assert stored(candidature, "structure")["nda"] == "11931234567"


def test_given_a_wrong_siret_when_the_button_is_pressed_then_it_is_refused_and_nothing_is_filled() -> None:
    organisme(AUTRE)
    candidature = answered("structure", siret=AUTRE)
    client = connecte(fabriques.responsable_de(candidature.structure))
    reponse = post_section(client, candidature, "structure", {"siret": "123", "remplir": "siret"})
    assert reponse.status_code == 422
    assert stored(candidature, "structure")["nda"] == ""


def test_given_the_script_when_a_siret_is_saved_then_it_is_told_to_ask_and_reads_the_proposal() -> None:
    fabriques.commune()
    organisme(AUTRE)
    candidature = answered("structure", siret="")
    client = connecte(fabriques.responsable_de(candidature.structure))
    assert type_siret(client, candidature)["propositions"] is True
    dites = client.get(asked(candidature)).json()["propositions"]
    assert set(dites) == {"siret", "sous_traitant_siret"}
    assert dites["sous_traitant_siret"] == ""
    assert "data-remplir=" in dites["siret"]
    assert "Roubaix (59512)" in dites["siret"]
    page = client.get(reverse("candidatures:section", args=[candidature.pk, "structure"])).content.decode()
    assert dites["siret"] in page, "the script compares them: they are the same"
    assert f'data-propositions="{asked(candidature)}"' in page


def type_siret(client: Client, candidature: Candidature) -> dict[str, Any]:
    """Save a SIRET as the script of the page does, and return the portal's answer."""
    adresse = reverse("candidatures:saisie", args=[candidature.pk, "structure"])
    envoi = {"version": "1", "avant": json.dumps({"siret": ""}), "siret": AUTRE}
    reponse: dict[str, Any] = client.post(adresse, envoi).json()
    return reponse


def asked(candidature: Candidature, section: str = "structure") -> str:
    """Return the address where the script asks what the lists say."""
    return reverse("candidatures:propositions", args=[candidature.pk, section])


def test_given_a_section_without_a_list_or_a_deposited_dossier_when_asked_then_nothing_is_said() -> None:
    organisme(AUTRE)
    candidature = answered("structure", siret=AUTRE)
    client = connecte(fabriques.responsable_de(candidature.structure))
    assert "ECOLE D’ESSAI" in client.get(asked(candidature)).json()["propositions"]["siret"]
    assert client.get(asked(candidature, "publics")).json() == {"propositions": {}}
    assert client.get(asked(candidature, "inconnue")).status_code == 404
    depose = fabriques.dossier_depose()
    client = connecte(fabriques.responsable_de(depose.structure))
    assert client.get(asked(depose)).json() == {"propositions": {}}
    assert client.get(asked(candidature)).status_code == 404, "it is another structure's"


def test_given_somebody_else_when_filling_then_it_is_refused() -> None:
    organisme(AUTRE)
    candidature = answered("structure", siret=AUTRE)
    etranger = fabriques.responsable_de(comptes.structure())
    with pytest.raises(ActeurRefuse):
        fill_from_list(candidature=candidature, section="structure", champ="siret", acteur=etranger)
    client = connecte(etranger)
    adresse = reverse("candidatures:section", args=[candidature.pk, "structure"])
    assert client.post(adresse, {"remplir": "siret", "version": "2"}).status_code == 404
    assert stored(candidature, "structure")["nda"] == ""


@pytest.mark.regle("R16")
def test_given_a_request_for_complements_when_filling_then_only_what_it_opens_is_proposed() -> None:
    elements = [Element("structure", "nda", "Précisez."), Element("structure", "siret", "Vérifiez.")]
    candidature = fabriques.dossier_en_complement(elements=elements)
    acteur = fabriques.responsable_de(candidature.structure)
    organisme(stored(candidature, "structure")["siret"], nda="11930000001")
    client = connecte(acteur)
    page = client.get(reverse("candidatures:section", args=[candidature.pk, "structure"])).content.decode()
    assert 'id="proposition-siret"' in page
    assert 'id="proposition-sous_traitant_siret"' not in page
    assert "indique «\u00a011930000001\u00a0»" in page
    assert fill_from_list(candidature=candidature, section="structure", champ="siret", acteur=acteur) is None


@pytest.mark.parametrize(
    ("section", "envoi", "a_demander"),
    [
        ("structure", {"siret": AUTRE}, True),
        ("structure", {"contact_nom": "Camille Roux"}, False),
        ("formation", {"certification_code": "RNCP91001"}, True),
        ("formation", {"rome": "M1805"}, True),
        ("formation", {"pedagogie": "Par projets."}, False),
    ],
)
def test_given_an_identifier_when_saved_then_it_costs_what_any_answer_costs(
    section: str, envoi: dict[str, str], a_demander: bool
) -> None:
    fabriques.commune()
    organisme(AUTRE)
    sheet()
    candidature = answered("structure") if section == "structure" else fabriques.brouillon()
    client = connecte(fabriques.responsable_de(candidature.structure))
    avant = {champ: stored(candidature, section)[champ] for champ in envoi}
    adresse = reverse("candidatures:saisie", args=[candidature.pk, section])
    reponse, lues = counted(lambda: client.post(adresse, {"avant": json.dumps(avant), **envoi}))
    assert reponse.json()["enregistrees"] == envoi
    assert reponse.json()["propositions"] is a_demander
    # Who types (3), the dossier locked, the section, its table if it has one, and the two writes.
    assert len(lues) == {"structure": 7, "formation": 8}[section], lues


@pytest.mark.parametrize("section", ["structure", "formation"])
def test_given_identifiers_when_the_script_asks_what_the_lists_say_then_it_costs_little(section: str) -> None:
    fabriques.commune()
    organisme(AUTRE)
    sheet()
    reponses = {
        "structure": {"siret": AUTRE},
        "formation": {"certification_code": "RNCP91001", "rome": "M1805"},
    }
    candidature = answered(section, **reponses[section])
    client = connecte(fabriques.responsable_de(candidature.structure))
    reponse, lues = counted(lambda: client.get(asked(candidature, section)))
    assert "data-remplir" in "".join(reponse.json()["propositions"].values())
    assert len(lues) == 10, lues


def counted(demande: Callable[[], Any]) -> tuple[Any, list[str]]:
    """Make a request; return its answer and what it asked of the database, bounds of transactions aside."""
    with CaptureQueriesContext(connection) as faites:
        reponse = demande()
    return reponse, [une["sql"] for une in faites if not une["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def test_given_the_lists_when_a_section_is_shown_then_they_add_few_queries() -> None:
    fabriques.commune()
    organisme(AUTRE)
    candidature = answered("structure", siret=AUTRE)
    client = connecte(fabriques.responsable_de(candidature.structure))
    adresse = reverse("candidatures:section", args=[candidature.pk, "structure"])
    with CaptureQueriesContext(connection) as faites:
        assert "data-remplir" in client.get(adresse).content.decode()
    assert len(faites) == 12, [une["sql"] for une in faites]
