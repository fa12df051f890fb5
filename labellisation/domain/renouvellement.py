"""The renewal of a label: prepared before its end, deposited after it (R13, R22, criterion 8)."""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from candidatures import cycle as cycle_dossier
from candidatures.domain.copies import open_renewal
from candidatures.domain.renouvellements import LabelRenouvelable
from candidatures.models import Candidature
from comptes.domain.acces import require
from labellisation import cycle
from labellisation.models import Label
from socle import horloge
from socle.erreurs import TransitionRefusee
from socle.references import Acteur
from socle.transition import lock
from socle.typographie import date_longue


def renewal_opens(label: Label) -> date:
    """Return the first day on which the renewal may be prepared: a setting, in days before the end."""
    return label.fin - timedelta(days=settings.GEN_REGLES["renouvellement_ouvert_jours"])


def may_renew(label: Label) -> bool:
    """Tell whether the renewal may be prepared today; a label that was withdrawn is not renewed."""
    return label.etat != cycle.RETIRE and horloge.today() >= renewal_opens(label)


def renewable(label: Label) -> LabelRenouvelable:
    """Return what a dossier needs to know of a label that it may renew."""
    return LabelRenouvelable(label.code, label.intitule, label.fin, renewal_opens(label))


def labels_to_renew(structure: uuid.UUID) -> Iterator[LabelRenouvelable]:
    """Yield the labels of a structure that may be renewed, now or later: all but the withdrawn."""
    for label in Label.objects.filter(structure=structure).exclude(etat=cycle.RETIRE):
        yield renewable(label)


def renewal_of(label: Label) -> Candidature | None:
    """Return the dossier that asks to renew a label: the one deposited, else a draft."""
    demandes = _requests().filter(structure=label.structure_id, sectionformation__label_renouvele=label.code)
    return demandes.order_by(F("deposee_le").desc(nulls_last=True), "cree_le").first()


def labels_to_prepare() -> QuerySet[Label]:
    """Return the labels near their end, on either side of it, that no dossier asks to renew (one query)."""
    jours = timedelta(days=settings.GEN_REGLES["renouvellement_ouvert_jours"])
    aujourd_hui = horloge.today()
    demandes = _requests().filter(
        structure=OuterRef("structure"), sectionformation__label_renouvele=OuterRef("code")
    )
    proches = Label.objects.filter(fin__lte=aujourd_hui + jours, fin__gte=aujourd_hui - jours)
    return proches.exclude(etat=cycle.RETIRE).exclude(Exists(demandes))


def _requests() -> QuerySet[Candidature]:
    """Return the dossiers that ask for a renewal and may still have it."""
    demandes = Candidature.objects.filter(sectionformation__renouvellement=True)
    sans_suite = (cycle.NatureDecision.IRRECEVABLE, cycle.NatureDecision.REFUSEE)
    return demandes.exclude(etat=cycle_dossier.SANS_SUITE).exclude(issue_notifiee__in=sans_suite)


@transaction.atomic
def start_renewal(*, label: Label, acteur: Acteur) -> Candidature:
    """Open the draft that asks for the renewal, from the label's dossier; twice is the same draft (R13).

    A draft that asks for it already, whoever opened it, is given back.

    It may be deposited from the day after the label's end: until then the formation is labelled
    (criterion 8). Effects: as ``duplicate_candidature``.
    Errors: ``ActeurRefuse`` for anybody but a member; ``TransitionRefusee`` too early, for a label
    that was withdrawn, or once its renewal is deposited.
    """
    require(acteur, "candidatures.create_candidature", label.structure)
    lock(label)
    if label.etat == cycle.RETIRE:
        raise TransitionRefusee("Ce label est retiré\u00a0: présentez une nouvelle candidature.")
    if not may_renew(label):
        ouverture = date_longue(renewal_opens(label))
        raise TransitionRefusee(f"Le renouvellement se prépare à partir du {ouverture}.")
    demande = renewal_of(label)
    if demande is not None and demande.est_brouillon:
        return demande
    if demande is not None:
        raise TransitionRefusee(
            f"Le renouvellement de ce label est déjà demandé par le dossier {demande.reference}."
        )
    return open_renewal(
        candidature=label.candidature,
        label=label.code,
        depot_des=renewable(label).depot_des,
        acteur=acteur,
    )
