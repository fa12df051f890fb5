"""The observatoire's needs by region (R45)."""

from django.db import models

from referentiels.models.metier import FamilleMetier, Metier
from referentiels.models.territoire import Region
from socle.models.base import Agregat


class BesoinRegional(Agregat):
    """One line of the cahier des charges' table, in its order: a job that a region lacks."""

    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, related_name="besoins", verbose_name="région"
    )
    annee = models.PositiveSmallIntegerField("année de publication")
    ordre = models.PositiveSmallIntegerField("ordre dans le texte")
    #: The words of the text, specialities aside.
    libelle = models.CharField("besoin", max_length=120)
    #: What the text writes between brackets ("front-end, back-end, full stack").
    specialites = models.CharField("spécialités", max_length=120, blank=True)
    famille = models.ForeignKey(FamilleMetier, on_delete=models.PROTECT, related_name="besoins")
    metiers = models.ManyToManyField(Metier, related_name="besoins", verbose_name="métiers")
    rome = models.CharField("codes ROME", max_length=60, blank=True)
    source = models.CharField("source", max_length=200)

    class Meta:
        verbose_name = "besoin régional"
        verbose_name_plural = "besoins régionaux"
        ordering = ("region", "annee", "ordre")
        constraints = (
            models.UniqueConstraint(fields=("region", "annee", "ordre"), name="besoin_ordre_unique"),
            models.UniqueConstraint(fields=("region", "annee", "libelle"), name="besoin_unique_par_region"),
        )

    def __str__(self) -> str:
        return self.texte

    @property
    def texte(self) -> str:
        """The need as the cahier des charges writes it."""
        return f"{self.libelle} ({self.specialites})" if self.specialites else self.libelle

    @property
    def codes_rome(self) -> list[str]:
        """The ROME codes, the closest first."""
        return self.rome.split()
