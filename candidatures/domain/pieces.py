"""The attachments of a dossier: each in the place of the section that asks for it (R12, R16)."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import transaction
from django.db.models import Q, QuerySet

from candidatures import cycle
from candidatures.domain import instantane
from candidatures.domain.depot import RESERVE_AU_RESPONSABLE, freeze
from candidatures.domain.erreurs import ChampFerme
from candidatures.domain.queries import dernier_depot
from candidatures.domain.retraits import record_piece, take_out
from candidatures.domain.saisie import check_editable, open_fields, refresh_gaps
from candidatures.models import Candidature, Depot, Piece
from candidatures.sections import Section, section_de_piece
from comptes.domain.acces import require
from socle import fichiers, horloge, revisions
from socle.erreurs import DonneesInvalides, FichierRefuse, TransitionRefusee
from socle.models import RETENUS
from socle.references import SYSTEME, Acteur
from socle.transition import lock

POLITIQUE_PIECE = "candidatures.piece"
#: The job that tells a porteur that a piece can't be read.
GENRE_PIECE = "candidatures.piece_retenue"

#: States of a deposited dossier in which a piece that can't be read may still be replaced.
_EN_EXAMEN = (cycle.DEPOSEE, cycle.EN_COMPLEMENT)
LIGNE_ABSENTE = (
    "Cette ligne n’est pas, ou n’est plus, dans le tableau\u00a0: remplissez-la et enregistrez-la, puis "
    "choisissez à nouveau le fichier."
)
RETIREE = "Cette pièce n’est plus dans le dossier\u00a0: quelqu’un l’a retirée ou remplacée entre-temps."


@transaction.atomic
def attach_piece(
    *,
    candidature: Candidature,
    type_piece: str,
    contenu: File,
    nom: str,
    acteur: Acteur,
    ligne: uuid.UUID | None = None,
) -> Piece:
    """Attach a file to the place of the dossier that asks for it (R12); ``ligne`` names the row that does.

    Effects: the private file (in analysis until the antivirus has spoken), the piece, the gaps of
    its section, event ``candidature.piece_jointe``. The same bytes that the place already holds give back
    that piece: what was sent again, after an answer that was lost, is joined once.
    Errors: ``FichierRefuse`` (type, size, empty, place full: ``GEN_PIECES_PAR_PLACE``; row that is not, or
    no longer, in its table); ``ActeurRefuse``, ``TransitionRefusee``, ``ChampFerme`` as :func:`save_section`;
    ``DonneesInvalides`` for an unknown type, or a row where none is asked for.
    """
    section = _section_of_piece(type_piece)
    lock(candidature)
    check_editable(candidature, acteur)
    _check_piece_open(candidature, section, type_piece)
    _check_row(candidature, section, type_piece, ligne)
    place = candidature.pieces.filter(type_piece=type_piece, ligne=ligne, retiree_le__isnull=True)
    if deja := _same_file(place, contenu):
        return deja
    _check_room(place)
    piece = _store(candidature, type_piece, contenu, nom, acteur, ligne=ligne)
    record_piece("candidature.piece_jointe", piece, acteur)
    refresh_gaps(candidature, section)
    return piece


@transaction.atomic
def replace_piece(*, piece: Piece, contenu: File, nom: str, acteur: Acteur) -> Piece:
    """Put a file in the place of another one, in one act: the place is never empty (R12).

    Effects: the private file and its piece, ``retiree_le`` of the former one, the gaps of its section,
    event ``candidature.piece_remplacee``.
    Errors: as :func:`attach_piece`; ``TransitionRefusee`` when the piece is no longer in the dossier.
    """
    candidature = piece.candidature
    section = _section_of_piece(piece.type_piece)
    lock(candidature)
    check_editable(candidature, acteur)
    _check_piece_open(candidature, section, piece.type_piece)
    nouvelle = _swap(piece, contenu, nom, acteur)
    record_piece("candidature.piece_remplacee", nouvelle, acteur)
    refresh_gaps(candidature, section)
    return nouvelle


@transaction.atomic
def replace_held_piece(*, piece: Piece, contenu: File, nom: str, acteur: Acteur, arrivee: datetime) -> Depot:
    """Replace a piece of a deposited dossier that turned out infected, or impossible to open (R12).

    Effects: the private file and its piece; a new deposit, which is the former one with this piece
    alone in the place of the other (answers being completed are not in it); its revision; event
    ``candidature.piece_remplacee``. The relevé does not move (R4).
    Errors: ``ActeurRefuse`` for anybody but a responsable; ``TransitionRefusee`` for a piece that is
    not held back, no longer there, or once the examination has gone on; ``FichierRefuse``.
    """
    candidature = piece.candidature
    lock(candidature)
    require(acteur, "candidatures.submit_candidature", candidature, RESERVE_AU_RESPONSABLE)
    precedent = dernier_depot(candidature)
    if candidature.etat not in _EN_EXAMEN or not piece.fichier.est_retenu:
        raise TransitionRefusee("Une pièce déposée ne se remplace que si la GEN ne peut pas la lire.")
    if precedent is None or str(piece.pk) not in _pieces_of(precedent):
        raise TransitionRefusee(RETIREE)
    nouvelle = _swap_deposited(piece, contenu, nom, acteur)
    depot = freeze(
        candidature,
        _with_piece(precedent.instantane, piece, nouvelle),
        numero=precedent.numero + 1,
        arrivee=min(arrivee, horloge.now()),
        acteur=acteur,
    )
    revisions.record_changes(
        candidature,
        acteur=acteur,
        contexte=f"piece:{nouvelle.pk}",
        changements=instantane.differences(precedent.instantane, depot.instantane),
    )
    record_piece(
        "candidature.piece_remplacee", nouvelle, acteur, depot=str(depot.pk), empreinte=depot.empreinte
    )
    refresh_gaps(candidature, _section_of_piece(piece.type_piece))
    return depot


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
    take_out(piece)
    record_piece("candidature.piece_retiree", piece, acteur)
    refresh_gaps(candidature, section)
    return piece


@transaction.atomic
def report_held_piece(*, fichier: uuid.UUID) -> Piece | None:
    """Tell the porteur that a piece can't be read, as the portal (R12).

    Effects: the gaps of its section while it can be completed; event ``candidature.piece_retenue`` and
    what reacts to it (e-mails). Nothing for a file that is no longer in a dossier, nor once the
    examination has gone on: only GEN can then ask for it.
    """
    piece = Piece.objects.select_related("candidature").filter(fichier=fichier).first()
    if piece is None:
        return None
    candidature = piece.candidature
    lock(candidature)
    if piece.pk not in {tenue.pk for tenue in held_pieces(candidature)}:
        return None
    if candidature.etat in (cycle.BROUILLON, cycle.EN_COMPLEMENT):
        refresh_gaps(candidature, _section_of_piece(piece.type_piece))
    record_piece("candidature.piece_retenue", piece, SYSTEME)
    return piece


def may_replace(piece: Piece, acteur: Any) -> str:
    """Return by which act this person may replace this piece now: its name, or nothing.

    ``"saisie"`` while the dossier may be edited there, ``"retenue"`` for a deposited piece that nobody
    can read.
    """
    candidature = piece.candidature
    if piece.retiree_le is None and acteur.has_perm("candidatures.edit_candidature", candidature):
        section = _section_of_piece(piece.type_piece)
        if section.opens_piece(open_fields(candidature, section.code), piece.type_piece):
            return "saisie"
    if piece.pk in {tenue.pk for tenue in held_pieces(candidature)}:
        return "retenue" if acteur.has_perm("candidatures.submit_candidature", candidature) else ""
    return ""


def held_pieces(candidature: Candidature) -> list[Piece]:
    """Return the pieces that nobody can read and that the porteur can replace.

    Those of a draft; of what is under examination, those that the last deposit holds and, during
    compléments, those that are joined; none once the examination has gone on.
    """
    pieces = candidature.pieces.filter(fichier__antivirus__in=RETENUS)
    en_vigueur, deposees = Q(retiree_le__isnull=True), Q()
    if candidature.etat in _EN_EXAMEN:
        depot = dernier_depot(candidature) if pieces.exists() else None
        deposees = Q(pk__in=_pieces_of(depot) if depot is not None else ())
    if candidature.etat in (cycle.BROUILLON, cycle.EN_COMPLEMENT):
        pieces = pieces.filter(en_vigueur | deposees if deposees else en_vigueur)
    elif deposees:
        pieces = pieces.filter(deposees)
    else:
        return []
    trouvees = list(pieces.select_related("fichier").order_by("type_piece", "cree_le"))
    for piece in trouvees:
        piece.candidature = candidature
    return trouvees


def _store(
    candidature: Candidature,
    type_piece: str,
    contenu: File,
    nom: str,
    acteur: Acteur,
    *,
    ligne: uuid.UUID | None,
    retiree_le: datetime | None = None,
) -> Piece:
    fichier = fichiers.store(
        contenu, nom=nom, proprietaire=candidature, politique=POLITIQUE_PIECE, acteur=acteur
    )
    return Piece.objects.create(
        candidature=candidature,
        type_piece=type_piece,
        ligne=ligne,
        fichier=fichier,
        deposee_par=acteur,
        retiree_le=retiree_le,
    )


def _swap(piece: Piece, contenu: File, nom: str, acteur: Acteur) -> Piece:
    lock(piece)
    if piece.retiree_le is not None:
        raise TransitionRefusee(RETIREE)
    take_out(piece)
    return _store(piece.candidature, piece.type_piece, contenu, nom, acteur, ligne=piece.ligne)


def _swap_deposited(piece: Piece, contenu: File, nom: str, acteur: Acteur) -> Piece:
    """Swap a piece that the deposit holds, even if it was taken out of answers that were never sent.

    When its row has left these answers, the new piece is in the deposit alone.
    """
    lock(piece)
    if piece.retiree_le is None:
        take_out(piece)
    section = _section_of_piece(piece.type_piece)
    partie = piece.ligne is not None and not _row_exists(piece.candidature, section, piece.ligne)
    return _store(
        piece.candidature,
        piece.type_piece,
        contenu,
        nom,
        acteur,
        ligne=piece.ligne,
        retiree_le=horloge.now() if partie else None,
    )


def _pieces_of(depot: Depot) -> list[str]:
    return [piece["id"] for piece in depot.instantane["pieces"]]


def _same_file(place: QuerySet[Piece], contenu: File) -> Piece | None:
    if not contenu.size:
        return None
    return place.select_related("fichier").filter(fichier__sha256=fichiers.sha256_of(contenu)).first()


def _with_piece(dossier: dict[str, Any], ancienne: Piece, nouvelle: Piece) -> dict[str, Any]:
    """Return a snapshot with one piece in the place of another."""
    pieces = [
        instantane.piece_data(nouvelle) if piece["id"] == str(ancienne.pk) else piece
        for piece in dossier["pieces"]
    ]
    return {**dossier, "pieces": pieces}


def _section_of_piece(type_piece: str) -> Section:
    section = section_de_piece(type_piece)
    if section is None:
        raise DonneesInvalides({"type_piece": ["Ce type de pièce n’existe pas."]})
    return section


def _check_row(candidature: Candidature, section: Section, type_piece: str, ligne: uuid.UUID | None) -> None:
    """Refuse a piece of a row without its row, a row for a piece of the section, a row that is not there."""
    if (type_piece in section.pieces_de_lignes) is (ligne is None):
        raise DonneesInvalides({"ligne": ["Cette pièce n’a pas sa place ici."]})
    if ligne is not None and not _row_exists(candidature, section, ligne):
        raise FichierRefuse(LIGNE_ABSENTE)


def _row_exists(candidature: Candidature, section: Section, ligne: uuid.UUID) -> bool:
    assert section.tableau is not None, "only the rows of a table ask for pieces of their own"
    lignes = instantane.row_model(section.tableau)._default_manager
    return lignes.filter(candidature=candidature, pk=ligne).exists()


def _check_room(place: QuerySet[Piece]) -> None:
    jointes = place.count()
    if jointes >= settings.GEN_PIECES_PAR_PLACE:
        raise FichierRefuse(
            f"Cet emplacement contient déjà {jointes}\u00a0fichiers, le plus qu’il puisse recevoir. "
            "Regroupez vos documents dans un seul PDF, ou retirez un fichier."
        )


def _check_piece_open(candidature: Candidature, section: Section, type_piece: str) -> None:
    if not section.opens_piece(open_fields(candidature, section.code), type_piece):
        raise ChampFerme("La demande de compléments ne porte pas sur cette pièce.")
