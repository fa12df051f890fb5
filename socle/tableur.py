"""Cells and files that a spreadsheet opens without running anything."""

import csv
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

#: What makes a spreadsheet take a text for a formula.
_DEBUTS = "=+-@\t\r"


class _Ecrit(Protocol):
    def write(self, texte: str, /) -> object: ...


def safe_cell(valeur: Any) -> Any:
    """Return the value as a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if not isinstance(valeur, str):
        return valeur
    return f"'{valeur}" if valeur[:1] in _DEBUTS and valeur else valeur


def write_csv(flux: _Ecrit, colonnes: Sequence[str], lignes: Iterable[Sequence[Any]]) -> None:
    """Write a table as French spreadsheets read it: semicolons, cells made safe."""
    sortie = csv.writer(flux, delimiter=";")
    sortie.writerow(colonnes)
    sortie.writerows([safe_cell(cellule) for cellule in ligne] for ligne in lignes)
