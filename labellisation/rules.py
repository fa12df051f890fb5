"""Permissions of the labelling, as sentences."""

from typing import Any

import rules

from candidatures import cycle as cycle_dossier
from candidatures.models import Candidature
from candidatures.rules import (
    agent_gen,
    est_charge_de_notation,
    est_charge_de_recevabilite,
    est_depose,
    sans_conflit,
    voit_le_dossier,
)
from comptes import voir_comme
from comptes.rules import est_direction, est_instructeur, est_membre, est_membre_comite, est_responsable
from labellisation import cycle
from labellisation.models.signature import delegation_of


@rules.predicate
def est_notifiee(utilisateur: Any, decision: Any) -> bool:
    """Announced to its porteur, even if it was withdrawn since."""
    return decision is not None and decision.etat in cycle.ANNONCEES


@rules.predicate
def est_du_porteur(utilisateur: Any, decision: Any) -> bool:
    return decision is not None and est_membre(utilisateur, decision.candidature.structure)


@rules.predicate
def sans_role_a_la_gen(utilisateur: Any) -> bool:
    """No role at all: who holds one reads for GEN, the committee or a Région."""
    return not utilisateur.roles_actifs


@rules.predicate
def est_convoque(utilisateur: Any, seance: Any) -> bool:
    return seance is not None and seance.participations.filter(membre=utilisateur).exists()


@rules.predicate
def voit_le_dossier_decide(utilisateur: Any, decision: Any) -> bool:
    """No declared link hides the dossier from this person (R36)."""
    return decision is not None and voit_le_dossier(utilisateur, decision.candidature)


@rules.predicate
def voit_tout_l_ordre_du_jour(utilisateur: Any, seance: Any) -> bool:
    """No dossier of the agenda is hidden: the minutes name them all (R36)."""
    caches = seance.inscriptions.filter(retiree_le__isnull=True).exclude(
        candidature__in=Candidature.objects.visible_to(utilisateur)
    )
    return not caches.exists()


@rules.predicate
def sans_lien_avec_le_dossier(utilisateur: Any, objet: Any) -> bool:
    """No declared link with the dossier of this decision, convention or label (R36)."""
    return objet is None or sans_conflit(utilisateur, objet.candidature)


@rules.predicate
def signe_par_delegation(utilisateur: Any, decision: Any) -> bool:
    """An instructor to whom the direction has delegated its signature, for an inadmissibility alone."""
    return (
        decision is not None
        and decision.nature == cycle.NatureDecision.IRRECEVABLE
        and est_instructeur(utilisateur)
        and delegation_of(utilisateur) is not None
    )


@rules.predicate
def est_a_examiner(utilisateur: Any, candidature: Any) -> bool:
    """The ten criteria are being examined (R15)."""
    return bool(candidature.etat == cycle_dossier.DEPOSEE)


@rules.predicate
def est_a_noter(utilisateur: Any, candidature: Any) -> bool:
    """The dossier is recevable, and its scoring not complete (R20)."""
    return bool(candidature.etat == cycle_dossier.RECEVABLE)


voir_comme.close_permissions(
    "labellisation.direct_seance",
    "labellisation.read_decision",
    "labellisation.read_minutes",
    "labellisation.score_candidature",
    "labellisation.harmonise_notation",
    "labellisation.read_notes",
    "labellisation.write_note",
    "labellisation.notify_decision",
    "labellisation.amend_grounds",
    "labellisation.delegate_signature",
    "labellisation.reopen_dossier",
)

rules.add_perm("labellisation.direct_seance", est_direction)
rules.add_perm(
    "labellisation.notify_decision",
    (est_direction | signe_par_delegation) & sans_lien_avec_le_dossier,
)
rules.add_perm("labellisation.delegate_signature", est_direction)
rules.add_perm("labellisation.direct_label", est_direction & sans_lien_avec_le_dossier)
rules.add_perm("labellisation.sign_convention_porteur", est_responsable)
rules.add_perm("labellisation.sign_convention_gen", est_direction & sans_lien_avec_le_dossier)
rules.add_perm("labellisation.terminate_convention", est_direction & sans_lien_avec_le_dossier)
# Only the portal lets a decision lapse, or withdraws one: a verb on its dossier does.
rules.add_perm("labellisation.lapse_decision", rules.always_false)
rules.add_perm("labellisation.withdraw_decision", rules.always_false)
rules.add_perm(
    "labellisation.read_decision",
    (est_notifiee & est_du_porteur) | ((est_direction | est_instructeur) & voit_le_dossier_decide),
)
# The opening by such a person is the proof of reading (R18).
rules.add_perm("labellisation.acknowledge_letter", est_notifiee & est_du_porteur & sans_role_a_la_gen)
rules.add_perm(
    "labellisation.read_minutes",
    (est_direction | (est_membre_comite & est_convoque)) & voit_tout_l_ordre_du_jour,
)

# --- Recevabilité and notation: by whoever is in charge, or takes a seat that is free (R15, R21, R36).
rules.add_perm(
    "labellisation.record_verdict",
    est_instructeur & est_depose & est_charge_de_recevabilite & sans_conflit,
)
rules.add_perm(
    "labellisation.score_candidature",
    est_instructeur & est_depose & est_charge_de_notation & sans_conflit,
)
rules.add_perm(
    "labellisation.harmonise_notation",
    (est_direction | (est_instructeur & est_charge_de_notation)) & est_depose & sans_conflit,
)
# Between instructors: never the porteur, the committee, a Région, nor somebody with a link (R36).
rules.add_perm("labellisation.read_notes", agent_gen)
rules.add_perm("labellisation.write_note", agent_gen)
rules.add_perm("labellisation.reopen_dossier", est_direction & est_depose & sans_conflit)


@rules.predicate
def juge_le_dossier_decide(utilisateur: Any, decision: Any) -> bool:
    """In charge of the recevabilité, or of the direction; outside a séance only."""
    if decision is None or decision.nature != cycle.NatureDecision.IRRECEVABLE:
        return False
    dossier = decision.candidature
    juge = est_direction(utilisateur) or (
        est_instructeur(utilisateur) and est_charge_de_recevabilite(utilisateur, dossier)
    )
    return bool(juge and sans_conflit(utilisateur, dossier))


rules.add_perm("labellisation.amend_grounds", juge_le_dossier_decide)
rules.add_perm("labellisation.set_aside_notation", est_direction & est_depose & sans_conflit)


@rules.predicate
def est_conditionnel(utilisateur: Any, label: Any) -> bool:
    return label is not None and label.etat == cycle.CONDITIONNEL


@rules.predicate
def n_est_pas_retire(utilisateur: Any, label: Any) -> bool:
    return label is not None and label.etat != cycle.RETIRE


# --- What a screen offers now; the verbs say more exactly why they refuse.
rules.add_perm(
    "labellisation.offer_verdicts",
    est_instructeur & est_a_examiner & est_charge_de_recevabilite & sans_conflit,
)
rules.add_perm(
    "labellisation.offer_scoring",
    est_instructeur & est_a_noter & est_charge_de_notation & sans_conflit,
)
rules.add_perm("labellisation.see_gaps", (est_instructeur | est_direction) & est_a_noter & voit_le_dossier)
rules.add_perm(
    "labellisation.offer_lift_condition", est_direction & est_conditionnel & sans_lien_avec_le_dossier
)
rules.add_perm("labellisation.offer_withdrawal", est_direction & n_est_pas_retire & sans_lien_avec_le_dossier)
