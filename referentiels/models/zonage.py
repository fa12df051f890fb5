"""Zonings by commune: ZRR, then FRR (R33)."""

from django.db import models
from django.db.models import Q


class Zonage(models.TextChoices):
    """The zonings that go by whole communes."""

    ZRR = "ZRR", "zone de revitalisation rurale"
    FRR = "FRR", "France ruralités revitalisation"


class Classement(models.TextChoices):
    """What a zoning says of a commune; a partial one has to be checked by address."""

    CLASSEE = "CLASSEE", "classée"
    NON_CLASSEE = "NON_CLASSEE", "non classée"
    PARTIELLE = "PARTIELLE", "partiellement classée"


class ZonageCommune(models.Model):
    """The classification of one commune code in one version of a zoning.

    The code is the one of the official table, whose communes may have merged since: it is text, and
    no key to today's communes.
    """

    code_commune = models.CharField("code INSEE", max_length=5)
    nom_commune = models.CharField("commune", max_length=80)
    zonage = models.CharField("zonage", max_length=3, choices=Zonage)
    version = models.CharField("version", max_length=20)
    classement = models.CharField("classement", max_length=12, choices=Classement)
    valide_du = models.DateField("valide du")
    valide_au = models.DateField("valide jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "commune d’un zonage"
        verbose_name_plural = "communes des zonages"
        ordering = ("zonage", "version", "code_commune")
        constraints = (
            models.UniqueConstraint(
                fields=("code_commune", "zonage", "version"), name="zonage_unique_par_commune"
            ),
            models.CheckConstraint(
                condition=Q(classement__in=Classement.values),
                name="zonage_classement_connu",
                violation_error_message="Ce classement n’existe pas.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.nom_commune} ({self.code_commune}), {self.zonage} {self.version}"
