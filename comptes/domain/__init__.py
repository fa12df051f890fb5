from comptes.domain.attaches import attached_to
from comptes.domain.desactivation import deactivate_account, orphaned_by, reactivate_account
from comptes.domain.invitations import (
    InvitationPerdue,
    accept_invitation,
    check_addressee,
    find_invitation,
    invite_member,
    membership_by,
    resend_invitation,
    withdraw_invitation,
)
from comptes.domain.membres import DernierResponsable, is_last_responsable, leave_structure, remove_member
from comptes.domain.organismes import known_body, suggest_bodies
from comptes.domain.responsabilite import (
    accept_transfer,
    appoint_responsable,
    decline_transfer,
    propose_transfer,
    reject_request,
    request_responsable,
    withdraw_transfer,
)
from comptes.domain.roles import grant_role, revoke_role
from comptes.domain.structures import create_structure, edit_structure
from comptes.domain.utilisateurs import register_user
from comptes.domain.voir_comme import end_view, start_view

__all__ = [
    "DernierResponsable",
    "InvitationPerdue",
    "accept_invitation",
    "accept_transfer",
    "appoint_responsable",
    "attached_to",
    "check_addressee",
    "create_structure",
    "deactivate_account",
    "decline_transfer",
    "edit_structure",
    "end_view",
    "find_invitation",
    "grant_role",
    "invite_member",
    "is_last_responsable",
    "known_body",
    "leave_structure",
    "membership_by",
    "orphaned_by",
    "propose_transfer",
    "reactivate_account",
    "register_user",
    "reject_request",
    "remove_member",
    "request_responsable",
    "resend_invitation",
    "revoke_role",
    "start_view",
    "suggest_bodies",
    "withdraw_invitation",
    "withdraw_transfer",
]
