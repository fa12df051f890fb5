from typing import Any

from django.db import models

from socle import horloge, visibilite
from socle.models.base import Agregat


class ReclamationQuerySet(models.QuerySet["Reclamation"]):
    def visible_to(self, user: Any) -> "ReclamationQuerySet":
        """Keep the complaints that the direction may read: none about a label that a link hides (R36)."""
        return visibilite.visible(self, user)


class Reclamation(Agregat):
    """A complaint (R41). The complainant's identity never reaches the training body."""

    class Qualite(models.TextChoices):
        APPRENANT = "APPRENANT", "Apprenant ou ancien apprenant"
        PRESCRIPTEUR = "PRESCRIPTEUR", "Prescripteur"
        FINANCEUR = "FINANCEUR", "Financeur"
        ENTREPRISE = "ENTREPRISE", "Entreprise d’accueil"
        AUTRE = "AUTRE", "Autre"

    label = models.ForeignKey(
        "labellisation.Label", on_delete=models.PROTECT, null=True, blank=True, related_name="reclamations"
    )
    formation_citee = models.CharField("formation ou organisme concerné", max_length=255, blank=True)
    qualite = models.CharField("vous êtes", max_length=15, choices=Qualite)
    nom = models.CharField("nom", max_length=150)
    courriel = models.EmailField("courriel")
    texte = models.TextField("votre réclamation")
    traitee_le = models.DateTimeField("traitée le", null=True, blank=True)

    objects = ReclamationQuerySet.as_manager()

    class Meta:
        verbose_name = "réclamation"
        verbose_name_plural = "réclamations"
        ordering = ("-cree_le",)

    def __str__(self) -> str:
        return f"Réclamation du {horloge.paris(self.cree_le):%d/%m/%Y}"
