"""The e-mails about members and accounts; each is a row of the outbox, written with its event."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from comptes.domain.attaches import Attache
from comptes.models import (
    Appartenance,
    DemandeResponsable,
    Role,
    RoleAttribue,
    Structure,
    Transmission,
    Utilisateur,
)
from comptes.models.periode import q_en_cours
from socle import horloge
from socle.courriels import Destinataire, send
from socle.references import reference


def send_removed(appartenance: Appartenance) -> None:
    """Tell a person that a responsable ended their membership."""
    _to(
        [appartenance.utilisateur],
        "compte_membre_retire",
        sujet=appartenance,
        cle=f"membre.retire:{appartenance.pk}",
        contexte={"structure": appartenance.structure.raison_sociale, "le": _today()},
    )


def send_left(appartenance: Appartenance) -> None:
    """Tell the responsables who stay that a member left."""
    _to(
        responsables(appartenance.structure),
        "compte_membre_parti",
        sujet=appartenance,
        cle=f"membre.parti:{appartenance.pk}",
        contexte={
            "structure": appartenance.structure.raison_sociale,
            "membre": appartenance.utilisateur.nom_complet,
            "le": _today(),
            "lien": _page(appartenance.structure),
        },
    )


def send_transfer_proposed(transmission: Transmission) -> None:
    """Ask the member whether they accept."""
    _to(
        [transmission.vers],
        "compte_transmission_proposee",
        sujet=transmission,
        cle=f"transmission.proposee:{transmission.pk}",
        contexte={
            "structure": transmission.structure.raison_sociale,
            "de": transmission.de.nom_complet,
            "conserve": transmission.conserve,
            "expire_jour": f"{horloge.paris(transmission.expire_le):%d/%m/%Y}",
            "lien": _page(transmission.structure),
        },
    )


def send_transfer_declined(transmission: Transmission) -> None:
    """Tell the proposer that the member said no."""
    _to(
        [transmission.de],
        "compte_transmission_refusee",
        sujet=transmission,
        cle=f"transmission.refusee:{transmission.pk}",
        contexte={
            "structure": transmission.structure.raison_sociale,
            "vers": transmission.vers.nom_complet,
            "le": _today(),
            "lien": _page(transmission.structure),
        },
    )


def send_new_responsable(structure: Structure, personne: Utilisateur, par: str, cle: str) -> None:
    """Tell all the members who answers for the structure from now on; ``par`` says by whose act."""
    _to(
        members(structure),
        "compte_nouveau_responsable",
        sujet=structure,
        cle=cle,
        contexte={
            "structure": structure.raison_sociale,
            "responsable": personne.nom_complet,
            "par": par,
            "le": _today(),
            "lien": _page(structure),
        },
    )


def send_request(demande: DemandeResponsable) -> None:
    """Tell the administrators that members wait for a responsable."""
    _to(
        holders(Role.ADMINISTRATEUR),
        "compte_demande_responsable",
        sujet=demande,
        cle=f"responsable.demande:{demande.pk}",
        contexte={
            "structure": demande.structure.raison_sociale,
            "demandeur": demande.demandeur.nom_complet,
            "le": _today(),
            "lien": settings.GEN_URL + reverse("admin:comptes_structure_nommer", args=[demande.structure_id]),
        },
    )


def send_request_rejected(demande: DemandeResponsable) -> None:
    """Tell the person who asked, with GEN's reason."""
    _to(
        [demande.demandeur],
        "compte_demande_responsable_rejetee",
        sujet=demande,
        cle=f"responsable.demande_rejetee:{demande.pk}",
        contexte={
            "structure": demande.structure.raison_sociale,
            "reponse": demande.reponse,
            "le": _today(),
        },
    )


def send_orphaned(structure: Structure, cle: str) -> None:
    """Tell the members that nobody answers for their structure any more, and what to do."""
    _to(
        members(structure),
        "compte_structure_sans_responsable",
        sujet=structure,
        cle=cle,
        contexte={"structure": structure.raison_sociale, "le": _today(), "lien": _page(structure)},
    )


def send_orphaned_to_gen(structure: Structure, cle: str) -> None:
    """Tell the administrators too: nobody there may ask."""
    _to(
        holders(Role.ADMINISTRATEUR),
        "compte_structure_sans_responsable_gen",
        sujet=structure,
        cle=f"{cle}:gen",
        contexte={
            "structure": structure.raison_sociale,
            "le": _today(),
            "lien": settings.GEN_URL + reverse("admin:comptes_structure_nommer", args=[structure.pk]),
        },
    )


def send_deactivated(utilisateur: Utilisateur, cle: str) -> None:
    """Tell the person that their account is closed."""
    _to([utilisateur], "compte_desactive", sujet=utilisateur, cle=cle, contexte={"le": _today()})


def send_reactivated(utilisateur: Utilisateur, cle: str) -> None:
    """Tell the person that their account is open again."""
    _to(
        [utilisateur],
        "compte_reactive",
        sujet=utilisateur,
        cle=cle,
        contexte={"le": _today(), "lien": settings.GEN_URL + reverse("account_login")},
    )


def send_to_take_over(
    utilisateur: Utilisateur, lecteur: Utilisateur, attaches: list[Attache], cle: str
) -> None:
    """Tell a member of the direction what hung on a closed account, as far as they may see it."""
    _to(
        [lecteur],
        "compte_a_reprendre",
        sujet=utilisateur,
        cle=f"{cle}:reprise",
        contexte={
            "personne": utilisateur.nom_complet,
            "le": _today(),
            "attaches": [
                {
                    "titre": attache.titre,
                    "consigne": attache.consigne,
                    "lien": f"{settings.GEN_URL}{attache.url}" if attache.url else "",
                }
                for attache in attaches
            ],
        },
    )


def holders(role: str) -> list[Utilisateur]:
    """Return the people who hold a role of GEN now, with an active account."""
    lignes = RoleAttribue.objects.filter(q_en_cours(), role=role, utilisateur__is_active=True)
    return list(Utilisateur.objects.filter(pk__in=lignes.values("utilisateur")))


def responsables(structure: Structure) -> list[Utilisateur]:
    """Return the people who answer for a structure now."""
    lignes = structure.appartenances.responsables().select_related("utilisateur")
    return [ligne.utilisateur for ligne in lignes]


def members(structure: Structure) -> list[Utilisateur]:
    """Return the members of a structure whose account is active."""
    lignes = structure.appartenances.en_cours().filter(utilisateur__is_active=True)
    return [ligne.utilisateur for ligne in lignes.select_related("utilisateur")]


def _to(
    personnes: Iterable[Utilisateur],
    gabarit: str,
    *,
    sujet: models.Model,
    cle: str,
    contexte: dict[str, Any],
) -> None:
    for personne in personnes:
        send(
            gabarit,
            cle=f"{cle}:{personne.pk}",
            destinataire=Destinataire(reference(personne), personne.email, personne.nom_complet),
            contexte={"aide": settings.GEN_COURRIEL_AIDE, **contexte},
            sujet=sujet,
        )


def _today() -> str:
    return f"{horloge.paris(horloge.now()):%d/%m/%Y}"


def _page(structure: Structure) -> str:
    return settings.GEN_URL + reverse("comptes:structure", args=[structure.pk])
