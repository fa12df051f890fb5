"""French typography, the same in templates, e-mails and PDFs."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template

from socle import typographie as t

INSTANT = datetime(2021, 9, 20, 8, 0, 5, tzinfo=UTC)


def plain(texte: str) -> str:
    """Show no-break spaces as ``_`` and narrow ones as ``'``."""
    return texte.replace("\u00a0", "_").replace("\u202f", "'")


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        (INSTANT, "10_h_00"),
        (datetime(2021, 12, 31, 23, 5, tzinfo=UTC), "0_h_05"),
        (time(14, 32), "14_h_32"),
        (time(0, 0), "0_h_00"),
        (None, ""),
        ("", ""),
    ],
)
def test_given_an_instant_when_its_hour_is_written_then_paris_with_no_break_spaces(
    valeur: Any, attendu: str
) -> None:
    assert plain(t.heure(valeur)) == attendu


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        (date(2021, 9, 20), "lundi 20_septembre 2021"),
        (date(2021, 8, 1), "dimanche 1er_août 2021"),
        (datetime(2021, 7, 31, 22, 30, tzinfo=UTC), "dimanche 1er_août 2021"),
        (None, ""),
    ],
)
def test_given_a_date_when_written_long_then_french(valeur: Any, attendu: str) -> None:
    assert plain(t.date_longue(valeur)) == attendu


def test_given_a_date_when_written_simple_then_without_weekday() -> None:
    assert plain(t.date_simple(date(2021, 2, 1))) == "1er_février 2021"
    assert t.date_simple(None) == ""


@pytest.mark.regle("R3")
def test_given_a_deadline_when_written_then_weekday_hour_and_heure_de_paris() -> None:
    assert plain(t.instant_paris(INSTANT)) == "lundi 20_septembre 2021 à 10_h_00, heure de Paris"
    assert t.instant_paris(None) == ""


@pytest.mark.regle("R11")
def test_given_a_receipt_when_its_instant_is_written_then_to_the_second() -> None:
    attendu = "lundi 20_septembre 2021 à 10_h_00_min_05_s, heure de Paris"
    assert plain(t.instant_paris_secondes(INSTANT)) == attendu
    assert t.instant_paris_secondes(None) == t.heure_secondes(None) == ""


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        (0, "0"),
        (999, "999"),
        (12345, "12'345"),
        (-1234567, "-1'234'567"),
        ("4000", "4'000"),
        (Decimal("1234.5"), "1'234,5"),
        (None, ""),
        ("", ""),
    ],
)
def test_given_a_number_when_written_then_thousands_apart(valeur: Any, attendu: str) -> None:
    assert plain(t.espace_milliers(valeur)) == attendu


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        (0, "0_€"),
        (12345, "12'345_€"),
        (Decimal("12345.00"), "12'345_€"),
        (Decimal("1234.5"), "1'234,50_€"),
        (Decimal("0.005"), "0,01_€"),
        (None, ""),
    ],
)
def test_given_an_amount_when_written_then_in_euros(valeur: Any, attendu: str) -> None:
    assert plain(t.euros(valeur)) == attendu


@pytest.mark.parametrize(
    ("valeur", "attendu"),
    [
        ("35600000000048", "356_000_000_00048"),
        ("123", "123"),
        ("3560000000004X", "3560000000004X"),
        (None, ""),
        ("", ""),
    ],
)
def test_given_a_siret_when_written_then_readable(valeur: Any, attendu: str) -> None:
    assert plain(t.siret_lisible(valeur)) == attendu


@pytest.mark.parametrize(
    ("nombre", "formes", "attendu"),
    [
        (0, "s", ""),
        (1, "s", ""),
        (-1, "s", ""),
        (Decimal("1.9"), "s", ""),
        (2, "s", "s"),
        ("3", "x", "x"),
        (1, "al,aux", "al"),
        (2, "al,aux", "aux"),
        (None, "s", ""),
    ],
)
def test_given_a_number_when_a_word_agrees_then_zero_and_one_are_singular(
    nombre: Any, formes: str, attendu: str
) -> None:
    assert t.pluriel_fr(nombre, formes) == attendu


def test_given_a_template_when_rendered_then_the_filters_are_there_without_loading() -> None:
    gabarit = Template(
        "{{ i|heure }}|{{ i|heure_secondes }}|{{ i|date_longue }}|{{ i|date_simple }}|{{ i|instant_paris }}|"
        "{{ i|instant_paris_secondes }}|{{ n|espace_milliers }}|{{ n|euros }}|{{ s|siret_lisible }}|"
        "{{ n }} dossier{{ n|pluriel_fr }}"
    )

    rendu = plain(gabarit.render(Context({"i": INSTANT, "n": 1200, "s": "35600000000048"})))

    assert rendu.split("|") == [
        "10_h_00",
        "10_h_00_min_05_s",
        "lundi 20_septembre 2021",
        "20_septembre 2021",
        "lundi 20_septembre 2021 à 10_h_00, heure de Paris",
        "lundi 20_septembre 2021 à 10_h_00_min_05_s, heure de Paris",
        "1'200",
        "1'200_€",
        "356_000_000_00048",
        "1200 dossiers",
    ]


@pytest.mark.parametrize(
    ("octets", "attendu"),
    [
        (0, "0_octet"),
        (1, "1_octet"),
        (1023, "1023_octets"),
        (1024, "1_ko"),
        (1025, "2_ko"),
        (1024 * 1024, "1_Mo"),
        (1024 * 1024 + 1, "1,1_Mo"),
        (2_500 * 1024 * 1024, "2'500_Mo"),
        (None, ""),
    ],
)
def test_given_a_size_when_written_then_rounded_up_in_french_units(octets: int | None, attendu: str) -> None:
    assert plain(t.taille_lisible(octets)) == attendu
