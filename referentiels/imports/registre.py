"""Kinds of official files that ``manage.py import_referentiel`` takes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from referentiels.domain.synchronisation import Bilan
from socle.erreurs import ErreurMetier


class GenreInconnu(ErreurMetier):
    """No importer is registered under this name."""


@dataclass(frozen=True)
class Edition:
    """Which edition of an official file is imported, and the days on which it holds."""

    version: str
    valide_du: date
    valide_au: date | None


@dataclass(frozen=True)
class Importeur:
    """An importer: what it reads, and the edition it assumes when none is told (none: that of the day)."""

    genre: str
    libelle: str
    importer: Callable[[Path, Edition], Bilan] = field(repr=False)
    edition: Edition | None = None


_importeurs: dict[str, Importeur] = {}


def register(importeur: Importeur) -> None:
    """Add an importer; registering the same kind again replaces it."""
    _importeurs[importeur.genre] = importeur


def importeurs() -> list[Importeur]:
    """Return the known importers, by name."""
    return [_importeurs[genre] for genre in sorted(_importeurs)]


def importeur(genre: str) -> Importeur:
    """Return the importer of a kind. Errors: ``GenreInconnu``, which lists the known kinds."""
    if genre not in _importeurs:
        connus = ", ".join(f"{connu.genre} ({connu.libelle})" for connu in importeurs())
        raise GenreInconnu(
            f"« {genre} » n’est pas un référentiel connu. Référentiels connus\u00a0: {connus}."
        )
    return _importeurs[genre]
