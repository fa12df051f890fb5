"""Members of a structure: invited by a responsable, in by a link, out by a verb."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from comptes.domain.acces import require
from comptes.domain.structures import add_member
from comptes.models import Appartenance, Invitation, RoleMembre, Structure, Utilisateur
from comptes.models.invitation import fingerprint, new_token
from comptes.models.utilisateur import normalize_email
from socle import courriels, horloge, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.journal import Visibilite
from socle.references import Acteur, reference
from socle.transition import lock


@transaction.atomic
def invite_member(*, acteur: Utilisateur, structure: Structure, email: str, role: str) -> Invitation:
    """Invite an address to join a structure; a new invitation replaces the one that waits.

    Effects: the invitation (hash of the token only), the e-mail with the link, event
    ``membre.invite``. Errors: ``ActeurRefuse``; ``DonneesInvalides`` (address, role, member already).
    """
    require(acteur, "comptes.invite_member", structure)
    lock(structure)
    adresse = _clean_invitation(structure, email, role)
    instant = horloge.now()
    structure.invitations.filter(email=adresse, acceptee_le__isnull=True, annulee_le__isnull=True).update(
        annulee_le=instant, modifie_le=instant
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
    _send_invitation(invitation, jeton)
    return invitation


def _clean_invitation(structure: Structure, email: str, role: str) -> str:
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


def _send_invitation(invitation: Invitation, jeton: str) -> None:
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


def find_invitation(jeton: str) -> Invitation:
    """Return the invitation that waits behind a link, or raise a sentence that says what to do."""
    invitation = (
        Invitation.objects.en_attente()
        .select_related("structure", "invite_par")
        .filter(jeton_empreinte=fingerprint(jeton))
        .first()
    )
    if invitation is None:
        raise ErreurMetier(
            "Cette invitation n’est plus valable : elle a expiré, a été remplacée ou a déjà servi. "
            "Demandez-en une nouvelle à un responsable de la structure."
        )
    return invitation


@transaction.atomic
def accept_invitation(*, acteur: Utilisateur, jeton: str) -> Appartenance:
    """Become a member by the link received.

    Effects: the membership, the invitation closed, event ``membre.arrive``. Errors:
    ``ErreurMetier`` (link no longer valid), ``ActeurRefuse`` (sent to another address).
    """
    invitation = find_invitation(jeton)
    lock(invitation)
    if invitation.acceptee_le or invitation.annulee_le:
        # Another click came first, while this one waited for the row.
        find_invitation(jeton)
    if invitation.email != acteur.email:
        raise ActeurRefuse(
            "Cette invitation a été envoyée à une autre adresse que celle de votre compte. "
            "Connectez-vous avec le compte de cette adresse, ou demandez une invitation pour la vôtre."
        )
    invitation.acceptee_le = horloge.now()
    invitation.acceptee_par = acteur
    invitation.save(update_fields=["acceptee_le", "acceptee_par"])
    deja = invitation.structure.appartenances.en_cours().filter(utilisateur=acteur).first()
    return deja or add_member(
        structure=invitation.structure, utilisateur=acteur, role=invitation.role, acteur=acteur
    )


@transaction.atomic
def remove_member(*, acteur: Acteur, appartenance: Appartenance) -> Appartenance:
    """End a membership, at once.

    Effects: the end date; event ``membre.retire``. Errors: ``ActeurRefuse``; ``ErreurMetier`` for
    the last responsable (a structure always has one) or a membership already ended.
    """
    structure = appartenance.structure
    require(acteur, "comptes.remove_member", structure)
    # Two responsables removing each other wait for one another here: one stays.
    lock(structure)
    lock(appartenance)
    if appartenance.au is not None:
        raise ErreurMetier("Cette personne n’est déjà plus membre de la structure.")
    responsables = structure.appartenances.en_cours().filter(role=RoleMembre.RESPONSABLE)
    if not responsables.exclude(pk=appartenance.pk).exists():
        raise ErreurMetier(
            "Une structure garde toujours un responsable. Invitez d’abord un autre responsable."
        )
    appartenance.au = horloge.now()
    appartenance.save(update_fields=["au"])
    journal.record(
        "membre.retire",
        sujet=appartenance,
        acteur=acteur,
        donnees={"utilisateur": str(appartenance.utilisateur_id)},
        visibilite=Visibilite.PORTEUR,
    )
    return appartenance
