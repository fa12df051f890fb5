"""Closing an account, and opening it again: an administrator's act, with its reason."""

from django.db import transaction

from comptes.domain.acces import require_in
from comptes.domain.connexions import end_sessions
from comptes.domain.membres import is_last_responsable
from comptes.domain.responsabilite import clean_reason
from comptes.models import (
    Annulation,
    Appartenance,
    Connexion,
    Invitation,
    RoleMembre,
    Structure,
    Transmission,
    Utilisateur,
)
from socle import horloge, journal, revisions
from socle.erreurs import ActeurRefuse
from socle.journal import Entree, Visibilite
from socle.transition import lock

CONTEXTE = "activation"


@transaction.atomic
def deactivate_account(*, acteur: Utilisateur, utilisateur: Utilisateur, motif: str) -> Utilisateur:
    """Close an account at once; what the person wrote stays. Twice is once.

    Memberships and roles stay written, and count for nothing while the account is closed. Effects:
    the account and its reason (revisions); sessions ended; the invitations that the person sent and
    the transmissions that wait with them are withdrawn; event ``compte.desactive``, and
    ``structure.sans_responsable`` for each structure that loses its last one; e-mails to the person,
    to the members of these structures, and to the direction when there is something to take over.
    Errors: ``ActeurRefuse`` (not an administrator, oneself); ``DonneesInvalides`` (reason).
    """
    propre = clean_reason(motif)
    lieux = _lock_all(acteur, utilisateur)
    require_in(acteur, "comptes.deactivate_account", None)
    if acteur.pk == utilisateur.pk:
        raise ActeurRefuse(
            "Personne ne désactive son propre compte\u00a0: demandez-le à un autre administrateur."
        )
    if not utilisateur.is_active:
        return utilisateur
    orphelines = [appartenance.structure for appartenance in lieux if is_last_responsable(appartenance)]
    _set_active(acteur, utilisateur, False, propre)
    end_sessions(utilisateur=utilisateur, fin=Connexion.Fin.COMPTE)
    _withdraw_pending(utilisateur)
    donnees = {"structures": [str(structure.pk) for structure in orphelines]}
    journal.record_many(
        [
            Entree("compte.desactive", utilisateur, acteur, donnees),
            *(_orphaned(structure, acteur) for structure in orphelines),
        ]
    )
    return utilisateur


def orphaned_by(utilisateur: Utilisateur) -> list[Structure]:
    """Return the structures that closing this account would leave without a responsable."""
    siennes = utilisateur.appartenances.en_cours().select_related("structure")
    return [appartenance.structure for appartenance in siennes if is_last_responsable(appartenance)]


def _lock_all(acteur: Utilisateur, utilisateur: Utilisateur) -> list[Appartenance]:
    """Lock the structures, then both accounts, always in one order; return the memberships."""
    appartenances = list(utilisateur.appartenances.en_cours().order_by("structure_id"))
    for appartenance in appartenances:
        appartenance.structure = Structure(pk=appartenance.structure_id)
        lock(appartenance.structure)
    comptes = Utilisateur.objects.select_for_update().filter(pk__in=(acteur.pk, utilisateur.pk))
    list(comptes.order_by("pk"))
    for personne in (acteur, utilisateur):
        # Of two administrators who close each other's account at once, the second is none any more.
        personne.refresh_from_db()
        personne.forget_roles()
    # Read again under the locks: somebody may have left meanwhile.
    return list(
        utilisateur.appartenances.en_cours()
        .filter(role=RoleMembre.RESPONSABLE)
        .select_related("structure")
        .order_by("structure_id")
    )


def _set_active(acteur: Utilisateur, utilisateur: Utilisateur, actif: bool, motif: str) -> None:
    utilisateur.is_active = actif
    utilisateur.save(update_fields=["is_active", "modifie_le"])
    utilisateur.forget_roles()
    revisions.record_changes(
        utilisateur,
        acteur=acteur,
        contexte=CONTEXTE,
        changements={"is_active": (not actif, actif), "motif": ("", motif)},
    )


def _withdraw_pending(utilisateur: Utilisateur) -> None:
    """What the person started and nobody has answered falls: whoever closed the account may distrust it."""
    instant = horloge.now()
    Invitation.objects.ouvertes().filter(invite_par=utilisateur).update(
        annulee_le=instant, annulation=Annulation.RETIREE, modifie_le=instant
    )
    transmissions = Transmission.objects.ouvertes()
    for siennes in (transmissions.filter(de=utilisateur), transmissions.filter(vers=utilisateur)):
        siennes.update(retiree_le=instant, modifie_le=instant)


def _orphaned(structure: Structure, acteur: Utilisateur) -> Entree:
    return Entree("structure.sans_responsable", structure, acteur, visibilite=Visibilite.PORTEUR)


@transaction.atomic
def reactivate_account(*, acteur: Utilisateur, utilisateur: Utilisateur, motif: str) -> Utilisateur:
    """Open an account again, with the roles and memberships it had. Twice is once.

    Effects: the account and its reason (revisions); event ``compte.reactive``; an e-mail to the
    person. Sessions and invitations of before stay ended. Errors: as :func:`deactivate_account`.
    """
    propre = clean_reason(motif)
    _lock_all(acteur, utilisateur)
    require_in(acteur, "comptes.deactivate_account", None)
    if not utilisateur.is_active:
        _set_active(acteur, utilisateur, True, propre)
        journal.record("compte.reactive", sujet=utilisateur, acteur=acteur)
    return utilisateur
