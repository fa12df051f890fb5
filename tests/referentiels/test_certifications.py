"""The registers of certifications: their files, and what is found in them."""

import shutil
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from referentiels.domain.editions import REGISTRES, editions
from referentiels.domain.queries import find_certifications
from referentiels.imports.chargement import load_demo_certifications
from referentiels.models import Certification

pytestmark = [pytest.mark.regle("R14"), pytest.mark.django_db]

DOSSIER = Path(__file__).parent / "donnees" / "rncp"
STANDARD = "export_fiches_CSV_Standard_essai.csv"
CERTIFICATEURS = "export_fiches_CSV_Certificateurs_essai.csv"


def _import(chemin: Path = DOSSIER, **options: object) -> str:
    sortie = StringIO()
    call_command("import_referentiel", "rncp", str(chemin), stdout=sortie, **options)
    return sortie.getvalue()


def test_given_the_folder_when_imported_twice_then_the_second_changes_nothing() -> None:
    assert "ajouts 3, modifications 0, sans changement 0, lignes refusées 5" in _import(du=date(2021, 9, 1))
    assert "ajouts 0, modifications 0, sans changement 3, lignes refusées 5" in _import(du=date(2021, 9, 1))
    assert editions() == {REGISTRES: date(2021, 9, 1)}


def test_given_a_sheet_when_imported_then_each_of_its_answers_is_read() -> None:
    _import()
    fiche = Certification.objects.get(code="RNCP91001")
    assert (fiche.intitule, fiche.intitule_recherche) == (
        "Développeur d’essai web et mobile",
        "developpeur d essai web et mobile",
    )
    assert (fiche.niveau, fiche.date_fin_enregistrement, fiche.actif) == (5, date(2025, 12, 31), True)
    assert fiche.certificateurs == [
        {"siret": "99900001100018", "nom": "Certificateur d’essai"},
        {"siret": "", "nom": "Second certificateur d’essai"},
    ]
    ancienne = Certification.objects.get(code="RNCP91002")
    assert (ancienne.niveau, ancienne.date_fin_enregistrement, ancienne.actif) == (None, None, False)


@pytest.mark.parametrize(
    "refus",
    [
        "ligne 5\u00a0: Écrivez le code de la fiche",
        "ligne 6\u00a0: Niveau inconnu, « NIV12 »",
        "ligne 7\u00a0: Date illisible, « bientôt »",
        "ligne 8\u00a0: État inconnu, « PEUT-ÊTRE »",
        "ligne 9\u00a0: la fiche RNCP91001 est déjà celle de la ligne 2.",
    ],
)
def test_given_a_line_that_cannot_be_read_when_imported_then_its_number_and_reason_show(refus: str) -> None:
    assert refus in _import()


def test_given_the_sheets_alone_when_imported_then_the_known_certifiers_stay(tmp_path: Path) -> None:
    _import()
    shutil.copy(DOSSIER / STANDARD, tmp_path)
    assert "sans changement 3" in _import(tmp_path / STANDARD)
    assert len(Certification.objects.get(code="RNCP91001").certificateurs) == 2
    # Beside it, the other file is read too.
    texte = (DOSSIER / CERTIFICATEURS).read_text(encoding="utf-8").replace("Institut", "École")
    (tmp_path / CERTIFICATEURS).write_text(texte, encoding="utf-8")
    assert "modifications 1" in _import(tmp_path / STANDARD)
    assert Certification.objects.get(code="RS91003").certificateurs[0]["nom"] == "École d’essai"


def test_given_a_later_edition_when_a_sheet_is_gone_then_it_is_inactive_and_the_demo_ones_stay(
    tmp_path: Path,
) -> None:
    load_demo_certifications()
    _import()
    texte = (DOSSIER / STANDARD).read_text(encoding="utf-8").replace('"RS91003"', '"RS91009"')
    (tmp_path / STANDARD).write_text(texte, encoding="utf-8")
    suite = "ajouts 1, modifications 0, sans changement 2, absentes du fichier 1 (marquées)"
    assert suite in _import(tmp_path)
    assert not Certification.objects.get(code="RS91003").actif
    assert not Certification.objects.filter(fictive=True, actif=False).exists()


def test_given_a_sheet_whose_line_can_no_longer_be_read_when_imported_then_it_stays_as_it_was(
    tmp_path: Path,
) -> None:
    _import()
    entete, fiche, autre, *_ = (DOSSIER / STANDARD).read_text(encoding="utf-8").splitlines(keepends=True)
    lignes = [entete, fiche.replace("31/12/2025", "demain"), autre]
    (tmp_path / STANDARD).write_text("".join(lignes), encoding="utf-8")
    assert "lignes refusées" in _import(tmp_path)
    gardee = Certification.objects.get(code="RNCP91001")
    assert (gardee.actif, gardee.date_fin_enregistrement) == (True, date(2025, 12, 31))


def test_given_a_wrong_folder_when_imported_then_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="ne contient pas de fichier CSV"):
        _import(tmp_path)
    for nom in ("a_Standard.csv", "b_Standard.csv"):
        shutil.copy(DOSSIER / STANDARD, tmp_path / nom)
    with pytest.raises(CommandError, match="n’y gardez qu’une édition"):
        _import(tmp_path)
    assert not Certification.objects.exists()


@pytest.mark.parametrize(
    ("texte", "trouvees"),
    [
        ("rncp91001", ["RNCP91001"]),
        ("RNCP 9100", ["RNCP91001", "RNCP91002"]),
        ("9100", ["RNCP91001", "RS91003", "RNCP91002"]),
        ("91003", ["RS91003"]),
        ("rs", []),
        ("9", []),
        ("developpeur", ["RNCP91001"]),
        ("Réseaux technicien", ["RNCP91002"]),
        ("essai", ["RNCP91001", "RS91003", "RNCP91002"]),
        ("zzz", []),
        ("\x00\x00\x00", []),
    ],
)
def test_given_a_few_letters_or_digits_when_searched_then_active_sheets_come_first(
    texte: str, trouvees: list[str]
) -> None:
    _import()
    assert [fiche.code for fiche in find_certifications(texte)] == trouvees
