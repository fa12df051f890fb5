"""Complaints (R41)."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from socle import journal
from socle.erreurs import DonneesInvalides
from socle.references import SYSTEME
from suivi.models import Reclamation


@transaction.atomic
def file_complaint(*, valeurs: dict[str, Any]) -> Reclamation:
    """Receive a complaint from the public form.

    Effects: the row, and event ``reclamation.recue`` in the portal's chain, without a word of who
    wrote it (R41). Errors: ``DonneesInvalides`` by field.
    """
    reclamation = Reclamation(**valeurs)
    try:
        reclamation.full_clean()
    except ValidationError as erreur:
        raise DonneesInvalides(dict(erreur.message_dict)) from erreur
    reclamation.save()
    journal.record("reclamation.recue", sujet=reclamation, acteur=SYSTEME)
    return reclamation
