"""Permissions of the follow-up, as sentences.

The training body prepares; the porteur transmits and alone answers (DOMAIN §1).
"""

from typing import Any

import rules

from comptes import voir_comme
from comptes.rules import est_direction, est_instructeur, est_membre, est_responsable
from labellisation import cycle
from socle import horloge


def _label(objet: Any) -> Any:
    return getattr(objet, "label", objet)


@rules.predicate
def est_du_porteur(utilisateur: Any, objet: Any) -> bool:
    return objet is not None and est_membre(utilisateur, _label(objet).structure)


@rules.predicate
def est_responsable_du_porteur(utilisateur: Any, objet: Any) -> bool:
    return objet is not None and est_responsable(utilisateur, _label(objet).structure)


@rules.predicate
def est_de_l_organisme(utilisateur: Any, objet: Any) -> bool:
    if objet is None or not (utilisateur.is_authenticated and utilisateur.is_active):
        return False
    habilitations = _label(objet).habilitations.filter(retiree_le__isnull=True)
    return habilitations.filter(structure__appartenances__in=utilisateur.appartenances.en_cours()).exists()


@rules.predicate
def label_non_retire(utilisateur: Any, objet: Any) -> bool:
    return objet is not None and _label(objet).etat != cycle.RETIRE


@rules.predicate
def label_non_expire(utilisateur: Any, objet: Any) -> bool:
    return objet is not None and horloge.today() <= _label(objet).fin


prepare = est_du_porteur | est_de_l_organisme

voir_comme.close_permissions("suivi.read_learners")

rules.add_perm("suivi.prepare_session", prepare)
rules.add_perm("suivi.confirm_space", prepare & label_non_retire)
rules.add_perm("suivi.plan_session", prepare & label_non_retire & label_non_expire)
rules.add_perm("suivi.transmit_session", est_responsable_du_porteur)
rules.add_perm("suivi.read_learners", prepare | est_direction)
rules.add_perm("suivi.manage_habilitation", est_responsable_du_porteur)
rules.add_perm("suivi.settle_obligation", est_direction)
rules.add_perm("suivi.close_complaint", est_direction)

# What the admin asks: sessions and attestations without a name; complaints, with theirs, for the direction.
for _modele in ("session", "attestationdemarrage"):
    rules.add_perm(f"suivi.view_{_modele}", est_direction | est_instructeur)
rules.add_perm("suivi.view_reclamation", est_direction)
