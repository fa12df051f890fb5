"""Attachments that leave the dossier: alone, or with the row of a table that asked for them (R12)."""

import uuid
from collections.abc import Iterable

from candidatures.models import Candidature, Piece
from socle import horloge, journal
from socle.journal import Visibilite
from socle.models import Fichier
from socle.references import Acteur


def take_out(piece: Piece) -> None:
    """Write that a piece is no longer in the dossier; its file stays while a deposit cites it."""
    piece.retiree_le = horloge.now()
    piece.save(update_fields=["retiree_le"])


def take_out_of_rows(candidature: Candidature, lignes: Iterable[uuid.UUID], acteur: Acteur) -> None:
    """Take out the pieces of rows that leave their table: nothing would show them any more.

    Effects: ``retiree_le`` of each, event ``candidature.piece_retiree`` for each.
    """
    pieces = candidature.pieces.filter(ligne__in=list(lignes), retiree_le__isnull=True)
    for piece in pieces.select_related("fichier"):
        piece.candidature = candidature
        take_out(piece)
        record_piece("candidature.piece_retiree", piece, acteur)


def record_piece(verbe: str, piece: Piece, acteur: Acteur, **aussi: str) -> None:
    """Record what happens to a piece, in the chain of its dossier."""
    fichier: Fichier = piece.fichier
    ligne = {"ligne": str(piece.ligne)} if piece.ligne else {}
    journal.record(
        verbe,
        sujet=piece.candidature,
        acteur=acteur,
        donnees={
            "type": piece.type_piece,
            "piece": str(piece.pk),
            "sha256": fichier.sha256,
            **ligne,
            **aussi,
        },
        visibilite=Visibilite.PORTEUR,
    )
