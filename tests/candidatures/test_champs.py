"""What the rows of a table ask for beside their answers, what is read together, and deposits of before."""

import importlib
import json
import re
from datetime import date
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from candidatures.domain import instantane
from candidatures.domain.avertissements import warnings_for
from candidatures.domain.complements import (
    Element,
    answer_complements,
    gaps_to_answer,
    request_complements,
)
from candidatures.domain.completude import completude, gaps
from candidatures.domain.copies import duplicate_candidature
from candidatures.domain.depot import submit_candidature
from candidatures.domain.edition import request_dossier
from candidatures.domain.lecture import sections_lisibles
from candidatures.domain.pieces import LIGNE_ABSENTE, replace_held_piece, replace_piece, report_held_piece
from candidatures.models import (
    Candidature,
    EtatSection,
    Formateur,
    Partenaire,
    Piece,
    SectionBudget,
    SectionPublics,
)
from referentiels.models import Metier
from socle import documents, horloge
from socle.canonique import fingerprint
from socle.erreurs import DonneesInvalides, FichierRefuse
from socle.models import Antivirus, Evenement, Fichier, Revision
from tests.candidatures import fabriques
from tests.candidatures.test_pages import as_typed, connecte

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R9")]

CONCLU = "CONCLU"
_BORNES = re.compile(r"BEGIN|COMMIT|SAVEPOINT|RELEASE")


@pytest.fixture(autouse=True)
def lundi(dossiers_prives: Any) -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


CONCLUSION = {
    "partenariat": CONCLU,
    "partenariat_depuis": date(2020, 9, 1),
    "partenariat_jusqu_au": date(2023, 8, 31),
    "partenariat_renouvellement": "Reconduction prévue après le bilan de 2023.",
}


def partenaires() -> list[dict[str, Any]]:
    """Return two partners: one by a concluded partnership, a company by one under way."""
    (premier, second) = fabriques.reponses()["partenaires"][1] or ()
    return [premier | CONCLUSION, second]


def complet() -> tuple[Candidature, Any]:
    """Return a draft that may be deposited, and its responsable."""
    candidature = fabriques.dossier_complet()
    acteur = fabriques.responsable_de(candidature.structure)
    fabriques.enregistrer(candidature, acteur, "partenaires", {}, partenaires())
    return candidature, acteur


def phrases(candidature: Candidature, section: str) -> list[str]:
    return [manque.phrase for manque in completude(candidature).get(section, [])]


def lu(candidature: Candidature, code: str) -> Any:
    return next(s for s in sections_lisibles(instantane.build(candidature)) if s.code == code)


# --- 6. What a partner commits to --------------------------------------------------------------
def test_given_a_partner_without_kind_of_commitment_then_one_at_least_is_asked() -> None:
    candidature, _ = complet()
    ligne = candidature.partenaires.get(type_partenaire="PRESCRIPTEUR")
    Partenaire.objects.filter(pk=ligne.pk).update(engage_recrutement=False)
    assert phrases(candidature, "partenaires") == [
        "Partenaire 1\u00a0: cochez au moins une réponse de «\u00a0Nature de l’engagement\u00a0»."
    ]


def test_given_promises_of_hires_then_their_number_is_asked_and_only_then() -> None:
    candidature, _ = complet()
    entreprise = candidature.partenaires.filter(type_partenaire="ENTREPRISE")
    entreprise.update(embauches_promises=None)
    assert phrases(candidature, "partenaires") == [
        "Partenaire 2\u00a0: renseignez «\u00a0embauches promises\u00a0»."
    ]
    entreprise.update(engage_embauches=False)
    assert phrases(candidature, "partenaires") == []


def test_given_partnerships_then_the_date_and_prospects_of_the_concluded_ones_are_asked() -> None:
    candidature, _ = complet()
    candidature.partenaires.update(partenariat_depuis=None, partenariat_renouvellement="")
    assert phrases(candidature, "partenaires") == [
        "Partenaire 1\u00a0: renseignez «\u00a0conclu le\u00a0».",
        "Partenaire 1\u00a0: renseignez «\u00a0perspectives de renouvellement\u00a0».",
    ]


def test_given_a_partnership_that_ends_before_it_begins_then_it_is_refused() -> None:
    candidature, acteur = complet()
    lignes = partenaires()
    lignes[0]["partenariat_jusqu_au"] = date(2019, 1, 1)
    with pytest.raises(DonneesInvalides) as refus:
        fabriques.enregistrer(candidature, acteur, "partenaires", {}, lignes)
    assert list(refus.value.erreurs) == ["partenaires-0-partenariat_jusqu_au"]


