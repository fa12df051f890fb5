"""What the instruction registers with the floors below, called by ``AppConfig.ready()``."""

from typing import Any

from django.urls import reverse

from candidatures.domain import avertissements, chronologie
from candidatures.models import LienInteret
from comptes.rules import est_direction, est_instructeur
from comptes.tableau import Carte, register_card
from labellisation.domain.contexte_recevabilite import warnings_of_dossier
from labellisation.domain.file_instruction import MESSAGES, to_read, waiting
from labellisation.domain.notation import set_aside_after_interest
from socle.reactions import on

#: Words of the instruction's events on GEN's timeline; their visibility keeps them from the porteur.
PHRASES = {
    "candidature.affectee": "Dossier confié à une personne",
    "candidature.desaffectee": "Personne déchargée du dossier",
    "recevabilite.verdict": "Verdict de recevabilité rendu",
    "instruction.note_ecrite": "Note écrite entre instructeurs",
    "instruction.note_corrigee": "Note corrigée par son auteur",
    "instruction.note_supprimee": "Note supprimée par son auteur",
    "candidature.recevable": "Déclaré recevable",
    "candidature.irrecevable": "Déclaré irrecevable",
    "decision.prise": "Décision prise, non notifiée",
    "decision.motifs_modifies": "Motifs de la décision réécrits",
    "decision.caduque": "Décision caduque, jamais notifiée",
    "candidature.examen_rouvert": "Examen rouvert avant la notification",
    "decision.lettre_ouverte": "Lettre de décision ouverte par le porteur",
    "notation.soumise": "Notation soumise",
    "notation.ecart": "Écart entre les notations\u00a0: harmonisation demandée",
    "notation.harmonisee": "Notation harmonisée",
    "notation.ecartee": "Notation écartée",
    "candidature.notee": "Noté",
    "candidature.renvoyee_a_la_notation": "Renvoyé à la notation",
    "candidature.inscrite": "Inscrit à l’ordre du jour d’une séance",
}


def register() -> None:
    """Register the pre-checks of the porteur's recap, the words of events, the card, the reaction."""
    avertissements.register(warnings_of_dossier)
    chronologie.register(PHRASES)
    register_card("labellisation.ma_file", est_instructeur, _cards, titre="Travail à la GEN", ordre=5)
    register_card(
        "labellisation.messages",
        est_instructeur | est_direction,
        _messages,
        titre="Travail à la GEN",
        ordre=6,
    )
    on("interet.declare")(set_aside_conflicting)


def _cards(utilisateur: Any) -> list[Carte]:
    """Return one card; its number is the sum of the lists that wait for the person."""
    return [
        Carte(
            "Ma file",
            "Les dossiers à examiner, à noter ou à harmoniser, les dates les plus proches en tête.",
            reverse("admin:instruction_file"),
            waiting(utilisateur),
        )
    ]


def _messages(utilisateur: Any) -> list[Carte]:
    """Return a card when somebody waits for an answer; its number is that of the list behind it."""
    nombre = to_read(utilisateur).dossiers.count()
    if not nombre:
        return []
    return [
        Carte(
            "Messages à lire",
            "Des porteurs ont écrit au sujet de leur dossier.",
            f"{reverse('admin:instruction_file')}#{MESSAGES}",
            nombre,
        )
    ]


def set_aside_conflicting(evenement: Any, sujet: Any) -> None:
    """A scorer who declares a link afterwards leaves no notation behind (R36)."""
    set_aside_after_interest(lien=LienInteret.objects.get(pk=evenement.donnees["lien"]))
