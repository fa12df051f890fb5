from django.db import models

from socle.models.base import Agregat


class HabilitationOrganisme(Agregat):
    """A training body (subcontractor) that prepares the follow-up of a label (DOMAIN §1).

    The porteur transmits and alone answers for it.
    """

    label = models.ForeignKey("labellisation.Label", on_delete=models.PROTECT, related_name="habilitations")
    structure = models.ForeignKey("comptes.Structure", on_delete=models.PROTECT, related_name="habilitations")
    retiree_le = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "organisme habilité"
        verbose_name_plural = "organismes habilités"
        constraints = [
            models.UniqueConstraint(
                fields=("label", "structure"),
                condition=models.Q(retiree_le__isnull=True),
                name="habilitation_active_unique",
            )
        ]
