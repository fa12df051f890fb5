"""Decisions: taken first, announced later (DOMAIN §2, R37–R39)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction

from candidatures.domain.suivi_dossier import record_outcome
from candidatures.models import Candidature
from labellisation import cycle
from labellisation.cycle import NatureDecision
from labellisation.domain.resultats import settle_results
from labellisation.models import Decision, Inscription
from socle import horloge, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.lectures import mark_mail_read
from socle.references import SYSTEME, Acteur
from socle.transition import lock, transition


class NotificationRefusee(ErreurMetier):
    """A decision can't be announced yet."""


@transaction.atomic
def take_decision(
    *,
    candidature: Candidature,
    nature: str,
    motifs: str,
    acteur: Any,
    criteres: Iterable[int] = (),
    inscription: Inscription | None = None,
    condition: str = "",
    condition_avant: date | None = None,
) -> Decision:
    """Write a decision that nobody outside GEN and the committee sees before its notification.

    Effects: one ``Decision`` PRISE, event ``decision.prise`` (GEN and committee only). Errors:
    ``ActeurRefuse``; ``DonneesInvalides`` when grounds or a dated condition are missing. Source:
    R18 (grounds), R24 (condition), R38.
    """
    permission = (
        "candidatures.instruct_candidature"
        if nature == NatureDecision.IRRECEVABLE
        else "candidatures.direct_candidature"
    )
    if not acteur.has_perm(permission, candidature):
        raise ActeurRefuse("Vous ne pouvez pas décider de ce dossier.")
    _check_contents(nature, motifs, condition, condition_avant)
    # The dossier first, then its chain: every act on a dossier locks in this order.
    lock(candidature)
    decision = Decision.objects.create(
        candidature=candidature,
        inscription=inscription,
        nature=nature,
        motifs=motifs.strip(),
        criteres=sorted(criteres),
        condition=condition.strip(),
        condition_avant=condition_avant,
        prise_par=acteur,
        prise_le=horloge.now(),
    )
    journal.record(
        "decision.prise",
        sujet=decision,
        acteur=acteur,
        donnees={"nature": nature, "criteres": decision.criteres},
        visibilite=journal.Visibilite.COMITE,
    )
    return decision


def _check_contents(nature: str, motifs: str, condition: str, condition_avant: date | None) -> None:
    erreurs: dict[str, list[str]] = {}
    if not motifs.strip():
        erreurs["motifs"] = ["Écrivez les motifs de la décision."]
    if nature == NatureDecision.LABELLISEE_SOUS_CONDITION and not (condition.strip() and condition_avant):
        erreurs["condition"] = ["Écrivez la condition et la date avant laquelle la remplir."]
    if erreurs:
        raise DonneesInvalides(erreurs)


@transaction.atomic
def notify_decision(
    *, decision: Decision, acteur: Acteur, signataire_nom: str, signataire_qualite: str
) -> Decision:
    """Announce one decision to its porteur.

    Effects: transition ``notify_decision``; the outcome pushed down to the dossier; by reaction on
    ``decision.notifiee``: the letter, its e-mail and, when favourable, the convention; the results
    of the relevé met with its last outcome (R4). Announcing
    twice is refused by the transition. Errors: ``NotificationRefusee`` while the signatory's name
    or quality is missing (R39, CRPA L.212-1).
    """
    if not (signataire_nom.strip() and signataire_qualite.strip()):
        raise NotificationRefusee(
            "Le nom et la qualité du signataire sont obligatoires avant la notification."
        )
    instant = horloge.now()
    # The dossier first, as its withdrawal does: whoever comes second is refused, nobody waits in a ring.
    candidature = decision.candidature
    lock(candidature)
    transition(
        decision,
        "notify_decision",
        acteur,
        instant=instant,
        valeurs={
            "signataire_nom": signataire_nom.strip(),
            "signataire_qualite": signataire_qualite.strip(),
        },
        donnees={"nature": decision.nature},
    )
    record_outcome(candidature=candidature, issue=decision.nature, instant=instant)
    if candidature.releve_examen is not None:
        settle_results(candidature.releve_examen)
    return decision


def acknowledge_letter(*, decision: Decision, lecteur: Any) -> None:
    """Note that a member of the porteur opened the letter: the proof of reading (R18, R39).

    Effects, the first time: the instant on the decision, event ``decision.lettre_ouverte`` in the dossier's
    chain, for GEN; each time, the person's own e-mail is noted as read, once. An opening by anybody else
    leaves nothing. Two openings at once are one: the decision's row is locked.
    """
    if not lecteur.has_perm("labellisation.acknowledge_letter", decision):
        return
    with transaction.atomic():
        mark_mail_read(lecteur, decision)
        if decision.lettre_lue_le is not None:
            return
        lock(decision)
        if decision.lettre_lue_le is not None:
            return
        decision.lettre_lue_le = horloge.now()
        decision.save(update_fields=["lettre_lue_le"])
        journal.record("decision.lettre_ouverte", sujet=decision, acteur=lecteur)


@transaction.atomic
def lapse_decisions(*, candidature: Candidature) -> int:
    """Let a decision not yet notified lapse when its dossier is withdrawn (DOMAIN §2).

    Effects: transition ``lapse_decision`` of each; returns how many.
    """
    attente = list(Decision.objects.filter(candidature=candidature, etat=cycle.PRISE))
    for decision in attente:
        transition(decision, "lapse_decision", SYSTEME)
    return len(attente)
