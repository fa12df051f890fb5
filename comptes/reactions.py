"""What follows the events of members and accounts, in their own transaction."""

from comptes import emails
from comptes.domain.attaches import attached_to
from comptes.domain.voir_comme import interrupt_views
from comptes.models import (
    Appartenance,
    DemandeResponsable,
    Role,
    RoleAttribue,
    Structure,
    Transmission,
    Utilisateur,
)
from socle.models import Evenement
from socle.reactions import on


@on("membre.retire")
def tell_the_person(evenement: Evenement, appartenance: Appartenance) -> None:
    """Write to the person taken out of a structure."""
    emails.send_removed(appartenance)


@on("membre.parti")
def tell_the_responsables(evenement: Evenement, appartenance: Appartenance) -> None:
    """Write to the responsables who stay."""
    emails.send_left(appartenance)


@on("responsabilite.proposee")
def ask_the_member(evenement: Evenement, transmission: Transmission) -> None:
    """Write to the member to whom the role is proposed."""
    emails.send_transfer_proposed(transmission)


@on("responsabilite.acceptee")
def announce_the_heir(evenement: Evenement, transmission: Transmission) -> None:
    """Tell all the members."""
    emails.send_new_responsable(
        transmission.structure,
        transmission.vers,
        f"{transmission.de.nom_complet} lui a proposé ce rôle",
        f"transmission.acceptee:{transmission.pk}",
    )


@on("responsabilite.refusee")
def tell_the_proposer(evenement: Evenement, transmission: Transmission) -> None:
    """Tell the proposer."""
    emails.send_transfer_declined(transmission)


@on("responsable.demande")
def tell_gen(evenement: Evenement, demande: DemandeResponsable) -> None:
    """Tell the administrators."""
    emails.send_request(demande)


@on("responsable.demande_rejetee")
def tell_the_asker(evenement: Evenement, demande: DemandeResponsable) -> None:
    """Tell the person who asked."""
    emails.send_request_rejected(demande)


@on("responsable.nomme")
def announce_the_named(evenement: Evenement, appartenance: Appartenance) -> None:
    """Tell all the members."""
    emails.send_new_responsable(
        appartenance.structure,
        appartenance.utilisateur,
        "La Grande École du Numérique lui a confié ce rôle",
        f"responsable.nomme:{evenement.pk}",
    )


@on("structure.sans_responsable")
def warn_of_the_gap(evenement: Evenement, structure: Structure) -> None:
    """Tell the members and the administrators."""
    cle = f"structure.sans_responsable:{evenement.pk}"
    emails.send_orphaned(structure, cle)
    emails.send_orphaned_to_gen(structure, cle)


@on("compte.desactive")
def close_the_account(evenement: Evenement, utilisateur: Utilisateur) -> None:
    """Tell the person, and the direction when there is something to take over."""
    cle = f"compte.desactive:{evenement.pk}"
    emails.send_deactivated(utilisateur, cle)
    for lecteur in emails.holders(Role.DIRECTION):
        if attaches := attached_to(utilisateur, lecteur):
            emails.send_to_take_over(utilisateur, lecteur, attaches, cle)


@on("compte.reactive")
def open_the_account(evenement: Evenement, utilisateur: Utilisateur) -> None:
    """Tell the person."""
    emails.send_reactivated(utilisateur, f"compte.reactive:{evenement.pk}")


@on("role.retire")
def stop_seeing(evenement: Evenement, attribue: RoleAttribue) -> None:
    """A role taken back may be the one by which an agent sees the portal as somebody else."""
    if not attribue.utilisateur.has_perm("comptes.view_as"):
        interrupt_views(agent=attribue.utilisateur)


@on("compte.desactive")
def stop_seeing_at_once(evenement: Evenement, utilisateur: Utilisateur) -> None:
    """A closed account sees nothing any more."""
    interrupt_views(agent=utilisateur)
