"""Warnings shown before the deposit (R5, R15): they never block.

Upper apps register functions that read a snapshot: the ten pre-checks of ``labellisation`` warn the
porteur with the same code that will help the instructor.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Avertissement:
    """A criterion that the dossier seems not to meet, and where to correct it.

    ``champ`` names an answer of the section or of the row ``ligne`` of its table, the table, or a piece
    (``piece:<TYPE>``); without it, the section alone is known.
    """

    critere: int
    phrase: str
    section: str
    champ: str = ""
    ligne: int | None = None


Controle = Callable[[dict[str, Any], date], Iterable[Avertissement]]

_controles: list[Controle] = []


def register(fonction: Controle) -> None:
    """Add a function that warns; registering it again changes nothing."""
    if fonction not in _controles:
        _controles.append(fonction)


def warnings_for(instantane: dict[str, Any], jour: date) -> list[Avertissement]:
    """Return every warning about a snapshot, in the order of the criteria."""
    trouves = [avertissement for controle in _controles for avertissement in controle(instantane, jour)]
    return sorted(trouves, key=lambda avertissement: avertissement.critere)
