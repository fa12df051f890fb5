"""Invitations: a link sent to one address, good until its date, for one person, once."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from comptes.domain.acces import require_in
from comptes.domain.structures import add_member
from comptes.models import (
    Annulation,
    Appartenance,
    EtatInvitation,
    Invitation,
    RoleMembre,
    Structure,
    Utilisateur,
)
from comptes.models.invitation import fingerprint, new_token
from comptes.models.utilisateur import normalize_email
from socle import courriels, horloge, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.journal import Visibilite
from socle.references import reference
from socle.transition import lock

#: The same invitation asked again within this time is the second press of one button.
DOUBLE_CLIC = timedelta(minutes=1)

#: What to do with a link that opens nothing any more.
_REFUS = {
    EtatInvitation.EXPIREE: "Cette invitation a expiré le {expire_le}. {demander}",
    EtatInvitation.ACCEPTEE: "Cette invitation a déjà servi\u00a0: un lien ne sert qu’une fois. {demander}",
    EtatInvitation.RETIREE: "Cette invitation a été retirée par la structure qui l’avait envoyée. {demander}",
    EtatInvitation.REMPLACEE: (
        "Cette invitation a été remplacée par une plus récente. "
        "Ouvrez le lien du dernier courriel reçu, ou demandez-en une à un responsable de la structure."
    ),
}
_DEMANDER = "Demandez-en une nouvelle à un responsable de «\u00a0{structure}\u00a0»."


class InvitationPerdue(ErreurMetier):
    """The link opens nothing; the sentence says why, and what to do."""


# --- Sending, sending again, withdrawing ------------------------------------------------------
@transaction.atomic
def invite_member(*, acteur: Utilisateur, structure: Structure, email: str, role: str) -> Invitation:
    """Invite an address to join a structure; a new invitation replaces the one that waits.

    Effects: the invitation (hash of the token only), the e-mail with the link, event
    ``membre.invite``; the same invitation pressed twice is one. Errors: ``ActeurRefuse``;
    ``DonneesInvalides`` (address, role, member already).
    """
    lock(structure)
    require_in(acteur, "comptes.invite_member", structure)
    adresse = _clean(structure, email, role)
    ouverte = structure.invitations.ouvertes().filter(email=adresse).first()
    if ouverte is not None and _just_sent(ouverte, role):
        return ouverte
    return _issue(acteur, structure, adresse, role)


def _just_sent(invitation: Invitation, role: str) -> bool:
    return invitation.role == role and invitation.cree_le > horloge.now() - DOUBLE_CLIC


def _clean(structure: Structure, email: str, role: str) -> str:
    adresse = normalize_email(email)
    try:
        validate_email(adresse)
    except ValidationError as erreur:
        raise DonneesInvalides(
            {"email": ["Saisissez une adresse électronique complète, par exemple prenom.nom@organisme.fr."]}
        ) from erreur
    if role not in RoleMembre.values:
        raise DonneesInvalides({"role": ["Choisissez un rôle dans la liste."]})
    if structure.appartenances.en_cours().filter(utilisateur__email=adresse).exists():
        raise DonneesInvalides({"email": ["Cette personne est déjà membre de la structure."]})
    return adresse


def _issue(acteur: Utilisateur, structure: Structure, adresse: str, role: str) -> Invitation:
    instant = horloge.now()
    structure.invitations.ouvertes().filter(email=adresse).update(
        annulee_le=instant, modifie_le=instant, annulation=Annulation.REMPLACEE
    )
    jeton = new_token()
    invitation = Invitation.objects.create(
        structure=structure,
        email=adresse,
        role=role,
        jeton_empreinte=fingerprint(jeton),
        expire_le=instant + timedelta(days=settings.GEN_INVITATION_JOURS),
        invite_par=acteur,
    )
    journal.record(
        "membre.invite",
        sujet=invitation,
        acteur=acteur,
        donnees={"role": str(role)},
        visibilite=Visibilite.PORTEUR,
    )
    _send(invitation, jeton)
    return invitation


def _send(invitation: Invitation, jeton: str) -> None:
    chemin = reverse("comptes:invitation", args=[jeton])
    courriels.send(
        "compte_invitation",
        cle=f"invitation:{invitation.pk}",
        destinataire=courriels.Destinataire(reference(invitation), invitation.email),
        contexte={
            "structure": invitation.structure.raison_sociale,
            "role": invitation.get_role_display().lower(),
            "invite_par": invitation.invite_par.nom_complet,
            "expire_le": invitation.expire_le.isoformat(),
            "expire_jour": f"{horloge.paris(invitation.expire_le):%d/%m/%Y}",
            "lien": f"{settings.GEN_URL}{chemin}",
        },
        sujet=invitation,
        code=True,
    )


@transaction.atomic
def resend_invitation(*, acteur: Utilisateur, invitation: Invitation) -> Invitation:
    """Send an invitation again, waiting or expired: a fresh link and a fresh date; the old link dies.

    Effects: as :func:`invite_member`. Pressed twice, the second press returns what the first one sent.
    Errors: ``ActeurRefuse``; ``ErreurMetier`` when it was accepted or withdrawn, ``DonneesInvalides``
    when the person is a member by now.
    """
    structure = invitation.structure
    lock(structure)
    require_in(acteur, "comptes.invite_member", structure)
    lock(invitation)
    if invitation.etat == EtatInvitation.REMPLACEE:
        ouverte = structure.invitations.ouvertes().filter(email=invitation.email).first()
        if ouverte is not None:
            return ouverte
    if invitation.etat not in (EtatInvitation.EN_ATTENTE, EtatInvitation.EXPIREE):
        raise ErreurMetier("Cette invitation n’est plus en attente. Envoyez-en une nouvelle.")
    adresse = _clean(structure, invitation.email, invitation.role)
    return _issue(acteur, structure, adresse, invitation.role)


@transaction.atomic
def withdraw_invitation(*, acteur: Utilisateur, invitation: Invitation) -> Invitation:
    """Withdraw an invitation that waits or has expired: its link says so; twice is once.

    Effects: ``annulee_le``; event ``invitation.retiree``. Errors: ``ActeurRefuse``; ``ErreurMetier``
    when the person has accepted.
    """
    structure = invitation.structure
    lock(structure)
    require_in(acteur, "comptes.invite_member", structure)
    lock(invitation)
    if invitation.acceptee_le is not None:
        raise ErreurMetier(
            "Cette invitation a été acceptée entre-temps. "
            "Pour fermer l’accès, retirez la personne de la liste des membres."
        )
    if invitation.annulee_le is None:
        withdraw(invitation, acteur)
    return invitation


def withdraw(invitation: Invitation, acteur: Utilisateur) -> None:
    """Write the withdrawal of an open invitation, inside a verb that has checked the right."""
    invitation.annulee_le = horloge.now()
    invitation.annulation = Annulation.RETIREE
    invitation.save(update_fields=["annulee_le", "annulation"])
    journal.record(
        "invitation.retiree", sujet=invitation, acteur=acteur, visibilite=Visibilite.PORTEUR, donnees={}
    )


# --- The link ---------------------------------------------------------------------------------
def find_invitation(jeton: str) -> Invitation:
    """Return the invitation that waits behind a link, or raise a sentence that says what to do.

    Errors: ``InvitationPerdue``.
    """
    invitation = _by_token(jeton)
    _check_waits(invitation)
    return invitation


def _by_token(jeton: str) -> Invitation:
    invitation = (
        Invitation.objects.select_related("structure", "invite_par")
        .filter(jeton_empreinte=fingerprint(jeton))
        .first()
    )
    if invitation is None:
        raise InvitationPerdue(
            "Ce lien d’invitation est incomplet ou inconnu. Recopiez-le en entier depuis le courriel reçu, "
            "ou demandez une nouvelle invitation à un responsable de la structure."
        )
    return invitation


def _check_waits(invitation: Invitation) -> None:
    if invitation.etat != EtatInvitation.EN_ATTENTE:
        raise InvitationPerdue(
            _REFUS[invitation.etat].format(
                expire_le=f"{horloge.paris(invitation.expire_le):%d/%m/%Y}",
                demander=_DEMANDER.format(structure=invitation.structure),
            )
        )


def membership_by(*, personne: Utilisateur, jeton: str) -> Appartenance | None:
    """Return the membership that this person already holds by this link, or nothing."""
    invitation = Invitation.objects.filter(jeton_empreinte=fingerprint(jeton), acceptee_par=personne).first()
    if invitation is None:
        return None
    return invitation.structure.appartenances.en_cours().filter(utilisateur=personne).first()


def check_addressee(*, personne: Utilisateur, invitation: Invitation) -> None:
    """Refuse (``ActeurRefuse``) an invitation sent to another address than the account's."""
    if invitation.email != personne.email:
        raise ActeurRefuse(
            f"Cette invitation a été envoyée à une autre adresse ({invitation.email_masque}) que celle de "
            f"votre compte ({personne.email}). Si cette adresse est la vôtre, déconnectez-vous et ouvrez le "
            "lien avec le compte de cette adresse. Si on vous a transféré le courriel, demandez à "
            f"{invitation.invite_par} une invitation à votre propre adresse."
        )


@transaction.atomic
def accept_invitation(*, acteur: Utilisateur, jeton: str) -> Appartenance:
    """Become a member by the link received; the same person again gets the same membership.

    Effects: the membership, the invitation closed, event ``membre.arrive``. Errors:
    ``InvitationPerdue`` (link no longer valid), ``ActeurRefuse`` (sent to another address).
    """
    invitation = _by_token(jeton)
    # The structure first, as every verb on its members: two that cross each other wait, none deadlocks.
    lock(invitation.structure)
    lock(invitation)
    if deja := membership_by(personne=acteur, jeton=jeton):
        return deja
    _check_waits(invitation)
    check_addressee(personne=acteur, invitation=invitation)
    invitation.acceptee_le = horloge.now()
    invitation.acceptee_par = acteur
    invitation.save(update_fields=["acceptee_le", "acceptee_par"])
    membre = invitation.structure.appartenances.en_cours().filter(utilisateur=acteur).first()
    return membre or add_member(
        structure=invitation.structure, utilisateur=acteur, role=invitation.role, acteur=acteur
    )
