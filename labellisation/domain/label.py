"""The label: active from the last signature, verified in public by its code (R22, R24)."""

import secrets
from datetime import date
from typing import Any

from django.core.files import File
from django.db import transaction

from candidatures.models import Candidature
from labellisation import cycle
from labellisation.models import Convention, Label
from referentiels.models import FamilleMetier
from socle import fichiers, horloge, journal, revisions
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.references import SYSTEME
from socle.transition import lock, transition

#: Contexts of the revisions that keep the reasons of an act, and the policy of its evidence.
CONDITION, RETRAIT = "condition", "retrait"
PREUVE = "labellisation.preuve"
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
def lift_condition(
    *, label: Label, acteur: Any, motifs: str, obtenue_le: date | None = None, preuve: File | None = None
) -> Label:
    """Lift the condition once the audit is obtained (R24), on evidence: a file, or the day and the reason.

    Effects: transition ``lift_condition`` (by reaction, the obligation met, the e-mails, an attestation
    without the condition); reason, day and file on rows that can be erased, out of the journal. Errors:
    ``ActeurRefuse``, ``TransitionRefusee``; ``DonneesInvalides`` without a reason or any evidence, or for
    a day to come; ``FichierRefuse``.
    """
    erreurs = _without_reason(motifs)
    if obtenue_le is None and preuve is None:
        erreurs["obtenue_le"] = ["Joignez la preuve, ou indiquez le jour où la condition a été remplie."]
    elif obtenue_le is not None and obtenue_le > horloge.today():
        erreurs["obtenue_le"] = ["Ce jour n’est pas encore venu."]
    _act(label, acteur, "lift_condition", CONDITION, motifs, erreurs, obtenue_le=obtenue_le, preuve=preuve)
    return label


@transaction.atomic
def withdraw_label(*, label: Label, acteur: Any, motifs: str, preuve: File | None = None) -> Label:
    """Withdraw a label by a reasoned decision (R42's last step).

    Effects: transition ``withdraw_label`` (by reaction, the obligations closed and the e-mails); the
    grounds, and the file that shows them, on rows that can be erased, out of the journal. Errors:
    ``ActeurRefuse``, ``TransitionRefusee``; ``DonneesInvalides`` without grounds; ``FichierRefuse``.
    """
    _act(label, acteur, "withdraw_label", RETRAIT, motifs, _without_reason(motifs), preuve=preuve)
    return label


def _without_reason(motifs: str) -> dict[str, list[str]]:
    return {} if motifs.strip() else {"motifs": ["Écrivez les motifs\u00a0: le porteur de projet les lira."]}


def _act(
    label: Label,
    acteur: Any,
    verbe: str,
    contexte: str,
    motifs: str,
    erreurs: dict[str, list[str]],
    *,
    obtenue_le: date | None = None,
    preuve: File | None = None,
) -> None:
    """Check, then write the reasons, then act: the event's reactions read them."""
    lock(label)
    if not acteur.has_perm("labellisation.direct_label", label):
        raise ActeurRefuse("Seule la direction décide d’un label.")
    if erreurs:
        raise DonneesInvalides(erreurs)
    changements: dict[str, tuple[Any, Any]] = {"motifs": ("", motifs.strip())}
    if obtenue_le is not None:
        changements["obtenue_le"] = ("", obtenue_le.isoformat())
    if preuve is not None:
        fichier = fichiers.store(
            preuve, nom=preuve.name or "preuve", proprietaire=label, politique=PREUVE, acteur=acteur
        )
        changements["preuve"] = ("", str(fichier.pk))
    revisions.record_changes(label, acteur=acteur, contexte=contexte, changements=changements)
    transition(label, verbe, acteur)


def reasons_of(label: Label, contexte: str) -> dict[str, str]:
    """Return the reasons of an act on the label: ``motifs``, and when known ``obtenue_le``, ``preuve``."""
    return {ligne.champ: str(ligne.apres or "") for ligne in revisions.of(label, contexte)}


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