def test_given_several_kinds_of_commitment_then_they_are_read_as_one_answer() -> None:
    candidature, _ = complet()
    tableau = lu(candidature, "partenaires").tableau
    rang = tableau.colonnes.index("Nature de l’engagement")
    assert [ligne[rang][1] for ligne in tableau.lignes] == [
        "Recrutement des publics",
        "Accueil en immersion, promesses d’embauche",
    ]
    assert tableau.colonnes.count("Nature de l’engagement") == 1
    assert "Accueil en immersion" not in tableau.colonnes


def test_given_partners_then_what_the_committee_weighs_is_counted() -> None:
    candidature, _ = complet()
    comptes = {calcul.libelle: calcul.valeur for calcul in lu(candidature, "partenaires").calculs}
    assert comptes == {
        "Entreprises engagées": "1 sur 1",
        "Embauches promises": "3",
        "Partenariats conclus": "1 sur 2",
    }


# --- Attachments of a row (R12) ----------------------------------------------------------------
@pytest.mark.regle("R12")
def test_given_a_proof_of_one_partner_then_it_is_that_partners_alone_and_is_named_after_it() -> None:
    candidature, acteur = complet()
    premier, second = candidature.partenaires.all()
    piece = fabriques.joindre(candidature, acteur, "PREUVE_PARTENARIAT", ligne=premier)
    dossier = instantane.build(candidature)
    assert [une["ligne"] for une in dossier["pieces"] if une["id"] == str(piece.pk)] == [str(premier.pk)]
    (lisible,) = lu(candidature, "partenaires").pieces
    assert lisible.type == "Preuve du partenariat — Mission locale de Roubaix"
    assert second.nom not in lisible.type


@pytest.mark.regle("R34")
def test_given_a_concluded_partnership_without_proof_then_the_porteur_is_warned_and_may_deposit() -> None:
    candidature, acteur = complet()

    def alertes() -> list[str]:
        trouvees = warnings_for(instantane.build(candidature), horloge.today())
        return [alerte.phrase for alerte in trouvees if alerte.section == "partenaires"]

    (phrase,) = alertes()
    assert "Mission locale de Roubaix" in phrase
    assert "Tisseo" not in phrase, "a planned partnership has no proof yet"
    fabriques.joindre(
        candidature, acteur, "PREUVE_PARTENARIAT", ligne=candidature.partenaires.get(partenariat=CONCLU)
    )
    assert alertes() == []
    assert completude(candidature) == {}


@pytest.mark.regle("R12")
def test_given_a_row_of_another_dossier_or_none_then_the_file_is_refused() -> None:
    candidature, acteur = complet()
    autre = fabriques.dossier_complet()
    with pytest.raises(FichierRefuse, match="n’est pas, ou n’est plus"):
        fabriques.joindre(candidature, acteur, "CV_FORMATEUR", ligne=autre.formateurs.get())
    with pytest.raises(DonneesInvalides):
        fabriques.joindre(candidature, acteur, "CV_FORMATEUR")
    with pytest.raises(DonneesInvalides):
        fabriques.joindre(candidature, acteur, "AUTRE", ligne=candidature.partenaires.first())
    assert not Piece.objects.filter(candidature=candidature, ligne__isnull=False).exists()


@pytest.mark.regle("R12")
def test_given_a_row_that_leaves_its_table_then_its_pieces_leave_the_dossier_and_it_is_told() -> None:
    candidature, acteur = complet()
    premier, second = candidature.partenaires.all()
    partie = fabriques.joindre(candidature, acteur, "PREUVE_PARTENARIAT", ligne=premier)
    reste = fabriques.joindre(candidature, acteur, "PREUVE_PARTENARIAT", ligne=second)
    lignes = [
        ligne
        for ligne in instantane.section_data(candidature, "partenaires")
        if ligne["id"] != str(premier.pk)
    ]
    fabriques.enregistrer(candidature, acteur, "partenaires", {}, as_stored(lignes))
    assert [une["id"] for une in instantane.pieces(candidature) if "ligne" in une] == [str(reste.pk)]
    evenement = Evenement.objects.get(verbe="candidature.piece_retiree")
    assert evenement.donnees["piece"] == str(partie.pk)
    assert evenement.donnees["ligne"] == str(premier.pk)


