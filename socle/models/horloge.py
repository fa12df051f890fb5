"""The demo's shift of the business clock: one row, that only grows (R7)."""

from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from socle.erreurs import HorlogeRefusee

#: The one row's key.
UNIQUE = 1


class DecalageHorloge(models.Model):
    """Seconds between the machine's clock and the business clock of the demo."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=UNIQUE, editable=False)
    secondes = models.BigIntegerField("décalage en secondes", editable=False)
    #: Real time of the last move.
    deplacee_le = models.DateTimeField("déplacée le", default=timezone.now, editable=False)

    class Meta:
        verbose_name = "décalage de l’horloge"
        verbose_name_plural = "décalage de l’horloge"
        constraints = (
            models.CheckConstraint(
                condition=Q(id=UNIQUE),
                name="decalage_une_seule_ligne",
                violation_error_message="L’horloge n’a qu’un décalage.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.secondes} s"

    @classmethod
    def advance(cls, decalage: timedelta, instant: datetime) -> "DecalageHorloge":
        """Shift the clock by ``decalage``, so that it shows ``instant`` or the second after.

        The first move sets the demo's origin and may lie in the past; none afterwards may.
        Effects: the row. Errors: ``HorlogeRefusee`` backwards.
        """
        secondes = -(-decalage // timedelta(seconds=1))
        with transaction.atomic():
            _, created = cls.objects.get_or_create(pk=UNIQUE, defaults={"secondes": secondes})
            ligne = cls.objects.select_for_update().get(pk=UNIQUE)
            if created or ligne.secondes == secondes:
                return ligne
            if secondes < ligne.secondes:
                raise HorlogeRefusee(
                    f"L’horloge a déjà dépassé le {timezone.localtime(instant):%d/%m/%Y à %H:%M}\u00a0: "
                    "elle n’avance que vers l’avant."
                )
            ligne.secondes = secondes
            ligne.deplacee_le = timezone.now()
            ligne.save(update_fields={"secondes", "deplacee_le"})
            return ligne
