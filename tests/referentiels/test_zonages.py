import shutil
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from referentiels.domain.queries import zoning_of
from referentiels.models import Classement, Zonage, ZonageCommune

pytestmark = [pytest.mark.regle("R33"), pytest.mark.django_db]

EXTRAIT = Path(__file__).parent / "donnees" / "zrr_extrait.csv"


def _import(fichier: Path = EXTRAIT, **options: object) -> str:
    sortie = StringIO()
    call_command("import_referentiel", "zrr", str(fichier), stdout=sortie, **options)
    return sortie.getvalue()


def test_given_the_official_table_when_imported_twice_then_the_second_changes_nothing() -> None:
    assert "ajouts 4" in _import()
    assert "ajouts 0, modifications 0, sans changement 4" in _import()
    assert dict(ZonageCommune.objects.values_list("code_commune", "classement")) == {
        "01001": Classement.NON_CLASSEE,
        "01060": Classement.CLASSEE,
        "02153": Classement.PARTIELLE,
        "2A004": Classement.NON_CLASSEE,
    }


def test_given_the_zrr_when_asked_by_day_then_it_holds_until_30_june_2024() -> None:
    _import()
    dernier = zoning_of("01060", zonage=Zonage.ZRR, jour=date(2024, 6, 30))
    assert dernier is not None
    assert dernier.classement == Classement.CLASSEE
    assert zoning_of("01060", zonage=Zonage.ZRR, jour=date(2024, 7, 1)) is None
    assert zoning_of("99999", zonage=Zonage.ZRR, jour=date(2021, 9, 20)) is None


def test_given_a_corrected_table_when_imported_then_lines_change_and_gone_ones_leave(tmp_path: Path) -> None:
    _import()
    corrige = tmp_path / "zrr.csv"
    texte = EXTRAIT.read_text(encoding="utf-8").replace("01060,Brénod,C - Classée", "01060,Brénod,NC - Non")
    corrige.write_text(
        "".join(li for li in texte.splitlines(True) if not li.startswith("2A")), encoding="utf-8"
    )
    assert "modifications 1, sans changement 2, absentes du fichier 1 (supprimées)" in _import(corrige)
    assert ZonageCommune.objects.count() == 3


def test_given_another_edition_when_imported_then_both_stay_and_its_dates_are_needed() -> None:
    _import()
    _import(edition="2018", du=date(2018, 1, 1), au=date(2020, 12, 31))
    assert ZonageCommune.objects.count() == 8
    with pytest.raises(CommandError, match="--du"):
        _import(edition="2019")


@pytest.mark.parametrize(
    ("ancien", "nouveau", "phrase"),
    [
        ("C - Classée en ZRR", "Q - Nouvelle classe", "ligne 3\u00a0: classement inconnu"),
        ("01060", "1060", "ligne 3\u00a0: Écrivez le code INSEE"),
        ("CODGEO", "CODE", r"colonne absente \(CODGEO\)"),
        ("2A004", "01001", "deux lignes portent la même clé"),
    ],
)
def test_given_a_broken_table_when_imported_then_the_line_is_told_and_nothing_is_written(
    tmp_path: Path, ancien: str, nouveau: str, phrase: str
) -> None:
    casse = tmp_path / "zrr.csv"
    casse.write_text(EXTRAIT.read_text(encoding="utf-8").replace(ancien, nouveau, 1), encoding="utf-8")
    with pytest.raises(CommandError, match=phrase):
        _import(casse)
    assert ZonageCommune.objects.count() == 0


def test_given_a_table_in_another_encoding_when_imported_then_the_error_says_utf_8(tmp_path: Path) -> None:
    latin = tmp_path / "zrr.csv"
    latin.write_bytes(EXTRAIT.read_text(encoding="utf-8").encode("latin-1"))
    with pytest.raises(CommandError, match="UTF-8"):
        _import(latin)


def test_given_an_unknown_kind_when_imported_then_the_error_lists_the_known_ones(tmp_path: Path) -> None:
    copie = shutil.copy(EXTRAIT, tmp_path)
    with pytest.raises(CommandError, match=r"« qpv » n’est pas un référentiel connu.*zrr"):
        call_command("import_referentiel", "qpv", str(copie), stdout=StringIO())
