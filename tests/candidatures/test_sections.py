"""The sections: saved, complete, versioned, and what a snapshot says (R8, R9, R10, R14)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from candidatures import sections
from candidatures.domain import instantane
from candidatures.domain.completude import completude, euros
from candidatures.domain.dossier import new_reference
from candidatures.domain.erreurs import ConflitDeVersion
from candidatures.domain.lecture import sections_lisibles
from candidatures.domain.pieces import remove_piece
from candidatures.domain.saisie import save_section
from candidatures.models import Candidature, EtatSection, Piece
from socle import canonique, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier, FichierRefuse, TransitionRefusee
from socle.models import Revision
from tests.candidatures import fabriques
from tests.comptes import fabriques as comptes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lundi() -> Any:
    """Monday 20 September 2021, 10:00 in Paris."""
    with time_machine.travel(fabriques.LUNDI, tick=False) as temps:
        yield temps


@pytest.mark.regle("R9")
def test_given_the_table_of_sections_then_every_name_is_a_column() -> None:
    assert [section.numero for section in sections.SECTIONS] == list(range(1, 12))
    for section in sections.SECTIONS:
        if section.modele:
            colonnes = {champ.name for champ in instantane.model_of(section.modele)._meta.fields}
            assert colonnes - {"candidature"} == set(section.champs), section.code
        if section.tableau:
            modele = instantane.model_of(section.tableau.modele)
            colonnes = {champ.name for champ in modele._meta.fields}
            assert colonnes - {"id", "candidature", "ordre", "cree_le", "modifie_le"} == set(
                section.tableau.champs
            )
            assert hasattr(Candidature, section.tableau.relation)
        cites = {
            champ
            for exigence in section.exigences
            for champ in (
                *exigence.champs,
                *exigence.engagements,
                *([exigence.si.champ] if exigence.si else []),
            )
        }
        assert cites <= set(section.champs)
        assert {piece for exigence in section.exigences for piece in exigence.pieces} <= set(section.pieces)
        possibles = set(section.champs) | set(section.tableau.champs if section.tableau else ())
        assert set(section.aides) <= possibles
    assert {piece for section in sections.SECTIONS for piece in section.toutes_pieces} == set(
        Piece.Type.values
    )


@pytest.mark.regle("R8")
def test_given_a_member_when_a_draft_is_opened_then_section_1_comes_from_the_structure() -> None:
    candidature = fabriques.brouillon()
    assert candidature.est_brouillon
    assert candidature.reference.startswith("GEN-2021-")
    structure = instantane.section_data(candidature, "structure")
    assert isinstance(structure, dict)
    assert structure["siret"] == candidature.structure.siret
    assert structure["representant_nom"] == candidature.structure.representant_nom
    etats = set(candidature.etats_sections.values_list("avancement", flat=True))
    assert etats == {EtatSection.Avancement.A_COMMENCER}
    with pytest.raises(ActeurRefuse):
        fabriques.create_candidature(structure=candidature.structure, acteur=comptes.utilisateur())


def test_given_a_structure_without_insee_code_then_its_commune_is_found_by_name_and_postcode() -> None:
    fabriques.commune()
    connue = comptes.structure(commune="ROUBAIX", code_postal="59100")
    douteuse = comptes.structure(commune="Roubaix", code_postal="75001")
    trouves = [fabriques.brouillon(structure).sectionstructure.commune for structure in (connue, douteuse)]
    assert trouves == ["59512", ""]


def test_given_no_open_call_when_a_draft_is_opened_then_it_is_refused(lundi: Any) -> None:
    appel = fabriques.referentiel()
    lundi.move_to(appel.ouvert_le.replace(year=2020))
    structure = comptes.structure()
    acteur = fabriques.responsable_de(structure)
    with pytest.raises(ErreurMetier, match="Aucun appel"):
        fabriques.create_candidature(structure=structure, acteur=acteur)


def test_given_a_taken_reference_when_a_draft_is_opened_then_another_one_is_drawn(monkeypatch: Any) -> None:
    premier = fabriques.brouillon()
    tirages = iter([premier.reference, premier.reference, "GEN-2021-ZZZZZ"])
    monkeypatch.setattr("candidatures.domain.dossier.new_reference", lambda prefixe: next(tirages))
    assert fabriques.brouillon(premier.structure).reference == "GEN-2021-ZZZZZ"


def test_given_many_references_then_none_holds_an_ambiguous_letter() -> None:
    lettres = set("".join(new_reference("") for _ in range(400)))
    assert len(lettres) > 25
    assert not lettres & set("ILOU")


@pytest.mark.regle("R8")
def test_given_complete_answers_then_no_gap_is_left_and_every_section_is_done() -> None:
    candidature = fabriques.dossier_complet()
    assert completude(candidature) == {}
    assert set(candidature.etats_sections.values_list("avancement", "manques")) == {("TERMINEE", 0)}
    assert candidature.intitule == "Développement web inclusif"
    assert candidature.region_id == "32"


@pytest.mark.regle("R8")
@pytest.mark.parametrize(
    ("section", "champs", "attendus"),
    [
        ("structure", {"qualite": "CONTRAT"}, {"audit_prevu_le", "piece:CONTRAT_QUALITE"}),
        ("structure", {"qualite_numero": ""}, {"qualite_numero"}),
        (
            "structure",
            {"sous_traitance": True},
            {
                "sous_traitant_raison_sociale",
                "sous_traitant_siret",
                "sous_traitant_nda",
                "controle_modalites",
                "controle_contenus",
                "controle_ressources",
                "controle_recrutement",
                "controle_locaux",
                "controle_materiels",
            },
        ),
        (
            "formation",
            {"certificateur_nom": "", "accord_valide_jusqu_au": None},
            {"certificateur_nom", "accord_valide_jusqu_au"},
        ),
        ("formation", {"renouvellement": True}, {"label_renouvele"}),
        ("programme", {"lieux_collectifs": True}, {"lieux_collectifs_description"}),
        ("immersion", {"heures": None}, {"heures"}),
        ("engagements", {"exactitude": False}, {"exactitude"}),
        ("publics", {"apprenants_par_an": 0}, set()),
    ],
)
def test_given_a_condition_when_it_holds_then_a_deposit_asks_more(
    section: str, champs: dict[str, Any], attendus: set[str]
) -> None:
    candidature = fabriques.dossier_complet(change=lambda contenu: contenu[section][0].update(champs))
    trouves = {manque.champ for manque in completude(candidature).get(section, [])}
    assert trouves == attendus


@pytest.mark.regle("R8")
@pytest.mark.parametrize(
    ("modes", "demande"),
    [
        (["PRESENTIEL", "DISTANCIEL"], False),
        (["PRESENTIEL", "DISTANCIEL", "DISTANCIEL"], True),
        (["PRESENTIEL", "PRESENTIEL", "TELEPRESENTIEL"], True),
        (["MIXTE:50", "MIXTE:50"], False),
        (["MIXTE:51", "PRESENTIEL", "MIXTE:80"], True),
    ],
)
def test_given_distance_when_it_passes_half_of_the_modules_then_collective_places_are_asked(
    modes: list[str], demande: bool
) -> None:
    def change(contenu: fabriques.Reponses) -> None:
        modele = contenu["programme"][1][0]
        rangs = [mode.partition(":") for mode in modes]
        lignes = [
            modele | {"mode": mode, "part_distance": int(part) if part else None} for mode, _, part in rangs
        ]
        contenu["programme"] = (contenu["programme"][0], lignes)

    manques = completude(fabriques.dossier_complet(change=change))
    assert ("lieux_collectifs" in [m.champ for m in manques.get("programme", [])]) is demande


@pytest.mark.regle("R8")
def test_given_tables_when_rows_are_missing_then_each_row_says_what_it_lacks() -> None:
    def change(contenu: fabriques.Reponses) -> None:
        partenaires = contenu["partenaires"][1]
        assert partenaires is not None
        partenaires[1].update(contact_telephone="", engagement="")
        contenu["sessions"] = ({}, [])
        contenu["budget"][1].pop()

    candidature = fabriques.dossier_complet(change=change)
    phrases = {code: [m.phrase for m in liste] for code, liste in completude(candidature).items()}
    assert phrases == {
        "partenaires": [
            "Partenaire 2\u00a0: renseignez «\u00a0ce que le partenaire s’engage à faire\u00a0».",
            "Partenaire 2\u00a0: renseignez «\u00a0courriel\u00a0» ou «\u00a0téléphone\u00a0».",
        ],
        "budget": [
            "Équilibrez le budget de la session\u00a0: 108\u202f750,50\u00a0€ de charges pour 0,00\u00a0€ "
            "de ressources."
        ],
        "sessions": ["Remplissez au moins une ligne du tableau «\u00a0Sessions prévues\u00a0»."],
    }


def test_given_cents_then_euros_are_french() -> None:
    assert euros(0) == "0,00\u00a0€"
    assert euros(123_456_789) == "1\u202f234\u202f567,89\u00a0€"


@pytest.mark.regle("R10")
def test_given_two_people_on_a_section_when_the_second_saves_then_she_is_told_what_changed() -> None:
    candidature = fabriques.brouillon()
    un = fabriques.responsable_de(candidature.structure)
    deux = comptes.membre(candidature.structure)
    commun: dict[str, Any] = {"candidature": candidature, "section": "immersion", "lignes": None}
    etat = save_section(**commun, valeurs={"heures": 140, "semaines": 4}, acteur=un, version=0)
    assert (etat.version, etat.modifiee_par, etat.modifiee_le) == (1, un, fabriques.LUNDI)
    with pytest.raises(ConflitDeVersion) as conflit:
        save_section(**commun, valeurs={"heures": 150, "semaines": 4}, acteur=deux, version=0)
    assert conflit.value.changements == {"heures": (140, 150)}
    assert conflit.value.version == 1
    assert conflit.value.modifiee_par == un.nom_complet
    assert instantane.fields_of(instantane.section_data(candidature, "immersion"))["heures"] == 140
    etat = save_section(**commun, valeurs={"heures": 150}, acteur=deux, version=conflit.value.version)
    assert etat.version == 2
    assert instantane.fields_of(instantane.section_data(candidature, "immersion"))["heures"] == 150


@pytest.mark.regle("R10")
def test_given_a_stale_table_when_saved_then_nothing_is_overwritten() -> None:
    candidature = fabriques.dossier_complet()
    acteur = fabriques.responsable_de(candidature.structure)
    with pytest.raises(ConflitDeVersion) as conflit:
        save_section(
            candidature=candidature, section="sessions", valeurs={}, lignes=[], acteur=acteur, version=0
        )
    stockees, envoyees = conflit.value.changements["sessions"]
    assert len(stockees) == 3
    assert envoyees == []
    assert candidature.sessionprevues.count() == 3


def test_given_rows_when_saved_again_then_their_ids_stay_and_the_others_go() -> None:
    candidature = fabriques.dossier_complet()
    acteur = fabriques.responsable_de(candidature.structure)
    avant = instantane.section_data(candidature, "sessions")
    assert isinstance(avant, list)
    lignes = [{"id": avant[2]["id"], "places": 20}, {"debut": date(2024, 1, 8)}]
    fabriques.enregistrer(candidature, acteur, "sessions", {}, lignes)
    apres = instantane.section_data(candidature, "sessions")
    assert apres[0] == avant[2] | {"places": 20}
    assert len(apres) == 2


def test_given_a_row_of_another_dossier_when_its_id_is_sent_then_it_is_not_touched() -> None:
    autre = fabriques.dossier_complet()
    etrangere = autre.sessionprevues.first()
    candidature = fabriques.brouillon()
    acteur = fabriques.responsable_de(candidature.structure)
    fabriques.enregistrer(candidature, acteur, "sessions", {}, [{"id": str(etrangere.pk), "places": 1}])
    etrangere.refresh_from_db()
    assert etrangere.places == 15
    assert etrangere.candidature == autre
    assert candidature.sessionprevues.get().pk != etrangere.pk


@pytest.mark.regle("R14")
@pytest.mark.parametrize(
    ("section", "valeurs", "champ"),
    [
        ("structure", {"siret": "12345678901234"}, "siret"),
        ("structure", {"nda": "123"}, "nda"),
        ("structure", {"commune": "Roubaix"}, "commune"),
        ("structure", {"code_postal": "591"}, "code_postal"),
        ("structure", {"forme_juridique": "secte"}, "forme_juridique"),
        ("structure", {"representant_courriel": "sans arobase"}, "representant_courriel"),
        ("formation", {"certification_code": "31114"}, "certification_code"),
        ("formation", {"rome": "Z9999"}, "rome"),
        ("publics", {"part_femmes": 101}, "part_femmes"),
        ("publics", {"apprenants_par_an": -1}, "apprenants_par_an"),
        ("publics", {"apprenants_par_an": 99_999}, "apprenants_par_an"),
        ("budget", {"cout_par_apprenant": 10**13}, "cout_par_apprenant"),
        ("immersion", {"type_immersion": "VACANCES"}, "type_immersion"),
        ("publics", {"inconnu": 1}, "inconnu"),
    ],
)
def test_given_a_wrong_answer_when_saved_then_its_field_is_named(
    section: str, valeurs: dict[str, Any], champ: str
) -> None:
    candidature = fabriques.brouillon()
    acteur = fabriques.responsable_de(candidature.structure)
    with pytest.raises(DonneesInvalides) as refus:
        fabriques.enregistrer(candidature, acteur, section, valeurs)
    assert list(refus.value.erreurs) == [champ]
    assert candidature.etats_sections.get(section=section).version == 0


def test_given_a_session_that_ends_before_it_begins_when_saved_then_the_row_is_named() -> None:
    candidature = fabriques.brouillon()
    acteur = fabriques.responsable_de(candidature.structure)
    lignes = [{"debut": date(2021, 11, 2), "fin": date(2021, 11, 1)}]
    with pytest.raises(DonneesInvalides) as refus:
        fabriques.enregistrer(candidature, acteur, "sessions", {}, lignes)
    assert list(refus.value.erreurs) == ["sessions-0-fin"]


@pytest.mark.regle("R14")
def test_given_identifiers_with_spaces_when_saved_then_they_are_kept_as_plain_text() -> None:
    candidature = fabriques.brouillon()
    acteur = fabriques.responsable_de(candidature.structure)
    fabriques.enregistrer(
        candidature, acteur, "formation", {"certification_code": "rncp 31114", "rome": "m1805"}
    )
    formation = instantane.fields_of(instantane.section_data(candidature, "formation"))
    assert (formation["certification_code"], formation["rome"]) == ("RNCP31114", "M1805")


@pytest.mark.regle("R8")
def test_given_somebody_else_or_a_deposit_when_saving_then_it_is_refused() -> None:
    candidature = fabriques.brouillon()
    with pytest.raises(ActeurRefuse):
        fabriques.enregistrer(candidature, comptes.utilisateur("direction"), "immersion", {"heures": 1})
    depose = fabriques.dossier_depose()
    with pytest.raises(TransitionRefusee, match="déposé"):
        fabriques.enregistrer(depose, fabriques.responsable_de(depose.structure), "immersion", {"heures": 1})


def test_given_drafts_saved_many_times_then_neither_event_nor_revision_is_written() -> None:
    candidature = fabriques.brouillon()
    acteur = fabriques.responsable_de(candidature.structure)
    avant = journal.timeline(candidature.chaine_journal, visibilites=journal.Visibilite.values).count()
    for heures in range(3):
        fabriques.enregistrer(candidature, acteur, "immersion", {"heures": heures})
    apres = journal.timeline(candidature.chaine_journal, visibilites=journal.Visibilite.values).count()
    assert apres == avant == 2, "created, and expected at the next relevé"
    assert not Revision.objects.exists()


@pytest.mark.regle("R12")
def test_given_a_file_when_attached_then_the_gap_closes_and_opens_again_when_removed() -> None:
    candidature = fabriques.dossier_complet()
    acteur = fabriques.responsable_de(candidature.structure)
    piece = candidature.pieces.get(type_piece="ATTESTATION_FISCALE")
    remove_piece(piece=piece, acteur=acteur)
    remove_piece(piece=piece, acteur=acteur)
    assert [manque.champ for manque in completude(candidature)["structure"]] == ["piece:ATTESTATION_FISCALE"]
    assert candidature.etats_sections.get(section="structure").manques == 1
    fabriques.joindre(candidature, acteur, "ATTESTATION_FISCALE")
    assert completude(candidature) == {}
    verbes = journal.timeline(candidature.chaine_journal, visibilites=["PORTEUR"]).values_list(
        "verbe", flat=True
    )
    assert list(verbes).count("candidature.piece_retiree") == 1


@pytest.mark.regle("R12")
def test_given_a_text_called_pdf_when_attached_then_its_content_decides() -> None:
    from django.core.files.base import ContentFile

    candidature = fabriques.brouillon()
    with pytest.raises(FichierRefuse):
        fabriques.attach_piece(
            candidature=candidature,
            type_piece="AUTRE",
            contenu=ContentFile(b"bonjour", name="preuve.pdf"),
            nom="preuve.pdf",
            acteur=fabriques.responsable_de(candidature.structure),
        )
    assert not Piece.objects.exists()


@pytest.mark.regle("R9", "R11")
def test_given_a_snapshot_then_its_shape_holds_and_it_has_no_float(snapshot: Any) -> None:
    candidature = fabriques.dossier_complet()
    donnees = instantane.build(candidature)

    def check(valeur: Any) -> None:
        assert not isinstance(valeur, float | Decimal | date)
        enfants = valeur.values() if isinstance(valeur, dict) else valeur if isinstance(valeur, list) else ()
        for enfant in enfants:
            check(enfant)

    check(donnees)
    assert canonique.fingerprint(donnees) == canonique.fingerprint(canonique.frozen(donnees))

    def shape(valeur: Any) -> Any:
        if isinstance(valeur, dict):
            return {cle: shape(enfant) for cle, enfant in valeur.items()}
        if isinstance(valeur, list):
            return [shape(valeur[0])] if valeur else []
        return type(valeur).__name__

    assert shape(donnees) == snapshot


def test_given_a_snapshot_when_read_then_every_answer_is_in_french() -> None:
    candidature = fabriques.dossier_complet()
    lisibles = {section.code: section for section in sections_lisibles(instantane.build(candidature))}
    assert list(lisibles) == [section.code for section in sections.SECTIONS]

    def valeur(code: str, champ: str) -> str:
        return next(r.valeur for r in lisibles[code].reponses if r.champ == champ)

    assert valeur("structure", "commune") == "Roubaix (59)"
    assert valeur("structure", "qualite_valide_jusqu_au") == "30\u00a0juin 2024"
    assert valeur("structure", "forme_juridique") == "Association"
    assert valeur("formation", "famille") == "Programmation et développement"
    assert valeur("formation", "certification_proprietaire") == "Non"
    assert valeur("budget", "cout_par_apprenant") == "7\u202f250,00\u00a0€"
    assert valeur("budget", "reste_a_charge") == "0,00\u00a0€"
    assert valeur("publics", "part_femmes") == "40\u00a0%"
    poses = {reponse.champ for reponse in lisibles["structure"].reponses}
    assert "qualite_numero" in poses
    assert not poses & {"audit_prevu_le", "sous_traitant_siret", "controle_locaux"}, "sans objet ici"
    tableau = lisibles["formation"].tableau
    assert tableau is not None
    assert ("Commune", "Roubaix (59)") in tableau.lignes[0]
    assert [piece.type for piece in lisibles["formation"].pieces] == [
        "Accord de partenariat avec le certificateur"
    ]
