"""Accounts in the admin: read by administrators; roles are given and taken back by the verbs."""

from comptes.admin.comptes import RoleAttribueAdmin, StructureAdmin, UtilisateurAdmin

__all__ = ["RoleAttribueAdmin", "StructureAdmin", "UtilisateurAdmin"]
