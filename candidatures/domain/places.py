"""The places of a dossier that ask for a file: what each holds, and how to obtain what it asks."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field

from candidatures.models import Candidature, Piece
from candidatures.sections import MODELES, OBTENIR, Modele


@dataclass
class Place:
    """A place: its pieces in force, the oldest first."""

    type_piece: str
    #: The row of a table that asks for it.
    ligne: uuid.UUID | None = None
    pieces: list[Piece] = field(default_factory=list)

    @property
    def attend(self) -> bool:
        """Whether a piece is being verified: the page looks again."""
        return any(not piece.fichier.est_servi and not piece.fichier.est_retenu for piece in self.pieces)

    @property
    def modele(self) -> Modele | None:
        """The blank template of this place, if one exists."""
        return MODELES.get(self.type_piece)

    @property
    def obtenir(self) -> str:
        """Where this document is asked for, in a sentence."""
        return OBTENIR.get(self.type_piece, "")


#: Where a place is: the type of its pieces, and the row that asks for them, if one does.
Cle = tuple[str, uuid.UUID | None]


def places_of(candidature: Candidature, cles: Iterable[Cle]) -> dict[Cle, Place]:
    """Return these places, in one query."""
    places = {cle: Place(*cle) for cle in cles}
    if not places:
        return {}
    pieces = candidature.pieces.filter(retiree_le__isnull=True, type_piece__in={nom for nom, _ in places})
    for piece in pieces.select_related("fichier").order_by("cree_le", "id"):
        if place := places.get((piece.type_piece, piece.ligne)):
            place.pieces.append(piece)
    return places


def place_of(candidature: Candidature, type_piece: str, ligne: uuid.UUID | None = None) -> Place:
    """Return one place."""
    place = Place(type_piece, ligne)
    pieces = candidature.pieces.filter(retiree_le__isnull=True, type_piece=type_piece, ligne=ligne)
    place.pieces.extend(pieces.select_related("fichier").order_by("cree_le", "id"))
    return place
