"""The check of typography sees what it is for, and nothing else."""

import pytest

from tests.filets.typographie import check_typography


@pytest.mark.parametrize(
    "faute",
    [
        "Objet : votre dossier",
        "Êtes-vous prêt ?",
        "le relevé ; puis",
        "« votre dossier\u00a0»",
        "«\u00a0votre dossier »",
        "l'administration",
        "à 10 h 00",
        "à 10 h précises",
        "fin de ligne\n: suite",
    ],
)
def test_given_a_fault_of_typography_then_it_is_seen(faute: str) -> None:
    with pytest.raises(AssertionError):
        check_typography(f"Bonjour,\n{faute}\nÀ bientôt.")


@pytest.mark.parametrize(
    "juste",
    [
        "Objet\u00a0: «\u00a0votre dossier\u00a0», à 10\u00a0h\u00a000\u00a0!",
        "l’administration",
        "https://gen.example/verification/",
        "à 23:59",
    ],
)
def test_given_good_typography_then_nothing_is_said(juste: str) -> None:
    check_typography(f"Bonjour,\n{juste}\nÀ bientôt.")
