from django.db import models
from django.db.models import Q

from socle.models.base import Agregat


class Affectation(Agregat):
    """Who instructs or scores a dossier."""

    class Tache(models.TextChoices):
        RECEVABILITE = "RECEVABILITE", "Recevabilité"
        NOTATION = "NOTATION", "Notation"

    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.PROTECT, related_name="affectations"
    )
    instructeur = models.ForeignKey(
        "comptes.Utilisateur", on_delete=models.PROTECT, related_name="affectations"
    )
    tache = models.CharField("tâche", max_length=20, choices=Tache)
    retiree_le = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "affectation"
        verbose_name_plural = "affectations"
        constraints = [
            models.UniqueConstraint(
                fields=("candidature", "instructeur", "tache"),
                condition=Q(retiree_le__isnull=True),
                name="affectation_active_unique",
                violation_error_message="Cette personne est déjà chargée de cette tâche sur ce dossier.",
            )
        ]


class LienInteret(Agregat):
    """A declared conflict of interest, about a structure or one dossier (R36)."""

    personne = models.ForeignKey(
        "comptes.Utilisateur", on_delete=models.PROTECT, related_name="liens_interet"
    )
    structure = models.ForeignKey(
        "comptes.Structure", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    motif = models.CharField("nature du lien", max_length=255, blank=True)
    leve_le = models.DateTimeField("levé le", null=True, blank=True)

    class Meta:
        verbose_name = "lien d’intérêt"
        verbose_name_plural = "liens d’intérêt"
        constraints = [
            models.CheckConstraint(
                condition=Q(structure__isnull=False, candidature__isnull=True)
                | Q(structure__isnull=True, candidature__isnull=False),
                name="lien_structure_ou_dossier",
                violation_error_message="Un lien d’intérêt porte sur une structure ou sur un dossier.",
            )
        ]
