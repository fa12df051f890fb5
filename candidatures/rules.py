"""Who may do what with a dossier, as sentences. Upper apps build theirs on these predicates."""

from typing import Any

import rules

from candidatures import cycle
from candidatures.models import Affectation, Candidature
from candidatures.models.liens import declared_links
from comptes import voir_comme
from comptes.rules import est_direction, est_instructeur, est_membre, est_responsable

#: How many instructors score a dossier (R21), and how many check its admissibility.
PLACES = {Affectation.Tache.RECEVABILITE: 1, Affectation.Tache.NOTATION: 2}


@rules.predicate
def voit_le_dossier(utilisateur: Any, candidature: Any) -> bool:
    """Any registered visibility shows it, and no conflict hides it (R36)."""
    return Candidature.objects.visible_to(utilisateur).filter(pk=candidature.pk).exists()


@rules.predicate
def sans_conflit(utilisateur: Any, candidature: Any) -> bool:
    """No declared link with the structure or the dossier, and no membership of the structure (R36)."""
    if est_membre(utilisateur, candidature.structure):
        return False
    liens = declared_links(utilisateur)
    return candidature.pk not in liens.dossiers and candidature.structure_id not in liens.structures


@rules.predicate
def est_depose(utilisateur: Any, candidature: Any) -> bool:
    return bool(candidature.etat != cycle.BROUILLON)


@rules.predicate
def est_modifiable(utilisateur: Any, candidature: Any) -> bool:
    """A draft, or what a request for compléments opens (R16)."""
    return candidature.etat in (cycle.BROUILLON, cycle.EN_COMPLEMENT)


def _holds(tache: str) -> Any:
    """Return the predicate « in charge of this task, or nobody has taken its place yet »."""

    def in_charge(utilisateur: Any, candidature: Any) -> bool:
        charges = set(
            Affectation.objects.filter(
                candidature=candidature, tache=tache, retiree_le__isnull=True
            ).values_list("instructeur", flat=True)
        )
        return utilisateur.pk in charges or len(charges) < PLACES[tache]

    return rules.predicate(in_charge, name=f"in_charge_{tache.lower()}")


est_charge_de_recevabilite = _holds(Affectation.Tache.RECEVABILITE)
est_charge_de_notation = _holds(Affectation.Tache.NOTATION)


@rules.predicate
def est_affecte(utilisateur: Any, candidature: Any) -> bool:
    """In charge of a task of this dossier, whichever it is."""
    return Affectation.objects.filter(
        candidature=candidature, instructeur=utilisateur.pk, retiree_le__isnull=True
    ).exists()


agent_gen = (est_instructeur | est_direction) & est_depose & sans_conflit

# --- The porteur -----------------------------------------------------------------------------
rules.add_perm("candidatures.create_candidature", est_membre)
rules.add_perm("candidatures.edit_candidature", est_membre & est_modifiable)
rules.add_perm("candidatures.transfer_candidature", est_membre)
voir_comme.close_permissions("candidatures.transfer_candidature")
rules.add_perm("candidatures.submit_candidature", est_responsable)
rules.add_perm("candidatures.withdraw_candidature", est_responsable)
rules.add_perm("candidatures.resend_receipt", est_membre)
rules.add_perm("candidatures.print_working_copy", est_membre)

# --- GEN -------------------------------------------------------------------------------------
rules.add_perm(
    "candidatures.instruct_candidature",
    est_instructeur & est_depose & est_charge_de_recevabilite & sans_conflit,
)
rules.add_perm(
    "candidatures.note_candidature", est_instructeur & est_depose & est_charge_de_notation & sans_conflit
)
rules.add_perm("candidatures.direct_candidature", est_direction & est_depose & sans_conflit)
rules.add_perm("candidatures.close_complements", agent_gen)
rules.add_perm("candidatures.assign_candidature", agent_gen)
# Of no dossier in particular: the verb keeps to those that may be assigned.
rules.add_perm("candidatures.distribute_candidatures", est_instructeur | est_direction)
rules.add_perm("candidatures.publish_releve", est_direction)

# --- The messages of a dossier: its porteur's members and GEN, nobody else (R36) ---------------
rules.add_perm("candidatures.read_messages", (est_membre | agent_gen) & voit_le_dossier)
rules.add_perm(
    "candidatures.send_message",
    (est_membre | (agent_gen & (est_direction | est_affecte))) & voit_le_dossier,
)

# --- Reading, and what the admin asks --------------------------------------------------------


@rules.predicate
def voit_ou_travaille(utilisateur: Any, candidature: Any = None) -> bool:
    """Without a dossier the admin asks whether the list opens; with one, whether this one does."""
    if candidature is None:
        return est_instructeur(utilisateur) or est_direction(utilisateur)
    return voit_le_dossier(utilisateur, candidature)


rules.add_perm("candidatures.view_candidature", voit_ou_travaille)
rules.add_perm("candidatures.print_dossier", voit_le_dossier)
