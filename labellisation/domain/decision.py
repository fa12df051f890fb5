"""Decisions: taken first, announced later (DOMAIN §2, R37–R39)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction

from candidatures.domain.suivi_dossier import record_outcome
from candidatures.models import Candidature
from comptes.domain.acces import require
from labellisation import cycle
from labellisation.cycle import NatureDecision
from labellisation.domain.delegation import signature_of
from labellisation.domain.resultats import settle_results
from labellisation.models import Decision, DelegationSignature, Inscription
from socle import canonique, horloge, journal, revisions
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.lectures import mark_mail_read
from socle.models import Evenement
from socle.references import SYSTEME, Acteur
from socle.transition import lock, transition

SANS_MOTIFS = "Écrivez les motifs de la décision."
CHANGEE = "La lettre a changé depuis que vous l’avez ouverte. Relisez-la avant de continuer."


class NotificationRefusee(ErreurMetier):
    """A decision can't be announced yet."""


class DecisionRefusee(ErreurMetier):
    """A decision that is no longer the one that was read."""


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
        erreurs["motifs"] = [SANS_MOTIFS]
    if nature == NatureDecision.LABELLISEE_SOUS_CONDITION and not (condition.strip() and condition_avant):
        erreurs["condition"] = ["Écrivez la condition et la date avant laquelle la remplir."]
    if erreurs:
        raise DonneesInvalides(erreurs)


def version_of(decision: Decision) -> str:
    """Return what stands for the decision's contents: whoever signs sends back the one they read."""
    return canonique.fingerprint(
        {
            "nature": decision.nature,
            "motifs": decision.motifs,
            "criteres": decision.criteres,
            "condition": decision.condition,
            "condition_avant": decision.condition_avant,
        }
    )


@transaction.atomic
def amend_grounds(*, decision: Decision, motifs: str, lue: str, acteur: Any) -> Decision:
    """Write the grounds of an inadmissibility again before its notification.

    ``lue`` is the version (:func:`version_of`) that the page showed. Effects: the grounds, their old and
    new text in the revisions, event ``decision.motifs_modifies`` (GEN only); the same text changes nothing.
    Errors: ``ActeurRefuse``; ``DecisionRefusee`` once announced, or when somebody else changed them since;
    ``DonneesInvalides`` without grounds. Source: R18.
    """
    require(acteur, "labellisation.amend_grounds", decision, "Vous ne pouvez pas modifier ces motifs.")
    lock(decision.candidature)
    lock(decision)
    if decision.etat != cycle.PRISE:
        raise DecisionRefusee(
            "Cette décision n’attend plus sa notification\u00a0: ses motifs ne changent plus."
        )
    motifs = motifs.strip()
    if motifs == decision.motifs:
        return decision
    if lue != version_of(decision):
        raise DecisionRefusee(CHANGEE)
    if not motifs:
        raise DonneesInvalides({"motifs": [SANS_MOTIFS]})
    avant, decision.motifs = decision.motifs, motifs
    decision.save(update_fields=["motifs"])
    journal.record("decision.motifs_modifies", sujet=decision, acteur=acteur)
    revisions.record_changes(
        decision, acteur=acteur, contexte="motifs", changements={"motifs": (avant, motifs)}
    )
    return decision


@transaction.atomic
def sign_and_notify(
    *, decision: Decision, acteur: Any, qualite: str, lue: str, par: str | None = None
) -> Decision:
    """Sign one decision taken outside a séance and announce it, as the direction or by delegation.

    ``lue`` is the version (:func:`version_of`) of the letter that was read; ``par`` the delegation that it
    showed (empty: none), when a page says it; ``qualite`` what stands under the name (a delegate's is the
    one of the delegation). The same letter signed twice by the same person, by a second press, is sent once.
    Effects: those of :func:`notify_decision`, and by what delegation it was signed. Errors: ``ActeurRefuse``;
    ``DecisionRefusee`` when the letter changed since; ``DonneesInvalides`` without a quality.
    Source: R18, R39 (CRPA L. 212-1).
    """
    require(acteur, "labellisation.notify_decision", decision, "Vous ne pouvez pas signer cette décision.")
    # The dossier first, then its decision: every act on a dossier locks in this order.
    lock(decision.candidature)
    lock(decision)
    if lue == version_of(decision) and _is_signed_by(decision, acteur):
        return decision
    signature = signature_of(acteur, qualite)
    montree = str(signature.delegation.pk) if signature.delegation else ""
    if decision.etat == cycle.PRISE and (lue != version_of(decision) or par not in (None, montree)):
        raise DecisionRefusee(CHANGEE)
    if not signature.qualite:
        raise DonneesInvalides(
            {"qualite": ["Écrivez votre qualité\u00a0: la loi demande qu’elle figure sous votre nom."]}
        )
    return notify_decision(
        decision=decision,
        acteur=acteur,
        signataire_nom=acteur.nom_complet,
        signataire_qualite=signature.qualite,
        delegation=signature.delegation,
    )


def _is_signed_by(decision: Decision, personne: Any) -> bool:
    """Whether this decision stands announced by the signature of this person."""
    return (
        decision.etat == cycle.NOTIFIEE
        and Evenement.objects.filter(
            verbe="decision.notifiee", sujet_id=decision.pk, acteur_id=personne.pk
        ).exists()
    )


@transaction.atomic
def notify_decision(
    *,
    decision: Decision,
    acteur: Acteur,
    signataire_nom: str,
    signataire_qualite: str,
    delegation: DelegationSignature | None = None,
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
            "delegation": delegation,
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

    So is one whose dossier is examined again before anybody outside GEN knew of it.
    Effects: transition ``lapse_decision`` of each; returns how many.
    """
    attente = list(Decision.objects.filter(candidature=candidature, etat=cycle.PRISE))
    for decision in attente:
        transition(decision, "lapse_decision", SYSTEME)
    return len(attente)
