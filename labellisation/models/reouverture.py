from django.db import models
from django.db.models import Q

from socle.models.base import Agregat


class Reouverture(Agregat):
    """Why the examination of a dossier declared irrecevable was opened again: a reasoned act (R18)."""

    class Nature(models.TextChoices):
        RECOURS = "RECOURS", "recours gracieux accepté"
        RECTIFICATION = "RECTIFICATION", "rectification avant la notification"

    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.PROTECT, related_name="reouvertures"
    )
    decision = models.OneToOneField(
        "labellisation.Decision", on_delete=models.PROTECT, related_name="reouverture"
    )
    nature = models.CharField("nature", max_length=20, choices=Nature)
    recours_recu_le = models.DateField("recours reçu le", null=True, blank=True)
    motifs = models.TextField("motifs")
    acteur = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "réouverture"
        verbose_name_plural = "réouvertures"
        ordering = ("cree_le",)
        constraints = [
            models.CheckConstraint(
                condition=Q(nature="RECOURS", recours_recu_le__isnull=False)
                | Q(nature="RECTIFICATION", recours_recu_le__isnull=True),
                name="reouverture_recours_date",
                violation_error_message="Un recours porte la date de sa réception.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_nature_display()}, {self.candidature.reference}"
