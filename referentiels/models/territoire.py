"""Regions, departments and communes of the Code officiel géographique."""

from django.db import models


class Region(models.Model):
    """One of the 18 regions; its key is the INSEE code."""

    code = models.CharField("code INSEE", max_length=2, primary_key=True)
    nom = models.CharField("nom", max_length=60, unique=True)
    nom_recherche = models.CharField("nom normalisé", max_length=60, db_index=True)
    outre_mer = models.BooleanField("outre-mer", default=False)
    #: False means "not observed" by the observatoire, never "no need" (DOMAIN §12).
    besoins_observes = models.BooleanField("besoins observés par l’observatoire", default=False)
    #: First two digits of the NDA given there: today's region codes and those of before 2016 (R14).
    prefixes_nda = models.CharField("débuts de NDA", max_length=40, blank=True)

    class Meta:
        verbose_name = "région"
        verbose_name_plural = "régions"
        ordering = ("nom_recherche",)

    def __str__(self) -> str:
        return self.nom


class Departement(models.Model):
    """A department of one of the 18 regions; its key is the INSEE code (``2A``, ``974``)."""

    code = models.CharField("code INSEE", max_length=3, primary_key=True)
    nom = models.CharField("nom", max_length=60)
    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, related_name="departements", verbose_name="région"
    )

    class Meta:
        verbose_name = "département"
        verbose_name_plural = "départements"
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.nom}"


class Commune(models.Model):
    """A commune, or a municipal district of Paris, Lyon or Marseille; its key is the INSEE code."""

    code = models.CharField("code INSEE", max_length=5, primary_key=True)
    nom = models.CharField("nom", max_length=80)
    nom_recherche = models.CharField("nom normalisé", max_length=80, db_index=True)
    departement = models.ForeignKey(
        Departement, verbose_name="département", on_delete=models.PROTECT, related_name="communes"
    )
    #: The commune a municipal district belongs to.
    commune_mere = models.ForeignKey(
        "self",
        verbose_name="commune mère",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="arrondissements",
    )
    codes_postaux = models.CharField("codes postaux", max_length=200, blank=True)
    #: INSEE codes this commune had before (mergers, change of department).
    anciens_codes = models.CharField("anciens codes INSEE", max_length=300, blank=True)
    population = models.PositiveIntegerField("population", null=True, blank=True)
    #: False once the official list no longer holds it; kept because dossiers may name it.
    actuelle = models.BooleanField("actuelle", default=True)

    class Meta:
        verbose_name = "commune"
        verbose_name_plural = "communes"
        ordering = ("nom_recherche", "code")

    def __str__(self) -> str:
        return f"{self.nom} ({self.departement_id})"

    @property
    def liste_codes_postaux(self) -> list[str]:
        """The postcodes of the commune."""
        return self.codes_postaux.split()
