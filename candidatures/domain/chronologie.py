"""The timeline of a dossier, from its journal, in the words of whoever reads it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from candidatures.models import Candidature
from socle import journal
from socle.journal import Visibilite

#: Events that people read, and their words. Upper apps add theirs; an event without words is not shown.
_PHRASES: dict[str, str] = {
    "candidature.creee": "Brouillon ouvert",
    "candidature.dupliquee": "Réponses reprises d’un autre dossier",
    "candidature.deposee": "Dossier déposé",
    "candidature.transmise": "Le suivi du dossier a changé de mains dans la structure",
    "candidature.recu_renvoye": "Accusé de réception renvoyé",
    "candidature.piece_retenue": "Pièce retenue\u00a0: elle ne peut pas être lue",
    "candidature.piece_remplacee": "Pièce remplacée",
    "candidature.complements_demandes": "Compléments demandés par la GEN",
    "candidature.complements_recus": "Compléments transmis",
    "candidature.complements_clos": "Délai de réponse écoulé\u00a0: dossier examiné en l’état",
    "candidature.recours_accepte": "Recours accepté\u00a0: le dossier est examiné à nouveau",
    "candidature.examen_deplace": "Examen déplacé à un autre relevé",
    "candidature.retiree": "Dossier retiré",
    "decision.notifiee": "Décision notifiée",
    "convention.signee": "Convention signée",
    "label.retire": "Label retiré",
}

#: The porteur's own affairs: its members alone read them.
_INTERNES = frozenset({"candidature.transmise"})

#: What a porteur may read.
PORTEUR = (Visibilite.PUBLIC, Visibilite.PORTEUR)


@dataclass(frozen=True)
class Moment:
    """A line of the timeline."""

    instant: datetime
    phrase: str


def register(phrases: dict[str, str]) -> None:
    """Give words to the events of an upper app."""
    _PHRASES.update(phrases)


def timeline(
    candidature: Candidature, visibilites: Iterable[str] = PORTEUR, *, membre: bool = False
) -> list[Moment]:
    """Return what happened, oldest first, as far as these visibilities allow, and to a member or not."""
    evenements = journal.timeline(candidature.chaine_journal, visibilites=visibilites)
    return [
        Moment(evenement.instant, _PHRASES[evenement.verbe])
        for evenement in evenements
        if evenement.verbe in _PHRASES and (membre or evenement.verbe not in _INTERNES)
    ]
