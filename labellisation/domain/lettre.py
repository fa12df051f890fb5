"""The letter of a decision: what it says, before its notification as after (R18, R39)."""

import copy
from collections.abc import Iterable
from typing import Any

from django.conf import settings

from candidatures.models import Candidature
from labellisation.cycle import NatureDecision
from labellisation.domain.delegation import Signature
from labellisation.domain.mentions import grounds_in_law, notes_of, remedies, what_can_be_done
from labellisation.models import Decision
from referentiels.domain.queries import town
from socle import canonique, horloge


def letter_title(decision: Decision) -> str:
    """Return the title of the letter."""
    return f"Décision sur la candidature {decision.candidature.reference}"


def letter_data(decision: Decision) -> dict[str, Any]:
    """Return what a letter says; a decision that is not announced yet reads as if it were today."""
    candidature = decision.candidature
    instantane = candidature.depots.latest("numero").instantane
    refusee = decision.nature == NatureDecision.REFUSEE
    notes = notes_of(decision) if refusee else []
    recue_le = horloge.paris(decision.notifiee_le or horloge.now()).date()
    return {
        "expediteur": {
            "adresse": settings.GEN_ADRESSE.splitlines(),
            "courriel": settings.GEN_COURRIEL_AIDE,
            "telephone": settings.GEN_TELEPHONE_AIDE,
        },
        "reference": candidature.reference,
        "intitule": instantane["intitule"],
        "porteur": {
            **instantane["structure"],
            "commune_nom": town(instantane["structure"].get("commune", "")),
        },
        "visas": grounds_in_law(decision),
        "notes": notes,
        "score": candidature.score.score if notes else None,
        "nature": decision.nature,
        "nature_libelle": decision.get_nature_display(),
        "motifs": decision.motifs,
        "criteres": _criteria(decision),
        "condition": decision.condition,
        "condition_avant": decision.condition_avant,
        "signataire_nom": decision.signataire_nom,
        "signataire_qualite": decision.signataire_qualite,
        "delegation": decision.delegation.acte if decision.delegation else "",
        "prise_le": decision.prise_le,
        "notifiee_le": decision.notifiee_le,
        "suites": what_can_be_done(decision),
        "recours": remedies(recue_le),
    }


def preview_letter(decision: Decision) -> dict[str, Any]:
    """Return the same as the template reads it, for a decision that may not even be saved."""
    data: dict[str, Any] = canonique.frozen(letter_data(decision))
    return data


def preview_declaration(
    *, candidature: Candidature, criteres: Iterable[int], motifs: str, acteur: Any
) -> dict[str, Any]:
    """Return the letter of the inadmissibility that these grounds would make, not signed."""
    return preview_letter(
        Decision(
            candidature=candidature,
            nature=NatureDecision.IRRECEVABLE,
            motifs=motifs,
            criteres=list(criteres),
            prise_par=acteur,
            prise_le=horloge.now(),
        )
    )


def preview_signed(decision: Decision, personne: Any, signature: Signature) -> dict[str, Any]:
    """Return the letter of a decision with the signature that this person would put under it."""
    signee = copy.copy(decision)
    signee.signataire_nom, signee.signataire_qualite = personne.nom_complet, signature.qualite
    signee.delegation = signature.delegation
    return preview_letter(signee)


def _criteria(decision: Decision) -> list[dict[str, Any]]:
    grille = decision.candidature.appel.grille.criteres_recevabilite.filter(numero__in=decision.criteres)
    return [{"numero": critere.numero, "intitule": critere.intitule} for critere in grille.order_by("numero")]
