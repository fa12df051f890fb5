"""Roles of GEN, of the committee and of the Régions: given and taken back by an administrator."""

from django.db import transaction

from comptes.domain.acces import require
from comptes.domain.connexions import end_sessions
from comptes.models import Connexion, Role, RoleAttribue, Utilisateur
from socle import horloge, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.references import Acteur
from socle.transition import lock


@transaction.atomic
def grant_role(
    *, acteur: Acteur, utilisateur: Utilisateur, role: str, region_code: str = "", organisation: str = ""
) -> RoleAttribue:
    """Give a role to a person. Nobody gives one to themself: a colleague does.

    Effects: the role; event ``role.donne`` in the chain of the portal. Errors: ``ActeurRefuse``;
    ``DonneesInvalides`` (unknown role, role already held, région missing or superfluous).
    """
    _lock_accounts(acteur, utilisateur)
    require(acteur, "comptes.grant_role")
    _refuse_oneself(acteur, utilisateur)
    lock(utilisateur)
    _check_role(role, region_code)
    deja = utilisateur.roles_attribues.filter(
        role=role, region_code=region_code, organisation=organisation, au__isnull=True
    )
    if deja.exists():
        raise DonneesInvalides({"role": ["Cette personne a déjà ce rôle."]})
    attribue = RoleAttribue.objects.create(
        utilisateur=utilisateur, role=role, region_code=region_code, organisation=organisation
    )
    journal.record(
        "role.donne",
        sujet=attribue,
        acteur=acteur,
        donnees={"utilisateur": str(utilisateur.pk), "role": str(role), "region": region_code},
    )
    utilisateur.forget_roles()
    return attribue


def _lock_accounts(acteur: Acteur, utilisateur: Utilisateur) -> None:
    """Lock both accounts, always in one order, and read the actor's again.

    Of two administrators who take each other's role back at once, the second is none any more.
    """
    siens = [acteur.pk] if isinstance(acteur, Utilisateur) else []
    list(Utilisateur.objects.select_for_update().filter(pk__in=[*siens, utilisateur.pk]).order_by("pk"))
    if isinstance(acteur, Utilisateur):
        acteur.refresh_from_db()
        acteur.forget_roles()


def _check_role(role: str, region_code: str) -> None:
    if role not in Role.values:
        raise DonneesInvalides({"role": ["Choisissez un rôle dans la liste."]})
    if role == Role.REGION and not region_code:
        raise DonneesInvalides({"region_code": ["Indiquez la région de ce référent régional."]})
    if role != Role.REGION and region_code:
        raise DonneesInvalides({"region_code": ["La région ne s’indique que pour un référent régional."]})


def _refuse_oneself(acteur: Acteur, utilisateur: Utilisateur) -> None:
    if isinstance(acteur, Utilisateur) and acteur.pk == utilisateur.pk:
        raise ActeurRefuse(
            "Personne ne change ses propres rôles\u00a0: demandez-le à un autre administrateur."
        )


@transaction.atomic
def revoke_role(*, acteur: Acteur, attribue: RoleAttribue) -> RoleAttribue:
    """Take a role back, at once.

    Effects: its end date; the person's sessions ended; event ``role.retire``. Errors:
    ``ActeurRefuse``; ``ErreurMetier`` when it has ended already.
    """
    _lock_accounts(acteur, attribue.utilisateur)
    require(acteur, "comptes.revoke_role")
    _refuse_oneself(acteur, attribue.utilisateur)
    lock(attribue)
    if attribue.au is not None:
        raise ErreurMetier("Ce rôle a déjà pris fin.")
    attribue.au = horloge.now()
    attribue.save(update_fields=["au"])
    journal.record(
        "role.retire",
        sujet=attribue,
        acteur=acteur,
        donnees={"utilisateur": str(attribue.utilisateur_id), "role": attribue.role},
    )
    end_sessions(utilisateur=attribue.utilisateur, fin=Connexion.Fin.ROLE)
    attribue.utilisateur.forget_roles()
    return attribue
