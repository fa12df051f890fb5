"""The public list of training bodies: its file, and what is found in it."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from referentiels.domain.editions import ORGANISMES, editions
from referentiels.domain.queries import commune_named, find_organismes, organismes_of
from referentiels.imports.chargement import load_demo_organismes
from referentiels.models import OrganismeFormation
from tests.candidatures.fabriques import commune

pytestmark = [pytest.mark.regle("R14"), pytest.mark.django_db]

EXTRAIT = Path(__file__).parent / "donnees" / "organismes_extrait.csv"
DIJON, RENNES, NANTES = "99900001100018", "99900002900010", "99900011000018"


def _import(fichier: Path = EXTRAIT, **options: object) -> str:
    sortie = StringIO()
    call_command("import_referentiel", "organismes", str(fichier), stdout=sortie, **options)
    return sortie.getvalue()


def _changed(tmp_path: Path, *changements: tuple[str, str]) -> Path:
    texte = EXTRAIT.read_text(encoding="utf-8")
    for ancien, nouveau in changements:
        assert ancien in texte
        texte = texte.replace(ancien, nouveau)
    fichier = tmp_path / "liste.csv"
    fichier.write_text(texte, encoding="utf-8")
    return fichier


def test_given_the_list_when_imported_twice_then_the_second_changes_nothing() -> None:
    assert "ajouts 4, modifications 0, sans changement 0, lignes refusées 6" in _import()
    assert "ajouts 0, modifications 0, sans changement 4, lignes refusées 6" in _import()
    assert OrganismeFormation.objects.count() == 4


def test_given_an_establishment_by_its_nic_when_imported_then_its_siret_is_whole() -> None:
    _import()
    assert dict(OrganismeFormation.objects.values_list("nda", "siret")) == {
        "27211000101": DIJON,
        "53351000201": RENNES,
        "04451000301": "",
        "52441001101": NANTES,
    }


def test_given_a_line_when_imported_then_each_of_its_answers_is_read() -> None:
    _import()
    rennes = OrganismeFormation.objects.get(siret=RENNES)
    assert rennes.denomination == "ÉCOLE D’ESSAI BREIZH CODE"
    assert rennes.denomination_recherche == "ecole d essai breizh code"
    assert (rennes.adresse, rennes.code_postal, rennes.ville) == ("18 QUAI DE L’ILLE", "35000", "RENNES")
    assert (rennes.certifie_actions_formation, rennes.present, rennes.fictif) == (False, True, False)
    bourg = OrganismeFormation.objects.get(siret="")
    assert (bourg.code_postal, bourg.certifie_actions_formation) == ("01000", None)


@pytest.mark.parametrize(
    "refus",
    [
        "ligne 5\u00a0: Le numéro de déclaration d’activité (NDA) compte 11 chiffres",
        "ligne 6\u00a0: Ce SIREN n’existe pas",
        "ligne 7\u00a0: Le SIRET 99900007800017 n’est pas celui du SIREN 999000060.",
        "ligne 8\u00a0: Certification illisible, « peut-être »",
        "ligne 9\u00a0: le NDA 27211000101 est déjà celui de la ligne 2.",
        "ligne 10\u00a0: le nombre de cellules n’est pas celui de la première ligne.",
    ],
)
def test_given_a_line_that_cannot_be_read_when_imported_then_its_number_and_reason_show(refus: str) -> None:
    assert refus in _import()


def test_given_a_later_edition_when_imported_then_gone_bodies_are_marked_and_the_edition_is_noted(
    tmp_path: Path,
) -> None:
    _import(du=date(2021, 1, 4))
    assert editions() == {ORGANISMES: date(2021, 1, 4)}
    suivante = _changed(
        tmp_path, ("NIC COURT", "NIC COURT RENOMME"), ('"53351000201"', '"5335"'), ("DIJON", "Dijon")
    )
    assert "modifications 2, sans changement 1, absentes du fichier 1 (marquées)" in _import(
        suivante, du=date(2021, 6, 7)
    )
    assert editions() == {ORGANISMES: date(2021, 6, 7)}
    assert not OrganismeFormation.objects.get(siret=RENNES).present
    # It comes back with the next one.
    assert "modifications 3" in _import()
    assert OrganismeFormation.objects.get(siret=RENNES).present


@pytest.mark.parametrize(
    ("changements", "phrase"),
    [
        ([("siretEtablissementDeclarant", "siret")], r"colonne absente \(siretEtablissementDeclarant\)"),
        ([("9990", "1111")], "aucune ligne ne peut être prise. ligne 2"),
    ],
)
def test_given_another_file_when_imported_then_it_is_refused_and_nothing_is_written(
    tmp_path: Path, changements: list[tuple[str, str]], phrase: str
) -> None:
    with pytest.raises(CommandError, match=phrase):
        _import(_changed(tmp_path, *changements))
    assert OrganismeFormation.objects.count() == 0
    assert editions() == {}


def test_given_the_demo_list_when_the_real_one_is_imported_then_both_stay_and_the_real_one_prevails() -> None:
    bilan = load_demo_organismes()
    assert (bilan.refusees, bilan.ajoutees) == ([], 20)
    assert organismes_of([DIJON])[DIJON].fictif
    _import()
    assert OrganismeFormation.objects.filter(nda="27211000101").count() == 2
    trouve = organismes_of([DIJON])[DIJON]
    assert (trouve.fictif, trouve.denomination) == (False, "FABRIQUE NUMERIQUE ESSAI")
    assert load_demo_organismes().inchangees == 20


# --- Search --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("texte", "trouves"),
    [
        ("breizh", [RENNES]),
        ("Ecole d’essai", [RENNES]),
        ("CODE école", [RENNES]),
        ("fabrique essai", [DIJON]),
        ("reizh", []),
        ("e", []),
        ("999 000 011", [DIJON]),
        ("99900001100018", [DIJON]),
        ("27 21 10001 01", [DIJON]),
        ("53351", [RENNES]),
        ("9990000110001", [DIJON]),
        ("99", []),
        ("\x00", []),
    ],
)
def test_given_a_few_letters_or_digits_when_searched_then_the_bodies_that_may_be_meant_are_found(
    texte: str, trouves: list[str]
) -> None:
    _import()
    assert [organisme.siret for organisme in find_organismes(texte)] == trouves


def test_given_several_bodies_when_searched_then_the_likeliest_comes_first_and_few_come() -> None:
    for rang, nom in enumerate(("grand atelier du code", "atelier", "atelier du code", "le code atelier")):
        OrganismeFormation.objects.create(
            nda=f"{rang:011d}",
            siren="999000011",
            siret=f"99900001100{rang:03d}",
            denomination=nom,
            denomination_recherche=nom,
        )
    assert [un.denomination for un in find_organismes("atelier")] == [
        "atelier",
        "atelier du code",
        "grand atelier du code",
        "le code atelier",
    ]
    assert [un.denomination for un in find_organismes("atelier du")] == [
        "atelier du code",
        "grand atelier du code",
    ]
    assert [un.denomination for un in find_organismes("atelier", limite=2)] == ["atelier", "atelier du code"]


def test_given_another_establishment_of_a_known_body_when_looked_up_then_it_is_that_body() -> None:
    _import()
    autre = "99900001100026"
    inconnu = "99900009400014"
    trouves = organismes_of([autre, inconnu, ""])
    assert {siret: un.siret for siret, un in trouves.items()} == {autre: DIJON}


def test_given_the_name_and_postcode_of_an_address_when_looked_up_then_the_commune_is_found_if_sure() -> None:
    roubaix = commune()
    assert commune_named("ROUBAIX", "59100") == roubaix
    assert commune_named("ROUBAIX", "69100") is None
    assert commune_named("", "59100") is None
    assert commune_named("Roubaix", "") is None
