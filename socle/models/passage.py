"""The last passage of each sweep: what tells that beat and the workers are alive."""

from django.db import models


class Passage(models.Model):
    """One row per sweep, written at the end of each tick, by the machine's clock."""

    balayage = models.CharField("balayage", max_length=100, primary_key=True)
    fini_le = models.DateTimeField("dernier passage")
    #: The last passage that went to its end.
    reussi_le = models.DateTimeField("dernier passage réussi", null=True, blank=True)
    pris = models.PositiveIntegerField("lignes prises", default=0)
    erreur = models.TextField("dernière erreur", blank=True)

    class Meta:
        verbose_name = "passage d’un balayage"
        verbose_name_plural = "passages des balayages"
        ordering = ("balayage",)

    def __str__(self) -> str:
        return self.balayage
