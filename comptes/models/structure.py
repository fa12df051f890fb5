from typing import Any

from django.db import models

from socle import visibilite
from socle.models.base import Agregat
from socle.references import Reference, reference


class StructureQuerySet(models.QuerySet["Structure"]):
    """Structures, as each person may see them."""

    def visible_to(self, utilisateur: Any) -> "StructureQuerySet":
        """Keep what this person may see (policies registered by the apps)."""
        return visibilite.visible(self, utilisateur)


class FormeJuridique(models.TextChoices):
    """Legal forms that the call tells apart."""

    ASSOCIATION = "association", "Association"
    PRIVE = "prive", "Organisme privé"
    PUBLIC = "public", "Organisme public"


class Structure(Agregat):
    """An organisation: porteur de projet, training body, or both."""

    raison_sociale = models.CharField("raison sociale", max_length=200)
    siret = models.CharField(
        "SIRET",
        max_length=14,
        unique=True,
        error_messages={"unique": "Une structure est déjà inscrite avec ce SIRET."},
    )
    forme_juridique = models.CharField("forme juridique", max_length=20, choices=FormeJuridique.choices)
    nda = models.CharField("numéro de déclaration d’activité", max_length=11, blank=True)
    adresse = models.CharField("adresse", max_length=250)
    code_postal = models.CharField("code postal", max_length=5)
    commune = models.CharField("commune", max_length=100)
    commune_code = models.CharField("code INSEE de la commune", max_length=5, blank=True)
    departement = models.CharField("département", max_length=3, blank=True)
    telephone = models.CharField("téléphone", max_length=30, blank=True)
    email = models.EmailField("adresse électronique", blank=True)
    representant_prenom = models.CharField("prénom du représentant légal", max_length=100)
    representant_nom = models.CharField("nom du représentant légal", max_length=100)
    representant_fonction = models.CharField("fonction du représentant légal", max_length=150)
    representant_email = models.EmailField("adresse électronique du représentant légal")

    objects = StructureQuerySet.as_manager()

    class Meta:
        verbose_name = "structure"
        verbose_name_plural = "structures"
        ordering = ("raison_sociale", "siret")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(siret__regex=r"^[0-9]{14}$"),
                name="structure_siret_14_chiffres",
                violation_error_message="Le SIRET comporte 14 chiffres.",
            )
        ]

    def __str__(self) -> str:
        return self.raison_sociale

    @property
    def chaine_journal(self) -> str:
        """Return the structure's own chain."""
        return f"structure:{self.pk}"

    @property
    def reference(self) -> Reference:
        """Return the reference by which ``socle`` knows this structure."""
        return reference(self)

    @property
    def representant_legal(self) -> str:
        """Return « Prénom Nom » of the signatory."""
        return f"{self.representant_prenom} {self.representant_nom}".strip()
