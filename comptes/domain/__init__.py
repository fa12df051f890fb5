from comptes.domain.membres import accept_invitation, find_invitation, invite_member, remove_member
from comptes.domain.roles import grant_role, revoke_role
from comptes.domain.structures import create_structure, edit_structure
from comptes.domain.utilisateurs import register_user

__all__ = [
    "accept_invitation",
    "create_structure",
    "edit_structure",
    "find_invitation",
    "grant_role",
    "invite_member",
    "register_user",
    "remove_member",
    "revoke_role",
]
