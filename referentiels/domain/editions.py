"""Which edition of an official list the portal holds."""

from collections.abc import Mapping
from datetime import date

from referentiels.models import EditionReferentiel

ORGANISMES = "organismes"
REGISTRES = "rncp"
#: Added to the name of a list: the demo's own, whose rows are flagged.
FICTIVE = "-demo"


def note_edition(*, genre: str, jour: date, fictive: bool = False) -> EditionReferentiel:
    """Note the day of the edition that has just been loaded.

    Effects: the list's ``EditionReferentiel`` row. Errors: none.
    """
    nom = genre + FICTIVE if fictive else genre
    return EditionReferentiel.objects.update_or_create(genre=nom, defaults={"date": jour})[0]


def editions() -> dict[str, date]:
    """Return the day of each list that is loaded."""
    return dict(EditionReferentiel.objects.values_list("genre", "date"))


def edition_of(genre: str, chargees: Mapping[str, date]) -> date | None:
    """Return the day of a list among those that are loaded: the real one, else the demo's."""
    return chargees.get(genre) or chargees.get(genre + FICTIVE)
