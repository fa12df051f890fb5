"""The notes that instructors write to each other on a dossier.

Nobody else reads them: neither the porteur, nor the committee, a Région, or somebody with a declared
link (R36). They are in no copy, no export and no document.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from unicodedata import category

from django.conf import settings
from django.db import transaction

from candidatures.models import Candidature
from comptes.domain.acces import require
from comptes.models import Utilisateur
from labellisation.models import NoteInstruction
from socle import horloge, journal
from socle.erreurs import DonneesInvalides, ErreurMetier
from socle.transition import lock
from socle.typographie import espace_milliers

TEXTE_MAX = 4000
REFUS = "Les notes de ce dossier sont réservées aux instructeurs et à la direction, sans lien avec lui."


class NoteRefusee(ErreurMetier):
    """A note that can no longer be corrected or deleted."""


@dataclass(frozen=True)
class LigneNote:
    """A note as a person reads it."""

    note: NoteInstruction
    modifiable: bool


def notes_of(candidature: Candidature, lecteur: Utilisateur) -> list[LigneNote]:
    """Return the notes of a dossier, oldest first, in one query. Errors: ``ActeurRefuse``."""
    require(lecteur, "labellisation.read_notes", candidature, REFUS)
    notes = NoteInstruction.objects.filter(candidature=candidature).select_related("auteur")
    return [LigneNote(note, not closed_because(note, lecteur)) for note in notes]


@transaction.atomic
def write_note(
    *, candidature: Candidature, texte: str, cle: uuid.UUID, acteur: Utilisateur
) -> NoteInstruction:
    """Write a note on a dossier; the same form sent twice is one note.

    Effects: the note, event ``instruction.note_ecrite`` without the text. Errors: ``ActeurRefuse`` for
    anybody but instructors and the direction without a declared link; ``DonneesInvalides`` for the text.
    """
    propre = _clean(texte)
    lock(candidature)
    require(acteur, "labellisation.write_note", candidature, REFUS)
    note, nouvelle = NoteInstruction.objects.get_or_create(
        candidature=candidature, auteur=acteur, cle=cle, defaults={"texte": propre}
    )
    if nouvelle:
        _record("instruction.note_ecrite", note, acteur)
    elif note.texte != propre:
        raise NoteRefusee(
            "Cette page a déjà écrit une note, que vous lisez au-dessus. Le texte ci-dessous est "
            "différent\u00a0: envoyez-le s’il s’agit d’une autre note."
        )
    return note


@transaction.atomic
def edit_note(*, note: NoteInstruction, texte: str, acteur: Utilisateur) -> NoteInstruction:
    """Correct one's own note, in the hours that follow it (``note_modifiable_heures``).

    Effects: the text and ``corrigee_le``, event ``instruction.note_corrigee`` without the text; the same
    text again changes nothing. Errors: ``ActeurRefuse``; ``NoteRefusee`` (somebody else's, too old,
    deleted); ``DonneesInvalides``.
    """
    propre = _clean(texte)
    _hold(note, acteur)
    if propre != note.texte:
        note.texte, note.corrigee_le = propre, horloge.now()
        note.save(update_fields=["texte", "corrigee_le"])
        _record("instruction.note_corrigee", note, acteur)
    return note


@transaction.atomic
def delete_note(*, note: NoteInstruction, acteur: Utilisateur) -> NoteInstruction:
    """Delete one's own note, in the hours that follow it: its text goes, its author and date stay.

    Effects: the text is erased, ``supprimee_le``, event ``instruction.note_supprimee``. Errors: as
    ``edit_note``.
    """
    _hold(note, acteur)
    note.texte, note.supprimee_le = "", horloge.now()
    note.save(update_fields=["texte", "supprimee_le"])
    _record("instruction.note_supprimee", note, acteur)
    return note


def closed_because(note: NoteInstruction, acteur: Utilisateur) -> str:
    """Return why this person cannot change a note, or nothing when they can."""
    heures = settings.GEN_REGLES["note_modifiable_heures"]
    if note.auteur_id != acteur.pk:
        return "Cette note est d’une autre personne."
    if note.supprimee_le is not None:
        return "Cette note est supprimée."
    if horloge.now() >= note.cree_le + timedelta(hours=heures):
        return f"Cette note a plus de {heures} heures\u00a0: écrivez-en une autre."
    return ""


def _hold(note: NoteInstruction, acteur: Utilisateur) -> None:
    lock(note.candidature)
    lock(note)
    require(acteur, "labellisation.write_note", note.candidature, REFUS)
    if motif := closed_because(note, acteur):
        raise NoteRefusee(motif)


def _record(verbe: str, note: NoteInstruction, acteur: Utilisateur) -> None:
    journal.record(verbe, sujet=note, acteur=acteur, donnees={"note": note.pk})


def _clean(texte: str) -> str:
    propre = texte.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not any(category(signe)[0] not in "CZ" for signe in propre):
        raise DonneesInvalides({"texte": ["Écrivez votre note."]})
    if "\x00" in propre:
        raise DonneesInvalides({"texte": ["Retirez de votre note les caractères invisibles."]})
    if len(propre) > TEXTE_MAX:
        raise DonneesInvalides(
            {
                "texte": [
                    f"Votre note compte {espace_milliers(len(propre))} caractères, pour "
                    f"{espace_milliers(TEXTE_MAX)} au plus."
                ]
            }
        )
    return propre
