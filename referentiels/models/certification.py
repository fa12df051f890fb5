"""Certifications of the national registers (criterion 2)."""

from datetime import date

from django.db import models

from socle.models.base import Agregat


class Certification(Agregat):
    """A sheet of the RNCP or of the RS."""

    code = models.CharField("code", max_length=12, unique=True)
    intitule = models.CharField("intitulé", max_length=700)
    intitule_recherche = models.CharField("intitulé normalisé", max_length=700, default="", db_index=True)
    niveau = models.PositiveSmallIntegerField("niveau européen", null=True, blank=True)
    date_fin_enregistrement = models.DateField("fin d’enregistrement", null=True, blank=True)
    actif = models.BooleanField("fiche active", default=True)
    #: [{"siret": "…", "nom": "…"}]
    certificateurs = models.JSONField("certificateurs", default=list, blank=True)
    #: True for the demo's sheets, which no register knows.
    fictive = models.BooleanField("fiche fictive", default=False)

    class Meta:
        verbose_name = "certification"
        verbose_name_plural = "certifications"
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.intitule}"

    def is_active_on(self, jour: date) -> bool:
        """Whether the registration holds on ``jour`` (its last day included)."""
        return self.actif and (self.date_fin_enregistrement is None or jour <= self.date_fin_enregistrement)
