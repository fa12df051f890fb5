"""The journal's rows (DESIGN, mechanism 2): written by ``socle.journal`` alone, never changed."""

import uuid

from django.db import models
from django.db.models import Q

from socle.references import Reference
from socle.visibilite import Visibilite


class Chaine(models.Model):
    """The head of a chain: its last number and hash, locked while the chain grows."""

    chaine = models.CharField("chaîne", max_length=100, primary_key=True)
    numero = models.PositiveBigIntegerField("dernier numéro", default=0)
    empreinte = models.CharField("dernière empreinte", max_length=64, blank=True)

    class Meta:
        verbose_name = "chaîne du journal"
        verbose_name_plural = "chaînes du journal"
        ordering = ("chaine",)

    def __str__(self) -> str:
        return f"{self.chaine} n° {self.numero}"


class Evenement(models.Model):
    """One fact: who did what to what, and when; linked to the one before by its hash."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    chaine = models.CharField("chaîne", max_length=100, editable=False)
    numero = models.PositiveBigIntegerField("numéro", editable=False)
    verbe = models.CharField("fait", max_length=100, editable=False)
    sujet_genre = models.CharField("genre du sujet", max_length=100, editable=False)
    sujet_id = models.UUIDField("sujet", editable=False)
    acteur_genre = models.CharField("genre de l’acteur", max_length=100, editable=False)
    acteur_id = models.UUIDField("acteur", editable=False)
    donnees = models.JSONField("données", default=dict, editable=False)
    visibilite = models.CharField(
        "visible de", max_length=10, choices=Visibilite.choices, default=Visibilite.GEN, editable=False
    )
    #: By the business clock; the demo moves it.
    instant = models.DateTimeField("instant", editable=False)
    #: By the machine's clock.
    heure_reelle = models.DateTimeField("heure réelle", editable=False)
    #: The hash of the event before in the chain; empty for the first.
    precedent = models.CharField("empreinte précédente", max_length=64, blank=True, editable=False)
    empreinte = models.CharField("empreinte", max_length=64, editable=False)

    class Meta:
        verbose_name = "événement"
        verbose_name_plural = "événements"
        ordering = ("chaine", "numero")
        indexes = (
            models.Index(fields=("sujet_genre", "sujet_id"), name="evenement_sujet"),
            models.Index(fields=("-instant",), name="evenement_instant"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("chaine", "numero"),
                name="evenement_numero_unique",
                violation_error_message="Ce numéro est déjà pris dans la chaîne.",
            ),
            models.CheckConstraint(
                condition=Q(visibilite__in=Visibilite.values),
                name="evenement_visibilite_connue",
                violation_error_message="Cette visibilité n’existe pas.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.verbe} ({self.chaine} n° {self.numero})"

    @property
    def sujet(self) -> Reference:
        """What the event is about."""
        return Reference(self.sujet_genre, self.sujet_id)

    @property
    def acteur(self) -> Reference:
        """Who acted."""
        return Reference(self.acteur_genre, self.acteur_id)
