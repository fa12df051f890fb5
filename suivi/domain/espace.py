"""The space of a formation, confirmed up to date by the body every three months (CdC 4)."""

from typing import Any

from django.db import transaction

from labellisation.models import Label
from socle import journal
from socle.erreurs import ActeurRefuse


@transaction.atomic
def confirm_space(*, label: Label, acteur: Any) -> None:
    """Say that everything in the formation's space is still right.

    Effects: event ``label.espace_confirme`` (by reaction, the obligation of the quarter is met and
    the next one created). Errors: ``ActeurRefuse`` for whoever doesn't prepare, or once the label is
    withdrawn.
    """
    if not acteur.has_perm("suivi.confirm_space", label):
        raise ActeurRefuse("Cette formation ne vous est pas ouverte, ou son label est retiré.")
    journal.record("label.espace_confirme", sujet=label, acteur=acteur, visibilite=journal.Visibilite.PORTEUR)
