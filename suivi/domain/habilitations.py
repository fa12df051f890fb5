"""Training bodies that prepare the follow-up of a label for its porteur (DOMAIN §1)."""

from typing import Any

from django.db import transaction

from comptes.models import Structure
from labellisation.models import Label
from socle import horloge, journal
from socle.erreurs import ActeurRefuse, ErreurMetier
from suivi.models import HabilitationOrganisme


class HabilitationRefusee(ErreurMetier):
    """The body already prepares this label, or is the porteur itself."""


@transaction.atomic
def authorize_body(*, label: Label, structure: Structure, acteur: Any) -> HabilitationOrganisme:
    """Let a subcontracted body prepare the follow-up of a label. Event ``label.organisme_habilite``."""
    if not acteur.has_perm("suivi.manage_habilitation", label):
        raise ActeurRefuse("Seul un responsable du porteur habilite un organisme.")
    if structure == label.structure:
        raise HabilitationRefusee("Le porteur prépare déjà le suivi de sa formation.")
    if label.habilitations.filter(structure=structure, retiree_le__isnull=True).exists():
        raise HabilitationRefusee("Cet organisme prépare déjà le suivi de cette formation.")
    habilitation = HabilitationOrganisme.objects.create(label=label, structure=structure)
    _record(habilitation, "label.organisme_habilite", acteur)
    return habilitation


@transaction.atomic
def withdraw_body(*, habilitation: HabilitationOrganisme, acteur: Any) -> None:
    """End a body's access at once. Event ``label.organisme_retire``."""
    if not acteur.has_perm("suivi.manage_habilitation", habilitation.label):
        raise ActeurRefuse("Seul un responsable du porteur retire un organisme.")
    habilitation.retiree_le = horloge.now()
    habilitation.save(update_fields=["retiree_le"])
    _record(habilitation, "label.organisme_retire", acteur)


def _record(habilitation: HabilitationOrganisme, verbe: str, acteur: Any) -> None:
    journal.record(
        verbe,
        sujet=habilitation.label,
        acteur=acteur,
        donnees={"structure": str(habilitation.structure_id)},
        visibilite=journal.Visibilite.PORTEUR,
    )
