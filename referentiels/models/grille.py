"""The criteria of a call and its scoring grid, as one versioned set (R15, R19)."""

from datetime import date

from django.db import models
from django.db.models import Q

from socle.models.base import Agregat

NIVEAU_MAX = 4


class GrilleQuerySet(models.QuerySet["Grille"]):
    """Versions of the criteria."""

    def en_vigueur(self, jour: date) -> "GrilleQuerySet":
        """Keep the versions in force on ``jour`` (both bounds included)."""
        return self.filter(
            Q(en_vigueur_au__isnull=True) | Q(en_vigueur_au__gte=jour), en_vigueur_du__lte=jour
        )


class Grille(Agregat):
    """A version of the ten admissibility and six selection criteria of a call.

    Its structure (numbers, weights, indicators) never changes once loaded: scores rest on it. A new
    structure is a new version.
    """

    version = models.CharField("version", max_length=20, unique=True)
    libelle = models.CharField("libellé", max_length=200)
    appel_code = models.CharField("code de l’appel", max_length=20)
    en_vigueur_du = models.DateField("en vigueur du")
    en_vigueur_au = models.DateField("en vigueur jusqu’au", null=True, blank=True)
    source = models.CharField("source", max_length=200)

    objects = GrilleQuerySet.as_manager()

    class Meta:
        verbose_name = "grille de critères"
        verbose_name_plural = "grilles de critères"
        ordering = ("-en_vigueur_du", "-version")
        constraints = (
            models.CheckConstraint(
                condition=Q(en_vigueur_au__isnull=True) | Q(en_vigueur_au__gte=models.F("en_vigueur_du")),
                name="grille_dates_ordonnees",
                violation_error_message="La fin de vigueur ne peut pas précéder son début.",
            ),
        )

    def __str__(self) -> str:
        return self.libelle


class CritereRecevabilite(Agregat):
    """One of the ten admissibility criteria, with the text of the cahier des charges."""

    grille = models.ForeignKey(Grille, on_delete=models.CASCADE, related_name="criteres_recevabilite")
    numero = models.PositiveSmallIntegerField("numéro")
    #: A few words, for lists and headings.
    titre = models.CharField("titre court", max_length=80)
    intitule = models.TextField("critère")
    precisions = models.TextField("précisions", blank=True)
    #: Whether "sans objet" is a verdict that the text allows.
    sans_objet_permis = models.BooleanField("«\u00a0sans objet\u00a0» permis", default=False)
    sans_objet_cas = models.CharField("quand il est sans objet", max_length=200, blank=True)

    class Meta:
        verbose_name = "critère de recevabilité"
        verbose_name_plural = "critères de recevabilité"
        ordering = ("grille", "numero")
        constraints = (
            models.UniqueConstraint(fields=("grille", "numero"), name="recevabilite_numero_unique"),
            models.CheckConstraint(
                condition=Q(numero__gte=1, numero__lte=10), name="recevabilite_numero_1_a_10"
            ),
            models.CheckConstraint(
                condition=Q(sans_objet_permis=False) | ~Q(sans_objet_cas=""),
                name="recevabilite_sans_objet_explique",
            ),
        )

    def __str__(self) -> str:
        return f"{self.numero}. {self.titre}"


class CritereSelection(Agregat):
    """One of the six selection criteria, with its weight in the score."""

    grille = models.ForeignKey(Grille, on_delete=models.CASCADE, related_name="criteres_selection")
    numero = models.PositiveSmallIntegerField("numéro")
    titre = models.CharField("titre court", max_length=80)
    intitule = models.TextField("critère")
    precisions = models.TextField("précisions", blank=True)
    poids = models.PositiveSmallIntegerField("poids", default=1)

    class Meta:
        verbose_name = "critère de sélection"
        verbose_name_plural = "critères de sélection"
        ordering = ("grille", "numero")
        constraints = (
            models.UniqueConstraint(fields=("grille", "numero"), name="selection_numero_unique"),
            models.CheckConstraint(condition=Q(numero__gte=1, numero__lte=6), name="selection_numero_1_a_6"),
            models.CheckConstraint(condition=Q(poids__gte=1), name="selection_poids_positif"),
        )

    def __str__(self) -> str:
        return f"{self.numero}. {self.titre}"


class Indicateur(Agregat):
    """What is looked at to note a criterion, on five anchored levels (R19)."""

    critere = models.ForeignKey(
        CritereSelection, verbose_name="critère", on_delete=models.CASCADE, related_name="indicateurs"
    )
    code = models.CharField("code", max_length=10)
    ordre = models.PositiveSmallIntegerField("ordre")
    intitule = models.CharField("indicateur", max_length=200)
    poids = models.PositiveSmallIntegerField("poids", default=1)
    #: Criterion 1's own indicator for partnerships with companies: its own ranking column (R19).
    est_partenariats_entreprises = models.BooleanField("partenariats avec les entreprises", default=False)

    class Meta:
        verbose_name = "indicateur"
        verbose_name_plural = "indicateurs"
        ordering = ("critere__numero", "ordre")
        constraints = (
            models.UniqueConstraint(fields=("critere", "code"), name="indicateur_code_unique"),
            models.UniqueConstraint(fields=("critere", "ordre"), name="indicateur_ordre_unique"),
            models.CheckConstraint(condition=Q(poids__gte=1), name="indicateur_poids_positif"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.intitule}"


class NiveauIndicateur(Agregat):
    """One anchored level: the evidence that one must have seen to give it."""

    indicateur = models.ForeignKey(Indicateur, on_delete=models.CASCADE, related_name="niveaux")
    niveau = models.PositiveSmallIntegerField("niveau")
    phrase = models.TextField("ce que l’on constate")

    class Meta:
        verbose_name = "niveau d’un indicateur"
        verbose_name_plural = "niveaux des indicateurs"
        ordering = ("indicateur", "niveau")
        constraints = (
            models.UniqueConstraint(fields=("indicateur", "niveau"), name="niveau_indicateur_unique"),
            models.CheckConstraint(condition=Q(niveau__lte=NIVEAU_MAX), name="niveau_indicateur_0_a_4"),
        )

    def __str__(self) -> str:
        return f"{self.niveau} — {self.phrase}"
