"""What upper apps add to the page of a dossier: the letter, the convention, the label's space.

Each app registers a function in ``AppConfig.ready()``; it answers only with what this person may open.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from candidatures.models import Candidature
from socle.models import Document


@dataclass(frozen=True)
class Suite:
    """A line of the dossier's sheet: its name, and the link's words and address.

    With a ``gabarit``, the page also shows what it holds; with its ``document``, that is an opening of it.
    """

    titre: str
    texte: str
    url: str
    gabarit: str = ""
    contexte: dict[str, Any] = field(default_factory=dict)
    document: Document | None = None


Fonction = Callable[[Any, Candidature], Iterable[Suite]]

_fonctions: dict[str, Fonction] = {}


def register(nom: str, fonction: Fonction) -> None:
    """Register what an app adds; the same ``nom`` again replaces it."""
    _fonctions[nom] = fonction


def suites_of(utilisateur: Any, candidature: Candidature) -> list[Suite]:
    """Return what this person may open from the dossier's page, in order of registration."""
    return [ligne for fonction in _fonctions.values() for ligne in fonction(utilisateur, candidature)]
