"""The label: active from the last signature, verified in public by its code (R22, R24)."""

import secrets
from datetime import date
from typing import Any

from django.db import transaction

from candidatures.models import Candidature
from labellisation import cycle
from labellisation.models import Convention, Label
from referentiels.models import FamilleMetier
from socle import horloge, journal, revisions
from socle.erreurs import ErreurMetier
from socle.references import SYSTEME
from socle.transition import transition

#: Letters and digits that nobody mixes up when read aloud or printed.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_code() -> str:
    """Return a verification code of twelve random signs, such as ``7K3P-9XQ2-M4TA``."""
    signes = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return "-".join(signes[debut : debut + 4] for debut in range(0, 12, 4))


def normalize_code(saisie: str) -> str:
    """Return a typed code as it is stored, whatever its case, spaces or dashes."""
    signes = "".join(signe for signe in saisie.upper() if signe.isalnum())
    return "-".join(signes[debut : debut + 4] for debut in range(0, len(signes), 4))


@transaction.atomic
def activate_label(*, convention: Convention) -> Label:
    """Make the label of a convention that both parties signed.

    Effects: a label ACTIF, or CONDITIONNEL with its dated condition (R24); event ``label.actif``
    (by reaction, the attestation and the obligations of the follow-up). A second call returns the
    same label.
    """
    existant = Label.objects.filter(convention=convention).first()
    if existant is not None:
        return existant
    candidature, decision = convention.candidature, convention.decision
    if convention.debut is None or convention.fin is None or candidature.region is None:
        raise ErreurMetier("Le label demande une convention datée et la région de la formation.")
    instantane = candidature.depots.latest("numero").instantane
    label = Label.objects.create(
        code=new_code(),
        convention=convention,
        candidature=candidature,
        structure=convention.structure,
        intitule=candidature.intitule,
        region=candidature.region,
        famille=_family(candidature, instantane["formation"]["famille"]["code"]),
        certification_code=instantane["formation"].get("certification_code", ""),
        etat=cycle.CONDITIONNEL if decision.condition_avant else cycle.ACTIF,
        debut=convention.debut,
        fin=convention.fin,
        condition=decision.condition,
        condition_avant=decision.condition_avant,
    )
    journal.record(
        "label.actif",
        sujet=label,
        acteur=SYSTEME,
        donnees={"code": label.code},
        visibilite=journal.Visibilite.PORTEUR,
    )
    return label


def _family(candidature: Candidature, code: str) -> FamilleMetier:
    """Return the family that the dossier chose; families of the same code exist in several versions."""
    choisie = candidature.sectionformation.famille
    if choisie is not None and choisie.code == code:
        return choisie
    return FamilleMetier.objects.filter(code=code).latest("version")


@transaction.atomic
def lift_condition(*, label: Label, acteur: Any) -> Label:
    """Lift the condition once the audit is obtained (R24): transition ``lift_condition``."""
    transition(label, "lift_condition", acteur)
    return label


@transaction.atomic
def withdraw_label(*, label: Label, acteur: Any, motifs: str) -> Label:
    """Withdraw a label by a reasoned decision (R42's last step).

    Effects: transition ``withdraw_label``; the grounds on a row that can be erased, out of the journal.
    """
    transition(label, "withdraw_label", acteur)
    revisions.record_changes(
        label, acteur=acteur, contexte="retrait", changements={"motifs": ("", motifs.strip())}
    )
    return label


def public_status(label: Label, jour: date | None = None) -> str:
    """Return what the public reads of a label on a day: valide, conditionnel, expiré or retiré.

    Expiry is derived from the dates, never stored (DOMAIN §2).
    """
    jour = jour or horloge.today()
    if label.etat == cycle.RETIRE:
        return "retire"
    if jour > label.fin:
        return "expire"
    return "conditionnel" if label.etat == cycle.CONDITIONNEL else "valide"
