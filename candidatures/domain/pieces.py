"""The attachments of a dossier: each in the place of the section that asks for it (R12, R16)."""

from django.core.files.base import File
from django.db import transaction

from candidatures.domain.erreurs import ChampFerme
from candidatures.domain.saisie import check_editable, open_fields, refresh_gaps
from candidatures.models import Candidature, Piece
from candidatures.sections import Section, section_de_piece
from socle import fichiers, horloge, journal
from socle.erreurs import DonneesInvalides
from socle.journal import Visibilite
from socle.references import Acteur
from socle.transition import lock

POLITIQUE_PIECE = "candidatures.piece"


@transaction.atomic
def attach_piece(
    *, candidature: Candidature, type_piece: str, contenu: File, nom: str, acteur: Acteur
) -> Piece:
    """Attach a file to the place of the dossier that asks for it (R12).

    Effects: the private file (in analysis until the antivirus has spoken), the piece, the gaps of
    its section, event ``candidature.piece_jointe``.
    Errors: ``FichierRefuse`` (type, size, empty); ``ActeurRefuse``, ``TransitionRefusee``,
    ``ChampFerme`` as :func:`save_section`; ``DonneesInvalides`` for an unknown type.
    """
    section = _section_of_piece(type_piece)
    lock(candidature)
    check_editable(candidature, acteur)
    _check_piece_open(candidature, section, type_piece)
    fichier = fichiers.store(
        contenu, nom=nom, proprietaire=candidature, politique=POLITIQUE_PIECE, acteur=acteur
    )
    piece = Piece.objects.create(
        candidature=candidature, type_piece=type_piece, fichier=fichier, deposee_par=acteur
    )
    journal.record(
        "candidature.piece_jointe",
        sujet=candidature,
        acteur=acteur,
        donnees={"type": type_piece, "sha256": fichier.sha256},
        visibilite=Visibilite.PORTEUR,
    )
    refresh_gaps(candidature, section)
    return piece


@transaction.atomic
def remove_piece(*, piece: Piece, acteur: Acteur) -> Piece:
    """Take an attachment out of the dossier; twice is once.

    Effects: ``retiree_le`` (the file itself stays while a deposit cites it), the gaps of its section,
    event ``candidature.piece_retiree``.
    Errors: ``ActeurRefuse``, ``TransitionRefusee``, ``ChampFerme`` as :func:`save_section`.
    """
    candidature = piece.candidature
    section = _section_of_piece(piece.type_piece)
    lock(candidature)
    check_editable(candidature, acteur)
    _check_piece_open(candidature, section, piece.type_piece)
    lock(piece)
    if piece.retiree_le is not None:
        return piece
    piece.retiree_le = horloge.now()
    piece.save(update_fields=["retiree_le"])
    journal.record(
        "candidature.piece_retiree",
        sujet=candidature,
        acteur=acteur,
        donnees={"type": piece.type_piece, "sha256": piece.fichier.sha256},
        visibilite=Visibilite.PORTEUR,
    )
    refresh_gaps(candidature, section)
    return piece


def _section_of_piece(type_piece: str) -> Section:
    section = section_de_piece(type_piece)
    if section is None:
        raise DonneesInvalides({"type_piece": ["Ce type de pièce n’existe pas."]})
    return section


def _check_piece_open(candidature: Candidature, section: Section, type_piece: str) -> None:
    ouverts = open_fields(candidature, section.code)
    if ouverts is not None and f"piece:{type_piece}" not in ouverts:
        raise ChampFerme("La demande de compléments ne porte pas sur cette pièce.")
