"""Delegations of signature: who signs decisions of inadmissibility for the direction (R18, R39)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from candidatures.domain.repartition import active_instructors
from comptes.domain.acces import require
from comptes.models import Utilisateur
from labellisation.models import DelegationSignature
from labellisation.models.signature import delegation_of
from socle import horloge, journal
from socle.erreurs import DonneesInvalides, ErreurMetier
from socle.transition import lock

RESERVE = "Seule la direction délègue sa signature."


class DelegationRefusee(ErreurMetier):
    """A delegation that can't be given, or has ended already."""


@dataclass(frozen=True)
class Signature:
    """In what capacity somebody signs: by which delegation (none: the direction), and with what quality."""

    delegation: DelegationSignature | None
    qualite: str


def signature_of(personne: Any, qualite: str | None = None) -> Signature:
    """Return in what capacity this person signs an inadmissibility (R18, CRPA L. 212-1).

    The quality of a delegate is the delegation's; the direction's is the one it types, by default its
    function.
    """
    delegation = None if personne.has_perm("labellisation.direct_seance") else delegation_of(personne)
    if delegation is not None:
        return Signature(delegation, delegation.qualite)
    return Signature(None, (personne.fonction if qualite is None else qualite).strip())


def standing_delegations() -> QuerySet[DelegationSignature]:
    """Return the delegations not taken back, with the people, the next to end first."""
    lignes = DelegationSignature.objects.filter(retiree_le__isnull=True)
    return lignes.select_related("delegataire", "accordee_par").order_by("au", "delegataire__nom", "pk")


@transaction.atomic
def delegate_signature(
    *, delegataire: Utilisateur, qualite: str, acte: str, du: date, au: date, acteur: Any
) -> DelegationSignature:
    """Let an instructor sign decisions of inadmissibility, between two days included.

    A delegation that the person still holds is taken back: there is one at a time.
    Effects: the row, event ``delegation.accordee`` in the portal's chain (``delegation.retiree`` for the
    former one). Errors: ``ActeurRefuse`` for anybody but the direction; ``DonneesInvalides`` (nobody with
    the role of instructor, blank quality or act, dates out of order or past). Source: R18 (signatory's
    name and quality, CRPA L. 212-1), R39.
    """
    require(acteur, "labellisation.delegate_signature", None, RESERVE)
    qualite, acte = qualite.strip(), acte.strip()
    lock(delegataire)
    _check(delegataire, qualite, acte, du, au)
    for ancienne in DelegationSignature.objects.filter(delegataire=delegataire, retiree_le__isnull=True):
        _end(ancienne, acteur)
    delegation = DelegationSignature.objects.create(
        delegataire=delegataire, qualite=qualite, acte=acte, du=du, au=au, accordee_par=acteur
    )
    journal.record(
        "delegation.accordee",
        sujet=delegation,
        acteur=acteur,
        donnees={"delegataire": str(delegataire.pk), "du": du, "au": au},
    )
    return delegation


def _check(delegataire: Utilisateur, qualite: str, acte: str, du: date, au: date) -> None:
    erreurs: dict[str, list[str]] = {}
    if not active_instructors().filter(pk=delegataire.pk).exists():
        erreurs["delegataire"] = ["Cette personne n’est pas instructrice."]
    if not qualite:
        erreurs["qualite"] = ["Écrivez la qualité qui figurera sous le nom."]
    if not acte:
        erreurs["acte"] = ["Citez la décision qui délègue la signature."]
    if au < du:
        erreurs["au"] = ["La délégation finit avant de commencer."]
    elif au < horloge.today():
        erreurs["au"] = ["Cette date est passée."]
    if erreurs:
        raise DonneesInvalides(erreurs)


@transaction.atomic
def withdraw_delegation(*, delegation: DelegationSignature, acteur: Any) -> DelegationSignature:
    """Take a delegation back, at once: what was signed stays signed.

    Effects: its instant, event ``delegation.retiree``. Errors: ``ActeurRefuse``; ``DelegationRefusee``
    when it is taken back already.
    """
    require(acteur, "labellisation.delegate_signature", None, RESERVE)
    lock(delegation)
    if delegation.retiree_le is not None:
        raise DelegationRefusee("Cette délégation est déjà retirée.")
    _end(delegation, acteur)
    return delegation


def _end(delegation: DelegationSignature, acteur: Any) -> None:
    delegation.retiree_le = horloge.now()
    delegation.save(update_fields=["retiree_le"])
    journal.record("delegation.retiree", sujet=delegation, acteur=acteur)
