"""Accounts in the admin: read by administrators; roles are given and taken back by the verbs."""

from comptes.admin.comptes import RoleAttribueAdmin, StructureAdmin, UtilisateurAdmin
from comptes.admin.second_facteur import SecondFacteurAdmin

__all__ = ["RoleAttribueAdmin", "SecondFacteurAdmin", "StructureAdmin", "UtilisateurAdmin"]
