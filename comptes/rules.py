"""Permissions of the accounts, as sentences. Upper apps build theirs on these predicates."""

from typing import Any

import rules
from django.conf import settings

from comptes.models import Role, RoleMembre, Structure


@rules.predicate
def est_instructeur(utilisateur: Any) -> bool:
    return utilisateur.is_authenticated and utilisateur.a_role(Role.INSTRUCTEUR)


@rules.predicate
def est_membre_comite(utilisateur: Any) -> bool:
    return utilisateur.is_authenticated and utilisateur.a_role(Role.COMITE)


@rules.predicate
def est_direction(utilisateur: Any) -> bool:
    return utilisateur.is_authenticated and utilisateur.a_role(Role.DIRECTION)


@rules.predicate
def est_region(utilisateur: Any) -> bool:
    return utilisateur.is_authenticated and utilisateur.a_role(Role.REGION)


@rules.predicate
def est_administrateur(utilisateur: Any) -> bool:
    return utilisateur.is_authenticated and utilisateur.a_role(Role.ADMINISTRATEUR)


@rules.predicate
def est_connecte(utilisateur: Any) -> bool:
    return utilisateur.is_authenticated and utilisateur.is_active


def structure_de(objet: Any) -> Structure | None:
    """Return the structure an object stands for: itself, or the one it belongs to."""
    return objet if isinstance(objet, Structure) else getattr(objet, "structure", None)


def _role_chez(utilisateur: Any, objet: Any) -> str:
    structure = structure_de(objet)
    if structure is None or not utilisateur.is_authenticated or not utilisateur.is_active:
        return ""
    return utilisateur.role_dans(structure)


@rules.predicate
def est_membre(utilisateur: Any, structure: Any) -> bool:
    return bool(_role_chez(utilisateur, structure))


@rules.predicate
def est_responsable(utilisateur: Any, structure: Any) -> bool:
    return _role_chez(utilisateur, structure) == RoleMembre.RESPONSABLE


@rules.predicate
def peut_voir_comme(utilisateur: Any) -> bool:
    """An administrator, or the roles that a setting adds; never from inside a view."""
    if not utilisateur.is_authenticated or utilisateur.vu_par is not None:
        return False
    return utilisateur.a_role(*settings.GEN_VOIR_COMME_ROLES)


est_gen = est_instructeur | est_direction | est_administrateur

rules.add_perm("comptes.create_structure", est_connecte)
rules.add_perm("comptes.edit_structure", est_responsable)
rules.add_perm("comptes.invite_member", est_responsable)
rules.add_perm("comptes.remove_member", est_responsable)
rules.add_perm("comptes.transfer_structure", est_responsable)
rules.add_perm("comptes.request_responsable", est_membre & ~est_responsable)
rules.add_perm("comptes.appoint_responsable", est_administrateur)
rules.add_perm("comptes.deactivate_account", est_administrateur)
rules.add_perm("comptes.view_as", peut_voir_comme)
rules.add_perm("comptes.grant_role", est_administrateur)
rules.add_perm("comptes.revoke_role", est_administrateur)
rules.add_perm("comptes.reset_second_factor", est_administrateur)
rules.add_perm("comptes.view_secondfacteur", est_administrateur)

# What the admin asks. Structures are read by all who work at GEN; accounts by administrators.
rules.add_perm("comptes.view_structure", est_gen)
rules.add_perm("comptes.view_appartenance", est_gen)
for _modele in ("utilisateur", "roleattribue", "invitation", "voircomme"):
    rules.add_perm(f"comptes.view_{_modele}", est_administrateur)
rules.add_perm("comptes.add_roleattribue", est_administrateur)

rules.add_perm("referentiels.change_referentiels", est_administrateur)

# The technical screens of the ground: read by administrators only.
for _modele in ("evenement", "courriel", "travail", "echeance", "document"):
    rules.add_perm(f"socle.view_{_modele}", est_administrateur)
rules.add_perm("socle.settle_courriel", est_administrateur | est_direction)
for _acte in ("view_metriques", "view_exploitation", "relaunch_travail", "rescan_fichier"):
    rules.add_perm(f"socle.{_acte}", est_administrateur)