def as_stored(lignes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of a snapshot as the verb takes them: its dates are days again."""
    dates = ("partenariat_depuis", "partenariat_jusqu_au")
    return [
        {**ligne, **{champ: date.fromisoformat(ligne[champ]) for champ in dates if ligne[champ]}}
        for ligne in lignes
    ]


@pytest.mark.regle("R12")
def test_given_two_rows_then_each_place_has_its_own_room_and_the_same_file_goes_in_both(
    settings: Any,
) -> None:
    settings.GEN_PIECES_PAR_PLACE = 1
    candidature, acteur = complet()
    premier, second = candidature.partenaires.all()
    fabriques.joindre(candidature, acteur, "PREUVE_PARTENARIAT", ligne=premier)
    with pytest.raises(FichierRefuse, match="contient déjà 1"):
        fabriques.joindre(candidature, acteur, "PREUVE_PARTENARIAT", ligne=premier)
    fabriques.joindre(candidature, acteur, "PREUVE_PARTENARIAT", ligne=second)
    assert candidature.pieces.filter(type_piece="PREUVE_PARTENARIAT").count() == 2


@pytest.mark.regle("R12")
def test_given_a_proof_that_is_replaced_or_held_then_it_stays_with_its_row() -> None:
    candidature, acteur = complet()
    ligne = candidature.partenaires.all()[1]
    piece = fabriques.joindre(candidature, acteur, "PREUVE_PARTENARIAT", ligne=ligne)
    neuve = replace_piece(
        piece=piece, contenu=SimpleUploadedFile("b.pdf", fabriques.pdf()), nom="b.pdf", acteur=acteur
    )
    assert neuve.ligne == ligne.pk
    Fichier.objects.filter(pk=neuve.fichier_id).update(
        antivirus=Antivirus.INFECTE, constat="Eicar", analyse_le=horloge.now()
    )
    (manque,) = completude(candidature)["partenaires"]
    assert (manque.champ, manque.ligne) == ("piece:PREUVE_PARTENARIAT", 1)
    assert report_held_piece(fichier=neuve.fichier_id) == neuve
    assert candidature.etats_sections.get(section="partenaires").manques == 1


@pytest.mark.regle("R12")
def test_given_a_held_proof_whose_row_left_the_compléments_then_the_new_one_is_in_the_deposit_alone() -> None:
    candidature, acteur = complet()
    ligne = candidature.partenaires.all()[0]
    piece = fabriques.joindre(candidature, acteur, "PREUVE_PARTENARIAT", ligne=ligne)
    submit_candidature(candidature=candidature, acteur=acteur, arrivee=horloge.now())
    demander(candidature, Element("partenaires", "partenaires", "Mettez le tableau à jour."))
    garde = [une for une in instantane.section_data(candidature, "partenaires") if une["id"] != str(ligne.pk)]
    fabriques.enregistrer(candidature, acteur, "partenaires", {}, as_stored(garde))
    Fichier.objects.filter(pk=piece.fichier_id).update(
        antivirus=Antivirus.INFECTE, constat="Eicar", analyse_le=horloge.now()
    )
    piece.refresh_from_db()
    depot = replace_held_piece(
        piece=piece,
        contenu=SimpleUploadedFile("b.pdf", fabriques.pdf()),
        nom="b.pdf",
        acteur=acteur,
        arrivee=horloge.now(),
    )
    assert [une["ligne"] for une in depot.instantane["pieces"] if "ligne" in une] == [str(ligne.pk)]
    assert [une for une in instantane.pieces(candidature) if "ligne" in une] == []


# --- 7. Trainers ---------------------------------------------------------------------------------
def test_given_an_employed_trainer_then_a_cv_or_the_record_is_asked_and_either_is_enough() -> None:
    candidature, acteur = complet()
    formateur = candidature.formateurs.get()
    Formateur.objects.filter(pk=formateur.pk).update(parcours="")
    assert phrases(candidature, "equipe") == [
        "Formateur 1\u00a0: renseignez «\u00a0parcours professionnel\u00a0» ou joignez "
        "«\u00a0CV du formateur\u00a0»."
    ]
    fabriques.joindre(candidature, acteur, "CV_FORMATEUR", ligne=formateur)
    assert phrases(candidature, "equipe") == []
    assert EtatSection.objects.get(candidature=candidature, section="equipe").manques == 0


@pytest.mark.regle("R44")
def test_given_a_cv_then_only_who_sees_the_dossier_reads_it() -> None:
    candidature, acteur = complet()
    piece = fabriques.joindre(candidature, acteur, "CV_FORMATEUR", ligne=candidature.formateurs.get())
    Fichier.objects.filter(pk=piece.fichier_id).update(antivirus=Antivirus.SAIN, analyse_le=horloge.now())
    piece.refresh_from_db()
    etranger = fabriques.responsable_de(fabriques.brouillon().structure)
    servie = connecte(acteur).get(piece.fichier.url)
    assert b"".join(servie.streaming_content).startswith(b"%PDF")
    assert connecte(etranger).get(piece.fichier.url).status_code == 404


# --- 2. Métiers ----------------------------------------------------------------------------------
def autre_metier(code: str, libelle: str) -> Metier:
    return Metier.objects.create(
        code=code,
        libelle=libelle,
        libelle_recherche=libelle.lower(),
        famille=fabriques.famille(),
        rome="M1805",
        valide_du=date(2021, 1, 1),
    )


def test_given_further_métiers_then_they_are_read_together_and_each_is_chosen_once() -> None:
    candidature, acteur = complet()
    testeur = autre_metier("testeur", "Testeur")
    integrateur = autre_metier("integrateur", "Intégrateur")
    fabriques.enregistrer(
        candidature, acteur, "formation", {"autre_metier_1": testeur, "autre_metier_3": integrateur}
    )
    reponses = {une.label: une.valeur for une in lu(candidature, "formation").reponses}
    assert reponses["Métier"] == "Développeur web"
    assert reponses["Autres métiers"] == "Testeur, Intégrateur"
    assert phrases(candidature, "formation") == []
    fabriques.enregistrer(candidature, acteur, "formation", {"autre_metier_3": testeur})
    (phrase,) = phrases(candidature, "formation")
    assert phrase.startswith("Le métier «\u00a0Testeur\u00a0» est choisi deux fois")


def test_given_no_further_métier_then_the_reading_does_not_ask_for_any() -> None:
    candidature, _ = complet()
    assert "Autres métiers" not in {une.label for une in lu(candidature, "formation").reponses}


def test_given_the_page_of_section_2_then_the_list_of_métiers_is_read_once() -> None:
    candidature, acteur = complet()
    client = connecte(acteur)
    adresse = reverse("candidatures:section", args=[candidature.pk, "formation"])
    client.get(adresse)
    with CaptureQueriesContext(connection) as requetes:
        page = client.get(adresse).content.decode()
    lues = [une for une in requetes if 'FROM "referentiels_metier"' in une["sql"]]
    assert len(lues) == 1
    adresse_de_recherche = reverse("candidatures:suggestions", args=["metiers"])
    assert page.count(f'data-recherche="{adresse_de_recherche}"') == 4
    assert len(requetes) <= 15


# --- 5. Residents of QPV and of ZRR --------------------------------------------------------------
@pytest.mark.parametrize(
    ("ensemble", "qpv", "zrr", "juste"),
    [(30, 30, 0, True), (30, 20, 10, True), (30, 30, 30, True), (30, 10, 10, False), (30, 40, 0, False)],
)
def test_given_shares_of_residents_then_they_agree_or_it_is_a_gap(
    ensemble: int, qpv: int, zrr: int, juste: bool
) -> None:
    candidature, acteur = complet()
    valeurs = {"part_qpv_zrr": ensemble, "part_qpv": qpv, "part_zrr": zrr}
    fabriques.enregistrer(candidature, acteur, "publics", valeurs)
    assert (phrases(candidature, "publics") == []) is juste


# --- The pages, without a script -----------------------------------------------------------------
def lignes_envoyees(section: str, lignes: list[dict[str, Any]], **aussi: Any) -> dict[str, Any]:
    return {**as_typed(section, {}, lignes), "enregistrer": "1", **aussi}


def test_given_a_new_row_with_its_file_when_the_button_sends_both_then_both_are_kept() -> None:
    candidature, acteur = complet()
    version = candidature.etats_sections.get(section="equipe").version
    cle = "0b9a1f0e-6a1a-4a55-9d2c-1f2e3d4c5b6a"
    envoi = lignes_envoyees(
        "equipe",
        [{"id": cle, "nom": "Ana Rossi", "role": "Formatrice", "statut": "SALARIE"}],
        version=str(version),
        apprenants_par_formateur="8",
    )
    envoi["formateurs-0-piece_CV_FORMATEUR"] = SimpleUploadedFile("cv.pdf", fabriques.pdf("cv"))
    reponse = connecte(acteur).post(reverse("candidatures:section", args=[candidature.pk, "equipe"]), envoi)
    assert reponse.status_code == 302
    formateur = candidature.formateurs.get()
    assert (str(formateur.pk), formateur.nom) == (cle, "Ana Rossi")
    assert candidature.pieces.get(type_piece="CV_FORMATEUR").ligne == formateur.pk
    assert phrases(candidature, "equipe") == []


def test_given_a_file_that_is_refused_in_a_row_then_the_answers_stay_and_the_row_says_why() -> None:
    candidature, acteur = complet()
    version = candidature.etats_sections.get(section="equipe").version
    formateur = candidature.formateurs.get()
    envoi = lignes_envoyees(
        "equipe",
        [{"id": str(formateur.pk), "nom": "Lucie B.", "role": "F", "statut": "SALARIE", "parcours": "x"}],
        version=str(version),
        apprenants_par_formateur="8",
    )
    envoi["formateurs-0-piece_CV_FORMATEUR"] = SimpleUploadedFile("cv.zip", b"PK\x03\x04")
    adresse = reverse("candidatures:section", args=[candidature.pk, "equipe"])
    reponse = connecte(acteur).post(adresse, envoi)
    assert reponse.status_code == 422
    assert 'href="#id_formateurs-0-piece_CV_FORMATEUR"' in reponse.content.decode()
    formateur.refresh_from_db()
    assert formateur.nom == "Lucie B."


def test_given_a_script_when_it_sends_the_file_of_a_row_then_the_place_answers() -> None:
    candidature, acteur = complet()
    ligne = candidature.partenaires.all()[1]
    adresse = reverse("candidatures:piece-place", args=[candidature.pk, "PREUVE_PARTENARIAT"])
    client = connecte(acteur)
    nom = "partenaires-1-piece_PREUVE_PARTENARIAT"
    envoi = {nom: SimpleUploadedFile("lettre.pdf", fabriques.pdf("lettre"))}
    reponse = client.post(f"{adresse}?ligne={ligne.pk}", envoi)
    assert reponse.status_code == 200
    assert "lettre.pdf" in reponse.json()["place"]
    assert "lettre.pdf" in client.get(f"{adresse}?ligne={ligne.pk}").json()["place"]
    autre = candidature.partenaires.all()[0]
    assert "lettre.pdf" not in client.get(f"{adresse}?ligne={autre.pk}").json()["place"]
    inconnue = client.post(
        f"{adresse}?ligne={candidature.pk}", {nom: SimpleUploadedFile("a.pdf", fabriques.pdf())}
    )
    assert (inconnue.status_code, inconnue.json()["refus"]) == (422, LIGNE_ABSENTE)
    page = client.get(reverse("candidatures:section", args=[candidature.pk, "partenaires"])).content.decode()
    assert page.count("lettre.pdf") >= 1
    assert page.count('name="partenaires-1-piece_PREUVE_PARTENARIAT"') == 1


def test_given_more_rows_and_files_then_the_page_takes_as_many_queries() -> None:
    def requetes(lignes: int) -> int:
        candidature, acteur = complet()
        fabriques.enregistrer(candidature, acteur, "partenaires", {}, partenaires()[:1] * lignes)
        for ligne in candidature.partenaires.all():
            fabriques.joindre(candidature, acteur, "PREUVE_PARTENARIAT", ligne=ligne)
        client = connecte(acteur)
        adresse = reverse("candidatures:section", args=[candidature.pk, "partenaires"])
        client.get(adresse)
        with CaptureQueriesContext(connection) as lues:
            assert client.get(adresse).status_code == 200
        return len(lues)

    une = requetes(1)
    assert une == requetes(3)
    assert une <= 15


# --- Compléments (R16) ---------------------------------------------------------------------------
def demander(candidature: Candidature, *elements: Element) -> None:
    request_complements(
        candidature=candidature,
        acteur=fabriques.instructeur(),
        elements=elements,
        reponse_avant=date(2021, 10, 5),
    )
    candidature.refresh_from_db()


@pytest.mark.regle("R16")
def test_given_compléments_on_the_files_of_rows_alone_then_the_rows_are_named_and_stay_closed() -> None:
    candidature = fabriques.dossier_depose()
    acteur = fabriques.responsable_de(candidature.structure)
    demander(candidature, Element("equipe", "piece:CV_FORMATEUR", "Joignez le CV de chaque formateur."))
    client = connecte(acteur)
    formateur = candidature.formateurs.get()
    adresse = reverse("candidatures:section", args=[candidature.pk, "equipe"])
    page = client.get(adresse).content.decode()
    assert "CV du formateur — Lucie Bernard" in page
    assert 'name="formateurs-0-nom"' not in page
    version = candidature.etats_sections.get(section="equipe").version
    nom = f"piece_CV_FORMATEUR_{formateur.pk}"
    envoi = {"version": str(version), nom: SimpleUploadedFile("cv.pdf", fabriques.pdf("cv"))}
    assert client.post(adresse, envoi).status_code == 302
    assert candidature.pieces.get(type_piece="CV_FORMATEUR").ligne == formateur.pk
    depot = answer_complements(candidature=candidature, acteur=acteur, arrivee=horloge.now())
    assert [piece["ligne"] for piece in depot.instantane["pieces"] if "ligne" in piece] == [str(formateur.pk)]


@pytest.mark.regle("R16")
def test_given_a_row_whose_file_alone_is_open_when_it_lacks_one_then_the_recap_leads_to_its_file() -> None:
    candidature = fabriques.dossier_depose()
    acteur = fabriques.responsable_de(candidature.structure)
    demander(candidature, Element("equipe", "piece:CV_FORMATEUR", "Joignez le CV de chaque formateur."))
    formateur = candidature.formateurs.get()
    piece = fabriques.joindre(candidature, acteur, "CV_FORMATEUR", ligne=formateur)
    Fichier.objects.filter(pk=piece.fichier_id).update(antivirus="ILLISIBLE", analyse_le=horloge.now())
    client = connecte(acteur)
    recap = client.get(reverse("candidatures:recapitulatif", args=[candidature.pk])).content.decode()
    adresse = reverse("candidatures:section", args=[candidature.pk, "equipe"])
    ancre = f"id_piece_CV_FORMATEUR_{formateur.pk}"
    assert f'href="{adresse}#{ancre}"' in recap
    assert f'id="{ancre}"' in client.get(adresse).content.decode()


@pytest.mark.regle("R16")
def test_given_compléments_on_a_table_then_the_files_of_its_rows_open_with_it() -> None:
    candidature = fabriques.dossier_depose()
    acteur = fabriques.responsable_de(candidature.structure)
    demander(candidature, Element("partenaires", "partenaires", "Précisez les partenariats."))
    ligne = candidature.partenaires.first()
    assert fabriques.joindre(candidature, acteur, "PREUVE_PARTENARIAT", ligne=ligne).ligne == ligne.pk


# --- Deposits of before (R11) --------------------------------------------------------------------
@pytest.mark.regle("R11")
def test_given_a_deposit_of_version_1_then_it_is_read_as_it_was_asked_and_its_fingerprint_holds() -> None:
    candidature = fabriques.dossier_d_avant()
    depot = candidature.depots.get()
    sections = {section.code: section for section in sections_lisibles(depot.instantane)}
    questions = {reponse.label for section in sections.values() for reponse in section.reponses}
    assert "Part de femmes visée (%)" in questions
    assert not questions & {"Dont résidents de QPV (%)", "Sorties positives visées à trois mois (%)"}
    partenaires = sections["partenaires"]
    assert partenaires.calculs == []
    colonnes = partenaires.tableau.colonnes
    assert colonnes[-2:] == ["Ce que le partenaire s’engage à faire", "Embauches promises"]
    assert "Nature de l’engagement" not in colonnes
    assert [ligne[-1][1] for ligne in partenaires.tableau.lignes] == ["Sans objet", "3"]
    depot.refresh_from_db()
    assert depot.instantane["version"] == 1
    assert fingerprint(depot.instantane) == depot.empreinte


@pytest.mark.regle("R11")
def test_given_a_snapshot_of_version_1_when_brought_to_today_then_what_was_not_asked_is_not_answered() -> (
    None
):
    dossier = instantane.build(fabriques.dossier_complet())
    ancien = fabriques.version_1(dossier)
    actuel = instantane.current(ancien)
    assert actuel["version"] == instantane.VERSION
    assert {code: set(actuel[code]) for code in ("structure", "formation", "publics", "budget")} == {
        code: set(dossier[code]) for code in ("structure", "formation", "publics", "budget")
    }
    assert [set(ligne) for ligne in actuel["partenaires"]] == [set(ligne) for ligne in dossier["partenaires"]]
    assert [ligne["engage_embauches"] for ligne in actuel["partenaires"]] == [False, True]
    assert (actuel["publics"]["part_qpv"], actuel["formation"]["autre_metier_1"]) == (None, None)
    assert "part_qpv" not in ancien["publics"], "the snapshot itself does not change"
    assert instantane.current(dossier) is dossier


@pytest.mark.regle("R11")
def test_given_a_deposit_of_version_1_when_printed_then_the_pdf_holds_its_answers() -> None:
    candidature = fabriques.dossier_d_avant()
    document = request_dossier(
        candidature=candidature, acteur=fabriques.responsable_de(candidature.structure)
    )
    assert documents.render(document).startswith(b"%PDF")
    (partenaires,) = [une for une in document.donnees["sections"] if une["code"] == "partenaires"]
    assert "Recrutement des publics" not in str(partenaires)


@pytest.mark.regle("R16")
def test_given_a_deposit_of_version_1_in_compléments_then_what_is_asked_since_holds_nothing_back() -> None:
    candidature = fabriques.dossier_d_avant()
    acteur = fabriques.responsable_de(candidature.structure)
    demander(candidature, Element("publics", "gratuite", "Confirmez la gratuité."))
    manques = gaps(instantane.build(candidature))
    assert set(manques) == {"publics", "budget", "partenaires"}
    assert gaps_to_answer(candidature, instantane.build(candidature)) == {}
    fabriques.enregistrer(candidature, acteur, "publics", {"gratuite": False})
    depot = answer_complements(candidature=candidature, acteur=acteur, arrivee=horloge.now())
    # The new deposit asks no more than the former one did, but for what was opened.
    assert depot.instantane["version"] == 1
    lue = {section.code: section for section in sections_lisibles(depot.instantane)}
    ancien = {
        section.code: section for section in sections_lisibles(candidature.depots.get(numero=1).instantane)
    }
    for code, section in lue.items():
        assert [une.label for une in section.reponses] == [une.label for une in ancien[code].reponses]
        colonnes = [une.tableau.colonnes if une.tableau else [] for une in (section, ancien[code])]
        assert colonnes[0] == colonnes[1]
    assert fingerprint(depot.instantane) == depot.empreinte
    changements = set(Revision.objects.values_list("champ", flat=True))
    assert changements == {"publics.gratuite"}, "what was not asked has not changed"


@pytest.mark.regle("R16")
def test_given_a_deposit_of_version_1_when_its_table_is_asked_for_then_it_is_completed_as_today() -> None:
    candidature = fabriques.dossier_d_avant()
    demander(candidature, Element("partenaires", "partenaires", "Précisez les partenariats."))
    manques = gaps_to_answer(candidature, instantane.build(candidature))
    assert set(manques) == {"partenaires"}
    assert len(manques["partenaires"]) == 3, "a kind of commitment, and where each partnership stands"
    # Filled in, the table is read as it is asked today; the other sections as they were.
    acteur = fabriques.responsable_de(candidature.structure)
    fabriques.enregistrer(candidature, acteur, "partenaires", {}, partenaires())
    recapitulatif = connecte(acteur).get(reverse("candidatures:recapitulatif", args=[candidature.pk]))
    assert "Dont résidents de QPV" not in recapitulatif.content.decode()
    depot = answer_complements(candidature=candidature, acteur=acteur, arrivee=horloge.now())
    lue = {section.code: section for section in sections_lisibles(depot.instantane)}
    assert "Nature de l’engagement" in lue["partenaires"].tableau.colonnes
    assert "Dont résidents de QPV (%)" not in {une.label for une in lue["publics"].reponses}
    # The instructor reads, checks and asks on such a deposit as on any other.
    assert set(gaps(depot.instantane)) == {"publics", "budget"}
    page = connecte(fabriques.instructeur(candidature)).get(
        reverse("admin:instruction_dossier", args=[candidature.pk])
    )
    assert page.status_code == 200


@pytest.mark.regle("R16")
def test_given_a_deposit_of_version_1_when_all_that_is_new_is_opened_then_the_next_one_is_of_today() -> None:
    candidature = fabriques.dossier_d_avant()
    dossier = instantane.build(candidature)
    ancien = candidature.depots.get().instantane
    nouveaux = {
        "structure": {"qualite_label"},
        "formation": {"autre_metier_1", "autre_metier_2", "autre_metier_3"},
        "publics": {"part_qpv", "part_zrr"},
        "budget": {"part_sorties_positives"},
        "partenaires": {"partenaires"},
    }
    assert instantane.as_asked(dossier, ancien, nouveaux) == dossier
    une = instantane.as_asked(dossier, ancien, {"publics": {"part_qpv"}})
    assert (une["version"], "part_qpv" in une["publics"], "part_zrr" in une["publics"]) == (1, True, False)
    assert instantane.as_asked(dossier, dossier, {}) == dossier


@pytest.mark.regle("R13")
def test_given_a_dossier_of_before_when_copied_then_the_copy_asks_for_what_is_new() -> None:
    candidature = fabriques.dossier_d_avant()
    acteur = fabriques.responsable_de(candidature.structure)
    copie = duplicate_candidature(candidature=candidature, acteur=acteur)
    assert [ligne.engage_embauches for ligne in copie.partenaires.all()] == [False, True]
    assert phrases(copie, "budget") == ["Renseignez «\u00a0sorties positives visées à trois mois (%)\u00a0»."]


def test_given_a_dossier_when_copied_then_every_new_answer_follows_and_no_piece_does() -> None:
    candidature, acteur = complet()
    fabriques.joindre(candidature, acteur, "CV_FORMATEUR", ligne=candidature.formateurs.get())
    fabriques.enregistrer(candidature, acteur, "formation", {"autre_metier_1": autre_metier("qa", "Testeur")})
    copie = duplicate_candidature(candidature=candidature, acteur=acteur)
    avant, apres = instantane.build(candidature), instantane.build(copie)
    assert apres["pieces"] == []
    assert apres["formation"]["autre_metier_1"]["code"] == "qa"
    assert apres["publics"] == avant["publics"]
    assert apres["budget"]["part_sorties_positives"] == 70
    sans_cle = [[{**ligne, "id": ""} for ligne in dossier["partenaires"]] for dossier in (avant, apres)]
    assert sans_cle[0] == sans_cle[1]


# --- The drafts of before ------------------------------------------------------------------------
def test_given_complete_drafts_of_before_then_the_migration_counts_what_they_lack_and_comes_back() -> None:
    migration = importlib.import_module("candidatures.migrations.0008_manques_des_nouveaux_champs")
    entier = fabriques.dossier_complet()
    ancien = fabriques.dossier_complet()
    ancien.partenaires.update(
        partenariat="", engage_recrutement=False, engage_immersion=False, engage_embauches=False
    )
    SectionPublics.objects.filter(pk=ancien.pk).update(part_qpv=None, part_zrr=None)
    SectionBudget.objects.filter(pk=ancien.pk).update(part_sorties_positives=None)
    depose = fabriques.dossier_d_avant()
    deposes = dict(depose.etats_sections.values_list("section", "manques"))
    migration.tick(apps, None)
    migration.count(apps, None)
    assert [ligne.engage_embauches for ligne in ancien.partenaires.all()] == [False, True]
    etats = {etat.section: etat for etat in ancien.etats_sections.all()}
    comptes = {code: len(liste) for code, liste in completude(ancien).items()}
    assert comptes == {"publics": 2, "partenaires": 3, "budget": 1}
    assert {code: etat.manques for code, etat in etats.items() if etat.manques} == comptes
    assert {etats[code].avancement for code in comptes} == {EtatSection.Avancement.EN_COURS}
    assert not entier.etats_sections.exclude(manques=0).exists()
    assert dict(depose.etats_sections.values_list("section", "manques")) == deposes
    migration.forget(apps, None)
    assert not ancien.etats_sections.exclude(manques=0, avancement="TERMINEE").exists()


# --- What an answer costs (R10) ------------------------------------------------------------------
@pytest.mark.regle("R10")
@pytest.mark.parametrize(
    ("section", "champ", "valeur", "requetes_permises"),
    [
        ("equipe", "apprenants_par_formateur", "9", 8),
        ("equipe", "formateurs-0-parcours", "Douze ans.", 8),
        ("publics", "part_qpv", "34", 8),
        ("budget", "part_sorties_positives", "75", 8),
        ("formation", "rome", "M1805", 8),
        ("structure", "commune", "Roubaix (59512)", 8),
        ("structure", "commune", "", 8),
        # The commune of a site is looked for besides; that of the first site may change the dossier's region.
        ("formation", "sites-0-commune", "Tourcoing (59599)", 9),
        ("formation", "sites-0-commune", "Tourcoing", 9),
        ("formation", "sites-0-commune", "", 9),
        ("formation", "sites-0-commune", "Dijon (21231)", 10),
    ],
)
def test_given_one_answer_typed_then_it_is_saved_in_eight_queries_or_as_many_as_it_needs(
    section: str, champ: str, valeur: str, requetes_permises: int
) -> None:
    candidature, acteur = complet()
    fabriques.commune("59512", "Roubaix")
    fabriques.commune("59599", "Tourcoing")
    fabriques.commune("21231", "Dijon", region="27")
    client = connecte(acteur)
    adresse = reverse("candidatures:saisie", args=[candidature.pk, section])
    page = client.get(reverse("candidatures:section", args=[candidature.pk, section]))
    stockee = page.context["stockees"][champ]
    envoi = {"avant": json.dumps({champ: stockee}), champ: valeur}
    if "-" in champ:
        nom = f"{champ.rpartition('-')[0]}-id"
        lignes = candidature.sites if section == "formation" else candidature.formateurs
        envoi[nom] = str(lignes.first().pk)
    with CaptureQueriesContext(connection) as requetes:
        reponse = client.post(adresse, envoi)
    enregistrees = reponse.json()["enregistrees"]
    assert enregistrees[champ].startswith(valeur)
    # Said again with what was shown then, or with what is shown now: it is no conflict.
    for avant in (stockee, enregistrees[champ]):
        encore = client.post(adresse, {**envoi, "avant": json.dumps({champ: avant})})
        assert champ in encore.json()["enregistrees"]
    ecrites = [une["sql"] for une in requetes if not _BORNES.match(une["sql"])]
    assert len(ecrites) <= requetes_permises, "\n".join(ecrites)
