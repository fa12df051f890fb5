from django.db import models

from socle.models.base import Agregat


class ConsultationListe(Agregat):
    """Who read or exported a nominative list, and when (R44)."""

    class Acte(models.TextChoices):
        LECTURE = "LECTURE", "Lecture"
        EXPORT = "EXPORT", "Export"

    session = models.ForeignKey("suivi.Session", on_delete=models.CASCADE, related_name="consultations")
    personne = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="+")
    acte = models.CharField("acte", max_length=10, choices=Acte)
    lignes = models.PositiveIntegerField("lignes")

    class Meta:
        verbose_name = "consultation d’une liste nominative"
        verbose_name_plural = "consultations de listes nominatives"
        ordering = ("-cree_le",)
