from django.db import models
from django.db.models import F, Q

from comptes.models.periode import en_cours
from comptes.models.structure import Structure
from comptes.models.utilisateur import Utilisateur
from comptes.roles import RoleMembre
from socle import horloge
from socle.models.base import Agregat


class AppartenanceQuerySet(models.QuerySet["Appartenance"]):
    """Memberships."""

    def en_cours(self) -> "AppartenanceQuerySet":
        """Keep those that run now."""
        return en_cours(self)

    def responsables(self) -> "AppartenanceQuerySet":
        """Keep the responsables of now, whose account is active: they alone can act."""
        return self.en_cours().filter(role=RoleMembre.RESPONSABLE, utilisateur__is_active=True)


class Appartenance(Agregat):
    """A person acts for a structure, for a time."""

    utilisateur = models.ForeignKey(
        Utilisateur, on_delete=models.PROTECT, related_name="appartenances", verbose_name="utilisateur"
    )
    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="appartenances", verbose_name="structure"
    )
    role = models.CharField(
        "rôle", max_length=20, choices=RoleMembre.choices, default=RoleMembre.CONTRIBUTEUR
    )
    du = models.DateTimeField("depuis le", default=horloge.now)
    au = models.DateTimeField("jusqu’au", null=True, blank=True)

    objects = AppartenanceQuerySet.as_manager()

    class Meta:
        verbose_name = "membre"
        verbose_name_plural = "membres"
        ordering = ("du",)
        constraints = [
            models.UniqueConstraint(
                fields=("utilisateur", "structure"),
                condition=Q(au__isnull=True),
                name="appartenance_une_fois_en_cours",
                violation_error_message="Cette personne est déjà membre de la structure.",
            ),
            models.CheckConstraint(
                condition=Q(au__isnull=True) | Q(au__gte=F("du")),
                name="appartenance_periode",
                violation_error_message="La fin suit le début.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.utilisateur} — {self.get_role_display()}"

    @property
    def chaine_journal(self) -> str:
        """Memberships stand in the structure's chain."""
        return f"structure:{self.structure_id}"
