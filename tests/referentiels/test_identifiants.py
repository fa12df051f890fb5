import re
import string

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from referentiels.identifiants import (
    compact,
    nda_region_warning,
    valider_certification,
    valider_code_commune,
    valider_nda,
    valider_rome,
    valider_siren,
    valider_siret,
)

pytestmark = pytest.mark.regle("R14")

CHIFFRES = st.text(alphabet=string.digits, min_size=14, max_size=14)


def _luhn(numero: str) -> bool:
    """An independent reading of the key: double every second digit from the right."""
    total = 0
    for rang, chiffre in enumerate(reversed(numero)):
        valeur = int(chiffre) * (2 if rang % 2 else 1)
        total += valeur - 9 if valeur > 9 else valeur
    return total % 10 == 0


@pytest.mark.parametrize(
    "saisi",
    [
        "73282932000074",
        "732 829 320 00074",
        "732\u00a0829\u00a0320\u00a000074",
        "732\u202f829\u202f320\u202f00074",
        " 732.829.320-00074\t",
        "\ufeff73282932000074\u200b",
    ],
)
def test_given_a_siret_with_separators_when_checked_then_it_is_stored_bare(saisi: str) -> None:
    assert valider_siret(saisi) == "73282932000074"


@pytest.mark.parametrize("saisi", ["35600000000048", "35600000049837", "35600000000056"])
def test_given_a_siret_of_la_poste_when_checked_then_head_office_and_sum_modulo_5_hold(saisi: str) -> None:
    if saisi != "35600000000048":
        assert sum(map(int, saisi)) % 5 == 0
        assert not _luhn(saisi)
    assert valider_siret(saisi) == saisi


def test_given_a_siret_of_la_poste_whose_sum_is_not_a_multiple_of_5_when_checked_then_it_is_refused() -> None:
    with pytest.raises(ValidationError) as refus:
        valider_siret("35600000049838")
    assert refus.value.code == "cle"


@pytest.mark.parametrize(
    ("saisi", "code", "phrase"),
    [
        ("73282932000075", "cle", "avis de situation"),
        ("7328293200007", "longueur", "14 chiffres\u00a0; vous en avez saisi 13"),
        ("732829320000740", "longueur", "vous en avez saisi 15"),
        ("7328293200007A", "chiffres", "retirez les autres caractères"),
        ("٧٣٢٨٢٩٣٢٠٠٠٠٧٤", "chiffres", "que des chiffres"),
        ("", "chiffres", "que des chiffres"),
        ("73282932000074\n1", "longueur", "vous en avez saisi 15"),
    ],
)
def test_given_a_wrong_siret_when_checked_then_the_sentence_says_what_to_do(
    saisi: str, code: str, phrase: str
) -> None:
    with pytest.raises(ValidationError) as refus:
        valider_siret(saisi)
    assert refus.value.code == code
    assert phrase in refus.value.message


@settings(derandomize=True, deadline=None)
@given(CHIFFRES)
def test_given_any_14_digits_when_checked_then_only_a_right_key_passes(numero: str) -> None:
    la_poste = numero.startswith("356000000") and numero != "35600000000048"
    # A SIRET holds a SIREN, whose own key must be right as well.
    attendu = (sum(map(int, numero)) % 5 == 0 if la_poste else _luhn(numero)) and _luhn(numero[:9])
    assert _passes(valider_siret, numero) is attendu


@settings(derandomize=True, deadline=None)
@given(st.text(alphabet=string.digits, min_size=8, max_size=8))
def test_given_8_digits_when_a_9th_is_added_then_exactly_one_makes_a_siren(debut: str) -> None:
    assert sum(_passes(valider_siren, debut + chiffre) for chiffre in string.digits) == 1


@settings(derandomize=True, deadline=None)
@given(st.text())
def test_given_any_text_when_checked_then_it_is_refused_in_words_or_stored_in_its_form(texte: str) -> None:
    formes = {
        valider_siren: r"\d{9}",
        valider_siret: r"\d{14}",
        valider_nda: r"\d{11}",
        valider_certification: r"(RNCP|RS)\d+",
        valider_rome: r"[A-N]\d{4}",
        valider_code_commune: r"(\d{2}|2A|2B)\d{3}",
    }
    for valider, forme in formes.items():
        if _passes(valider, texte):
            assert re.fullmatch(forme, valider(texte), re.ASCII)
            assert valider(texte) == compact(texte)


def test_given_an_nda_when_checked_then_11_digits_pass_and_10_do_not() -> None:
    assert valider_nda("11 75 12345 75") == "11751234575"
    with pytest.raises(ValidationError, match="11 chiffres"):
        valider_nda("1175123457")


@pytest.mark.parametrize(
    ("saisi", "garde"), [("rncp 37674", "RNCP37674"), ("RS5616", "RS5616"), (" rs-5616 ", "RS5616")]
)
def test_given_a_certification_code_when_checked_then_it_is_stored_in_capitals(
    saisi: str, garde: str
) -> None:
    assert valider_certification(saisi) == garde


@pytest.mark.parametrize("saisi", ["37674", "RNCP", "RSA12", "RNCP37674B", "XRNCP1", ""])
def test_given_a_wrong_certification_code_when_checked_then_it_is_refused(saisi: str) -> None:
    with pytest.raises(ValidationError, match="RNCP ou RS suivi de chiffres"):
        valider_certification(saisi)


@pytest.mark.parametrize("saisi", ["m1805", "M 1805", "A0000", "N9999"])
def test_given_a_rome_code_when_checked_then_it_passes(saisi: str) -> None:
    assert valider_rome(saisi) == compact(saisi)


@pytest.mark.parametrize("saisi", ["O1805", "M180", "M18055", "1805M", ""])
def test_given_a_wrong_rome_code_when_checked_then_it_is_refused(saisi: str) -> None:
    with pytest.raises(ValidationError, match="lettre de A à N"):
        valider_rome(saisi)


@pytest.mark.parametrize("saisi", ["35238", "2A004", "2b033", "97411", "01001"])
def test_given_a_commune_code_when_checked_then_corsica_and_leading_zeros_pass(saisi: str) -> None:
    assert valider_code_commune(saisi) == saisi.upper()


@pytest.mark.parametrize("saisi", ["2C004", "3523", "352380", "A2004", "20A04", ""])
def test_given_a_wrong_commune_code_when_checked_then_it_is_refused(saisi: str) -> None:
    with pytest.raises(ValidationError, match="code INSEE"):
        valider_code_commune(saisi)


@pytest.mark.parametrize(
    ("nda", "departement"),
    [
        ("53351234535", "35"),
        ("82691234569", "69"),
        ("84691234569", "69"),
        ("98970123497", "974"),
        ("94201234520", "2A"),
    ],
)
def test_given_an_nda_of_the_region_of_today_or_before_2016_when_compared_then_nothing_is_said(
    referentiels: object, nda: str, departement: str
) -> None:
    assert nda_region_warning(nda, departement) == ""


def test_given_an_nda_of_another_region_when_compared_then_a_warning_names_the_region(
    referentiels: object,
) -> None:
    avertissement = nda_region_warning("11751234575", "35")
    assert "commence par 11" in avertissement
    assert "Bretagne" in avertissement
    assert "vous n’avez rien à faire" in avertissement


def test_given_an_unknown_department_when_compared_then_nothing_is_said(referentiels: object) -> None:
    assert nda_region_warning("11751234575", "") == ""


def _passes(valider: object, texte: str) -> bool:
    try:
        valider(texte)
    except ValidationError as refus:
        if not str(refus.message).endswith("."):
            raise
        return False
    return True
