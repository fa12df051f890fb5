"""Background work of the dossiers."""

import uuid

from candidatures.domain.pieces import GENRE_PIECE, report_held_piece
from socle.models import Travail
from socle.travaux import genre_travail


@genre_travail(
    GENRE_PIECE,
    bail=120,
    essais=5,
    libelle="Signalement d’une pièce illisible ou infectée",
    suite="Le porteur ne sait pas que sa pièce est à remplacer\u00a0: à lui dire par téléphone.",
)
def tell_held_piece(travail: Travail) -> None:
    """Tell the porteur that a piece can't be read."""
    report_held_piece(fichier=uuid.UUID(travail.charge["fichier"]))
