"""Who answers for a structure: the role passed on, asked of GEN, or given by GEN."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction

from comptes.domain.acces import require, require_in
from comptes.domain.structures import add_member
from comptes.models import (
    Appartenance,
    DemandeResponsable,
    EtatTransmission,
    RoleMembre,
    Structure,
    Transmission,
    Utilisateur,
)
from socle import horloge, journal, revisions
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.journal import Visibilite
from socle.references import Acteur
from socle.transition import lock

MOTIF_MINIMUM = 10
MOTIF_MAXIMUM = 1000


def clean_reason(motif: str) -> str:
    """Return a reason fit to be kept, or refuse it (``DonneesInvalides``)."""
    propre = motif.strip()
    if len(propre) < MOTIF_MINIMUM:
        raise DonneesInvalides(
            {"motif": ["Indiquez le motif en une phrase\u00a0: il est conservé avec cette action."]}
        )
    if len(propre) > MOTIF_MAXIMUM:
        raise DonneesInvalides({"motif": [f"Le motif tient en {MOTIF_MAXIMUM} caractères."]})
    return propre


# --- Passed on by a responsable ---------------------------------------------------------------
@transaction.atomic
def propose_transfer(
    *, acteur: Utilisateur, structure: Structure, vers: Utilisateur, conserve: bool = False
) -> Transmission:
    """Propose one's role of responsable to another member; nothing changes until they accept.

    ``conserve``: the proposer stays responsable too. Effects: the transmission, event
    ``responsabilite.proposee``, an e-mail to the member; the same proposal again is the same one.
    Errors: ``ActeurRefuse``; ``DonneesInvalides``; ``ErreurMetier`` while another one waits.
    """
    lock(structure)
    require_in(acteur, "comptes.transfer_structure", structure)
    _check_heir(structure, acteur, vers)
    ouverte = structure.transmissions.ouvertes().first()
    if ouverte is not None and ouverte.etat == EtatTransmission.EN_ATTENTE:
        if (ouverte.de_id, ouverte.vers_id, ouverte.conserve) == (acteur.pk, vers.pk, conserve):
            return ouverte
        raise ErreurMetier("Une proposition attend déjà une réponse. Retirez-la avant d’en faire une autre.")
    if ouverte is not None:
        _close(ouverte, "retiree_le")
    transmission = Transmission.objects.create(
        structure=structure,
        de=acteur,
        vers=vers,
        conserve=conserve,
        expire_le=horloge.now() + timedelta(days=settings.GEN_INVITATION_JOURS),
    )
    _record("responsabilite.proposee", transmission, acteur)
    return transmission


def _check_heir(structure: Structure, acteur: Utilisateur, vers: Utilisateur) -> None:
    appartenance = structure.appartenances.en_cours().filter(utilisateur=vers).first()
    phrase = ""
    if vers == acteur:
        phrase = "Choisissez une autre personne que vous."
    elif appartenance is None or not vers.is_active:
        phrase = "Choisissez un membre de la structure dont le compte est actif."
    elif appartenance.role == RoleMembre.RESPONSABLE:
        phrase = "Cette personne est déjà responsable de la structure."
    if phrase:
        raise DonneesInvalides({"vers": [phrase]})


@transaction.atomic
def accept_transfer(*, acteur: Utilisateur, transmission: Transmission) -> Transmission:
    """Accept the role proposed; twice is once.

    Effects: the member becomes responsable, and the proposer contributeur unless they keep the role;
    event ``responsabilite.acceptee``; an e-mail to all the members. Errors: ``ActeurRefuse`` for
    anybody else; ``ErreurMetier`` when it no longer waits, or either person has left meanwhile.
    """
    _check_addressee(acteur, transmission)
    structure = transmission.structure
    lock(structure)
    lock(transmission)
    if transmission.etat == EtatTransmission.ACCEPTEE:
        return transmission
    _check_waits(transmission)
    ancienne = _membership(structure, transmission.de)
    nouvelle = _membership(structure, transmission.vers)
    if nouvelle is None:
        raise ErreurMetier("Vous n’êtes plus membre de cette structure.")
    if ancienne is None or ancienne.role != RoleMembre.RESPONSABLE or not ancienne.utilisateur.is_active:
        raise ErreurMetier(
            "La personne qui vous proposait ce rôle n’est plus responsable de la structure. "
            "Adressez-vous à un autre responsable, ou à la GEN s’il n’y en a plus."
        )
    _close(transmission, "acceptee_le")
    _set_role(nouvelle, RoleMembre.RESPONSABLE)
    if not transmission.conserve:
        _set_role(ancienne, RoleMembre.CONTRIBUTEUR)
    acteur.forget_roles()
    _record("responsabilite.acceptee", transmission, acteur)
    return transmission


@transaction.atomic
def decline_transfer(*, acteur: Utilisateur, transmission: Transmission) -> Transmission:
    """Decline the role proposed; twice is once.

    Effects: event ``responsabilite.refusee``; an e-mail to the proposer. Errors: ``ActeurRefuse``,
    ``ErreurMetier``.
    """
    _check_addressee(acteur, transmission)
    lock(transmission.structure)
    lock(transmission)
    if transmission.etat != EtatTransmission.REFUSEE:
        _check_waits(transmission)
        _close(transmission, "refusee_le")
        _record("responsabilite.refusee", transmission, acteur)
    return transmission


@transaction.atomic
def withdraw_transfer(*, acteur: Utilisateur, transmission: Transmission) -> Transmission:
    """Withdraw a proposal; any responsable of the structure may; twice is once.

    Effects: event ``responsabilite.retiree``. Errors: ``ActeurRefuse``; ``ErreurMetier`` once answered.
    """
    structure = transmission.structure
    lock(structure)
    require_in(acteur, "comptes.transfer_structure", structure)
    lock(transmission)
    if transmission.etat in (EtatTransmission.ACCEPTEE, EtatTransmission.REFUSEE):
        raise ErreurMetier("Cette proposition a reçu une réponse entre-temps.")
    if transmission.etat != EtatTransmission.RETIREE:
        _close(transmission, "retiree_le")
        _record("responsabilite.retiree", transmission, acteur)
    return transmission


def _check_addressee(acteur: Utilisateur, transmission: Transmission) -> None:
    if acteur.pk != transmission.vers_id or not acteur.is_active:
        raise ActeurRefuse("Cette proposition s’adresse à une autre personne.")


def _check_waits(transmission: Transmission) -> None:
    if transmission.etat != EtatTransmission.EN_ATTENTE:
        raise ErreurMetier(
            f"Cette proposition n’attend plus de réponse ({transmission.etat.label.lower()}). "
            "Demandez à un responsable de la structure d’en faire une nouvelle."
        )


def _close(transmission: Transmission, champ: str) -> None:
    setattr(transmission, champ, horloge.now())
    transmission.save(update_fields=[champ])


def _membership(structure: Structure, personne: Utilisateur) -> Appartenance | None:
    return structure.appartenances.en_cours().filter(utilisateur=personne).first()


def _set_role(appartenance: Appartenance, role: str) -> None:
    appartenance.role = role
    appartenance.save(update_fields=["role"])
    appartenance.utilisateur.forget_roles()


def _record(verbe: str, transmission: Transmission, acteur: Acteur) -> None:
    journal.record(
        verbe,
        sujet=transmission,
        acteur=acteur,
        donnees={
            "de": str(transmission.de_id),
            "vers": str(transmission.vers_id),
            "conserve": transmission.conserve,
        },
        visibilite=Visibilite.PORTEUR,
    )


# --- Asked of GEN, given by GEN ---------------------------------------------------------------
@transaction.atomic
def request_responsable(*, acteur: Utilisateur, structure: Structure, motif: str) -> DemandeResponsable:
    """Ask GEN to name a responsable: the one there was has left, or answers no more.

    Effects: the request, event ``responsable.demande``, an e-mail to the administrators; while one
    waits, asking again returns it. Errors: ``ActeurRefuse`` for anybody but a member who is not
    responsable; ``DonneesInvalides`` (reason).
    """
    lock(structure)
    require_in(acteur, "comptes.request_responsable", structure)
    propre = clean_reason(motif)
    ouverte = structure.demandes_responsable.filter(traitee_le__isnull=True).first()
    if ouverte is not None:
        return ouverte
    demande = DemandeResponsable.objects.create(structure=structure, demandeur=acteur, motif=propre)
    journal.record("responsable.demande", sujet=demande, acteur=acteur, visibilite=Visibilite.PORTEUR)
    return demande


@transaction.atomic
def appoint_responsable(
    *, acteur: Utilisateur, structure: Structure, utilisateur: Utilisateur, motif: str
) -> Appartenance:
    """Name a responsable in the place of those who are gone; an administrator's act, never for oneself.

    Effects: the membership (made, or its role changed), its reason (revisions), open requests
    answered, event ``responsable.nomme``, an e-mail to all the members. Errors: ``ActeurRefuse``;
    ``DonneesInvalides`` (reason, inactive account, responsable already).
    """
    lock(structure)
    require(acteur, "comptes.appoint_responsable", structure)
    if acteur.pk == utilisateur.pk:
        raise ActeurRefuse("Personne ne se nomme responsable\u00a0: demandez-le à un autre administrateur.")
    propre = clean_reason(motif)
    appartenance = _membership(structure, utilisateur)
    _check_candidate(utilisateur, appartenance)
    avant = appartenance.role if appartenance else ""
    if appartenance is None:
        appartenance = add_member(
            structure=structure, utilisateur=utilisateur, role=RoleMembre.RESPONSABLE, acteur=acteur
        )
    else:
        _set_role(appartenance, RoleMembre.RESPONSABLE)
    revisions.record_changes(
        appartenance,
        acteur=acteur,
        contexte="nomination",
        changements={"role": (avant, RoleMembre.RESPONSABLE), "motif": ("", propre)},
    )
    _answer(structure, acteur, DemandeResponsable.Issue.NOMMEE)
    journal.record(
        "responsable.nomme",
        sujet=appartenance,
        acteur=acteur,
        donnees={"utilisateur": str(utilisateur.pk)},
        visibilite=Visibilite.PORTEUR,
    )
    return appartenance


def _check_candidate(utilisateur: Utilisateur, appartenance: Appartenance | None) -> None:
    if not utilisateur.is_active:
        raise DonneesInvalides({"email": ["Ce compte est désactivé\u00a0: réactivez-le d’abord."]})
    if appartenance is not None and appartenance.role == RoleMembre.RESPONSABLE:
        raise DonneesInvalides({"email": ["Cette personne est déjà responsable de la structure."]})


@transaction.atomic
def reject_request(*, acteur: Utilisateur, demande: DemandeResponsable, motif: str) -> DemandeResponsable:
    """Refuse a request, with a reason that the person who asked reads.

    Effects: the answer; event ``responsable.demande_rejetee``; an e-mail to the person who asked.
    Errors: ``ActeurRefuse``; ``DonneesInvalides`` (reason); ``ErreurMetier`` once answered.
    """
    lock(demande.structure)
    require(acteur, "comptes.appoint_responsable", demande.structure)
    lock(demande)
    propre = clean_reason(motif)
    if demande.traitee_le is not None:
        raise ErreurMetier("Cette demande a déjà reçu une réponse.")
    _answer(demande.structure, acteur, DemandeResponsable.Issue.REJETEE, propre)
    demande.refresh_from_db()
    journal.record("responsable.demande_rejetee", sujet=demande, acteur=acteur, visibilite=Visibilite.PORTEUR)
    return demande


def _answer(structure: Structure, acteur: Utilisateur, issue: str, reponse: str = "") -> None:
    instant = horloge.now()
    structure.demandes_responsable.filter(traitee_le__isnull=True).update(
        issue=issue, reponse=reponse, traitee_le=instant, traitee_par=acteur, modifie_le=instant
    )
