"""What several reference tables share."""

from datetime import date
from typing import ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q

from socle.models.base import Agregat

_Modele = TypeVar("_Modele", bound=models.Model)


class DateesQuerySet(models.QuerySet[_Modele]):
    """Rows that hold between two days."""

    def en_vigueur(self, jour: date) -> Self:
        """Keep the rows that hold on ``jour`` (both bounds included)."""
        return self.filter(Q(valide_au__isnull=True) | Q(valide_au__gte=jour), valide_du__lte=jour)


class Datee(models.Model):
    """Data with a first day and, once it is known, a last one."""

    valide_du = models.DateField("valide du")
    valide_au = models.DateField("valide jusqu’au", null=True, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(valide_au__isnull=True) | Q(valide_au__gte=models.F("valide_du")),
                name="%(class)s_dates_ordonnees",
                violation_error_message="La fin de validité ne peut pas précéder son début.",
            ),
        )


class FicheCorrigeable(Agregat):
    """A directory entry that an administrator may correct on the portal; the loader then leaves it."""

    corrigee_sur_le_portail = models.BooleanField("corrigée sur le portail", default=False, editable=False)

    class Meta:
        abstract = True
