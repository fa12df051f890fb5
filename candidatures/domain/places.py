"""The places of a dossier that ask for a file: what each holds, and how to obtain what it asks."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from candidatures.models import Candidature, Piece
from candidatures.sections import MODELES, OBTENIR, Modele


@dataclass
class Place:
    """A place: its pieces in force, the oldest first."""

    type_piece: str
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


def places_of(candidature: Candidature, types: Iterable[str]) -> dict[str, Place]:
    """Return the places of these types, by type, in one query."""
    places = {type_piece: Place(type_piece) for type_piece in types}
    if not places:
        return {}
    pieces = candidature.pieces.filter(retiree_le__isnull=True, type_piece__in=places)
    for piece in pieces.select_related("fichier").order_by("cree_le", "id"):
        places[piece.type_piece].pieces.append(piece)
    return places


def place_of(candidature: Candidature, type_piece: str) -> Place:
    """Return one place."""
    return places_of(candidature, [type_piece])[type_piece]
