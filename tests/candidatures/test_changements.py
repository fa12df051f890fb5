"""What differs between two deposits, in words and as a request names it (R16)."""

from typing import Any

import pytest
import time_machine

from candidatures.domain.changements import NON_POSEE, Changement, Nature, changes, touched, unanswered
from candidatures.domain.complements import Element
from candidatures.domain.instantane import build
from candidatures.domain.lecture import sections_lisibles
from candidatures.domain.pieces import remove_piece
from candidatures.models import Candidature
from tests.candidatures import fabriques
from tests.candidatures.fabriques import version_1

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R16")]


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


@pytest.fixture
def candidature() -> Candidature:
    return fabriques.dossier_complet()


def ecrire(candidature: Candidature, section: str, valeurs: dict[str, Any], lignes: Any = None) -> None:
    acteur = fabriques.responsable_de(candidature.structure)
    fabriques.enregistrer(candidature, acteur, section, valeurs, lignes)


def compare(avant: dict[str, Any], candidature: Candidature) -> list[Changement]:
    apres = build(candidature)
    return changes(avant, apres, sections_lisibles(apres))


def test_given_nothing_changed_then_nothing_is_told(candidature: Candidature) -> None:
    dossier = build(candidature)
    assert compare(dossier, candidature) == []
    assert touched(dossier, dossier) == set()


def test_given_an_answer_that_opens_a_question_then_both_are_told(candidature: Candidature) -> None:
    avant = build(candidature)
    ecrire(candidature, "structure", {"sous_traitance": True, "sous_traitant_raison_sociale": "Atelier Sud"})
    apres = build(candidature)
    trouves = {un.chemin: un for un in compare(avant, candidature)}
    assert (trouves["structure.sous_traitance"].avant, trouves["structure.sous_traitance"].apres) == (
        "Non",
        "Oui",
    )
    assert trouves["structure.sous_traitant_raison_sociale"].avant == NON_POSEE
    retour = {un.chemin: un for un in changes(apres, avant, sections_lisibles(avant))}
    gone = retour["structure.sous_traitant_raison_sociale"]
    assert (gone.nature, gone.avant, gone.apres) == (Nature.RETIRE, "Atelier Sud", "")
    assert touched(avant, apres) == {
        ("structure", "sous_traitance"),
        ("structure", "sous_traitant_raison_sociale"),
    }


def test_given_columns_that_are_read_together_then_they_are_one_change(candidature: Candidature) -> None:
    ligne = candidature.partenaires.all()[0]
    avant = build(candidature)
    lignes = [{"id": un["id"]} for un in avant["partenaires"]]
    lignes[0] |= {"engage_immersion": not ligne.engage_immersion}
    ecrire(candidature, "partenaires", {}, lignes)
    (un,) = compare(avant, candidature)
    assert un.nature == Nature.MODIFIE
    assert un.chemin.startswith(f"partenaires.{ligne.pk}.engage_")
    assert touched(avant, build(candidature)) == {("partenaires", "partenaires")}


def test_given_rows_added_and_removed_then_each_is_told_whole(candidature: Candidature) -> None:
    avant = build(candidature)
    modules = avant["programme"]["modules"]
    neuf = {cle: valeur for cle, valeur in modules[0].items() if cle != "id"} | {"titre": "Neuf"}
    ecrire(candidature, "programme", {}, [{"id": modules[1]["id"]}, neuf])
    ajoute, retire = compare(avant, candidature)
    assert (ajoute.nature, ajoute.lieu) == (Nature.AJOUTE, "Programme, module 2")
    assert "Titre\u00a0: Neuf" in ajoute.apres
    assert (retire.nature, retire.chemin) == (Nature.RETIRE, "programme.modules")
    assert modules[0]["titre"] in retire.avant


def test_given_a_piece_replaced_added_or_removed_then_it_says_which(candidature: Candidature) -> None:
    acteur = fabriques.responsable_de(candidature.structure)
    avant = build(candidature)
    ancienne = candidature.pieces.get(type_piece="ATTESTATION_FISCALE")
    remove_piece(piece=ancienne, acteur=acteur)
    (parti,) = compare(avant, candidature)
    assert (parti.nature, parti.avant, parti.chemin) == (
        Nature.RETIRE,
        "attestation_fiscale.pdf",
        "structure",
    )
    neuve = fabriques.joindre(candidature, acteur, "ATTESTATION_FISCALE", "neuve.pdf")
    (remplacee,) = compare(avant, candidature)
    assert (remplacee.nature, remplacee.chemin) == (Nature.MODIFIE, f"pieces.{neuve.pk}")
    assert (remplacee.avant, remplacee.apres) == ("attestation_fiscale.pdf", "neuve.pdf")
    assert touched(avant, build(candidature)) == {("structure", "piece:ATTESTATION_FISCALE")}


def test_given_the_cv_of_a_trainer_then_it_answers_the_table_that_was_asked() -> None:
    candidature = fabriques.dossier_en_complement(
        [Element("equipe", "formateurs", "Joignez les CV."), Element("budget", "veille", "Détaillez.")]
    )
    demande = candidature.demandes_complements.get()
    avant = build(candidature)
    acteur = fabriques.responsable_de(candidature.structure)
    formateur = candidature.formateurs.all()[0]
    fabriques.joindre(candidature, acteur, "CV_FORMATEUR", "cv.pdf", ligne=formateur)
    apres = build(candidature)
    assert touched(avant, apres) == {("equipe", "piece:CV_FORMATEUR")}
    assert unanswered(demande, avant, apres) == [("budget", "veille")]


def test_given_a_snapshot_of_the_first_version_then_only_what_is_answered_since_is_told(
    candidature: Candidature,
) -> None:
    ecrire(candidature, "publics", {"part_qpv": None, "part_zrr": None})
    dossier = build(candidature)
    ancien = version_1(dossier)
    trouves = changes(ancien, dossier, sections_lisibles(dossier))
    # What the new questions hold in this dossier, and nothing that is still without an answer.
    assert {un.avant for un in trouves} == {NON_POSEE}
    assert not {"publics.part_qpv", "publics.part_zrr"} & {un.chemin for un in trouves}
