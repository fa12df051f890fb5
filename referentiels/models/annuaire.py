"""Institutions that the label meets: members of the GIP, CROUS, CARIF-OREF."""

from django.db import models

from referentiels.models.base import FicheCorrigeable
from referentiels.models.territoire import Departement, Region


class TypeMembre(models.TextChoices):
    """What a member of the GIP is."""

    ETAT = "ETAT", "État"
    ETABLISSEMENT_PUBLIC = "ETABLISSEMENT_PUBLIC", "établissement ou opérateur public"
    ENTREPRISE = "ENTREPRISE", "entreprise"
    COLLECTIVITES = "COLLECTIVITES", "association de collectivités"
    RESEAU = "RESEAU", "réseau associatif"
    ORGANISATION_PROFESSIONNELLE = "ORGANISATION_PROFESSIONNELLE", "organisation professionnelle"
    ENSEIGNEMENT = "ENSEIGNEMENT", "enseignement supérieur"


class MembreGIP(FicheCorrigeable):
    """A member of the public-interest group, as the cahier des charges of a year lists it."""

    nom = models.CharField("nom", max_length=160)
    type_membre = models.CharField("type", max_length=30, choices=TypeMembre)
    ordre = models.PositiveSmallIntegerField("ordre dans le texte")
    annee = models.PositiveSmallIntegerField("année du texte")

    class Meta:
        verbose_name = "membre du GIP"
        verbose_name_plural = "membres du GIP"
        ordering = ("annee", "ordre")
        constraints = (models.UniqueConstraint(fields=("annee", "nom"), name="membre_gip_unique"),)

    def __str__(self) -> str:
        return self.nom


class Crous(FicheCorrigeable):
    """A regional centre that pays the learners' aid and hears of assiduity breaches."""

    nom = models.CharField("nom", max_length=120, unique=True)
    #: The region of its seat; it serves the departments of its académie, which may lie elsewhere.
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="crous", verbose_name="région")
    departements = models.ManyToManyField(Departement, related_name="crous", verbose_name="départements")
    site = models.URLField("site", blank=True)

    class Meta:
        verbose_name = "CROUS"
        verbose_name_plural = "CROUS"
        ordering = ("nom",)

    def __str__(self) -> str:
        return self.nom


class CarifOref(FicheCorrigeable):
    """The regional body at which sessions are referenced (CdC 3b)."""

    nom = models.CharField("nom", max_length=120, unique=True)
    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, related_name="carif_oref", verbose_name="région"
    )
    site = models.URLField("site", blank=True)

    class Meta:
        verbose_name = "CARIF-OREF"
        verbose_name_plural = "CARIF-OREF"
        ordering = ("region", "nom")

    def __str__(self) -> str:
        return self.nom
