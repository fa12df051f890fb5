"""The nine families, their métiers, the ROME, and the emerging métiers of France Compétences."""

from django.db import models

from referentiels.models.base import Datee, DateesQuerySet, FicheCorrigeable
from socle.models.base import Agregat


class FamilleMetier(Agregat):
    """One of the nine families of digital métiers (criterion 1), versioned."""

    version = models.CharField("version", max_length=20)
    code = models.SlugField("code", max_length=40)
    libelle = models.CharField("libellé", max_length=80)
    ordre = models.PositiveSmallIntegerField("ordre")
    description = models.CharField("ce qu’on y fait", max_length=300, blank=True)

    class Meta:
        verbose_name = "famille de métiers"
        verbose_name_plural = "familles de métiers"
        ordering = ("version", "ordre")
        constraints = (
            models.UniqueConstraint(fields=("version", "code"), name="famille_unique_par_version"),
            models.UniqueConstraint(fields=("version", "ordre"), name="famille_ordre_unique"),
        )

    def __str__(self) -> str:
        return self.libelle


class CodeRome(models.Model):
    """A sheet of the ROME, the national directory of métiers; its key is the code."""

    code = models.CharField("code", max_length=5, primary_key=True)
    libelle = models.CharField("libellé", max_length=160)
    libelle_recherche = models.CharField("libellé normalisé", max_length=160)

    class Meta:
        verbose_name = "code ROME"
        verbose_name_plural = "codes ROME"
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.libelle}"


class Metier(Datee, Agregat):
    """A digital métier, in one family, with the ROME codes that fit."""

    code = models.SlugField("code", max_length=60, unique=True)
    libelle = models.CharField("libellé", max_length=120)
    libelle_recherche = models.CharField("libellé normalisé", max_length=120)
    famille = models.ForeignKey(FamilleMetier, on_delete=models.PROTECT, related_name="metiers")
    #: ROME codes, separated by spaces, the closest first; empty when none fits.
    rome = models.CharField("codes ROME", max_length=60, blank=True)

    objects = DateesQuerySet.as_manager()

    class Meta(Datee.Meta):
        verbose_name = "métier"
        verbose_name_plural = "métiers"
        ordering = ("libelle_recherche",)

    def __str__(self) -> str:
        return self.libelle

    @property
    def codes_rome(self) -> list[str]:
        """The ROME codes, the closest first."""
        return self.rome.split()


class MetierEmergent(Datee, FicheCorrigeable):
    """A métier that France Compétences published as emerging or changing fast."""

    libelle = models.CharField("libellé", max_length=160)
    famille = models.ForeignKey(FamilleMetier, on_delete=models.PROTECT, related_name="+")
    metier = models.ForeignKey(
        Metier,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="publications",
        verbose_name="métier",
    )
    source = models.CharField("source", max_length=200)

    objects = DateesQuerySet.as_manager()

    class Meta(Datee.Meta):
        verbose_name = "métier émergent"
        verbose_name_plural = "métiers émergents"
        ordering = ("valide_du", "libelle")
        constraints = (
            *Datee.Meta.constraints,
            models.UniqueConstraint(fields=("libelle", "source"), name="metier_emergent_unique"),
        )

    def __str__(self) -> str:
        return self.libelle
