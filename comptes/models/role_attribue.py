from django.db import models
from django.db.models import F, Q

from comptes.models.utilisateur import Utilisateur
from comptes.roles import Role
from socle import horloge
from socle.models.base import Agregat


class RoleAttribue(Agregat):
    """A role that a person holds for a time."""

    utilisateur = models.ForeignKey(
        Utilisateur, on_delete=models.PROTECT, related_name="roles_attribues", verbose_name="utilisateur"
    )
    role = models.CharField("rôle", max_length=20, choices=Role.choices)
    region_code = models.CharField(
        "région", max_length=3, blank=True, help_text="Code INSEE de la région, pour un référent régional."
    )
    organisation = models.CharField(
        "organisation",
        max_length=150,
        blank=True,
        help_text="Membre du groupement que la personne représente au comité.",
    )
    du = models.DateTimeField("depuis le", default=horloge.now)
    au = models.DateTimeField("jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "rôle attribué"
        verbose_name_plural = "rôles attribués"
        ordering = ("-du",)
        constraints = [
            models.UniqueConstraint(
                fields=("utilisateur", "role", "region_code", "organisation"),
                condition=Q(au__isnull=True),
                name="role_une_fois_en_cours",
                violation_error_message="Cette personne a déjà ce rôle.",
            ),
            models.CheckConstraint(
                condition=(Q(role=Role.REGION) & ~Q(region_code=""))
                | (~Q(role=Role.REGION) & Q(region_code="")),
                name="role_region_avec_code",
                violation_error_message="Le référent régional a une région, et lui seul.",
            ),
            models.CheckConstraint(
                condition=Q(au__isnull=True) | Q(au__gte=F("du")),
                name="role_periode",
                violation_error_message="La fin du rôle suit son début.",
            ),
        ]

    def __str__(self) -> str:
        precision = self.organisation or self.region_code
        return f"{self.get_role_display()} ({precision})" if precision else self.get_role_display()
