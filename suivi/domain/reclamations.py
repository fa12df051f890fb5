"""Complaints (R41)."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from socle import horloge, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides
from socle.references import SYSTEME
from socle.transition import lock
from suivi.domain.nir import SANS_NIR, contains_nir
from suivi.models import Reclamation


@transaction.atomic
def file_complaint(*, valeurs: dict[str, Any]) -> Reclamation:
    """Receive a complaint from the public form.

    Effects: the row, and event ``reclamation.recue`` in the portal's chain, without a word of who
    wrote it (R41). Errors: ``DonneesInvalides`` by field.
    """
    nirs = [champ for champ, valeur in valeurs.items() if isinstance(valeur, str) and contains_nir(valeur)]
    if nirs:
        raise DonneesInvalides({champ: [SANS_NIR] for champ in nirs})
    reclamation = Reclamation(**valeurs)
    try:
        reclamation.full_clean()
    except ValidationError as erreur:
        raise DonneesInvalides(dict(erreur.message_dict)) from erreur
    reclamation.save()
    journal.record("reclamation.recue", sujet=reclamation, acteur=SYSTEME)
    return reclamation


@transaction.atomic
def close_complaint(*, reclamation: Reclamation, acteur: Any) -> Reclamation:
    """Note that a complaint was read and answered.

    Effects: its instant, and event ``reclamation.traitee`` in the portal's chain. A second call changes
    nothing. Errors: ``ActeurRefuse`` for anybody but the direction.
    """
    if not acteur.has_perm("suivi.close_complaint", reclamation):
        raise ActeurRefuse("Seule la direction traite les réclamations.")
    lock(reclamation)
    if reclamation.traitee_le is None:
        reclamation.traitee_le = horloge.now()
        reclamation.save(update_fields=["traitee_le"])
        journal.record("reclamation.traitee", sujet=reclamation, acteur=acteur)
    return reclamation
