"""What a person declared a link with, read once for all the questions of a request (R36)."""

import uuid
from dataclasses import dataclass
from typing import Any

from candidatures.models.affectation import LienInteret

#: Where the answer is kept: on the person's instance, which lives as long as a request, like their roles.
MEMOIRE = "liens_declares"


@dataclass(frozen=True)
class LiensDeclares:
    """The keys of the dossiers and of the structures of the links in force."""

    dossiers: frozenset[uuid.UUID]
    structures: frozenset[uuid.UUID]


def declared_links(personne: Any) -> LiensDeclares:
    """Return the links that hide dossiers from this person; read once per instance.

    Hardly anybody has any: knowing it spares each list two subqueries that find nothing.
    """
    lus: LiensDeclares | None = getattr(personne, MEMOIRE, None)
    if lus is None:
        lus = _read(personne)
        setattr(personne, MEMOIRE, lus)
    return lus


def forget_links(personne: Any) -> None:
    """Read the links again at the next question."""
    setattr(personne, MEMOIRE, None)


def _read(personne: Any) -> LiensDeclares:
    liens = LienInteret.objects.filter(personne=personne, leve_le__isnull=True)
    lignes = list(liens.values_list("candidature", "structure"))
    return LiensDeclares(
        dossiers=frozenset(dossier for dossier, _ in lignes if dossier),
        structures=frozenset(structure for _, structure in lignes if structure),
    )
