"""Obligations (R26) and the ledger of their reminders (R27)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from socle import horloge
from socle.models.base import Agregat
from socle.models.courriel import Courriel
from socle.references import Reference

OUVERTE = Q(remplie_le__isnull=True, levee_le__isnull=True, close_le__isnull=True)


class EcheanceQuerySet(models.QuerySet["Echeance"]):
    """Selections of obligations."""

    def open(self) -> EcheanceQuerySet:
        """Neither fulfilled, nor waived, nor closed."""
        return self.filter(OUVERTE)

    def late(self, today: date | None = None) -> EcheanceQuerySet:
        """Open and past their date: derived from the clock, never stored (R26)."""
        return self.open().filter(due__lt=today or horloge.today())

    def about(self, sujet: Reference) -> EcheanceQuerySet:
        """Obligations about one object."""
        return self.filter(sujet_genre=sujet.genre, sujet_id=sujet.id)

    def of(self, responsable: Reference) -> EcheanceQuerySet:
        """Obligations of one structure or person."""
        return self.filter(responsable_genre=responsable.genre, responsable_id=responsable.id)

    def visible_to(self, user: Any) -> models.QuerySet[Echeance]:
        """What the registered visibility filters let ``user`` see."""
        from socle import visibilite

        return visibilite.visible(self, user)


class Echeance(Agregat):
    """Something somebody must do by a date; changed only through ``socle.echeances``."""

    genre = models.CharField("genre", max_length=100)
    sujet_genre = models.CharField("genre du sujet", max_length=100)
    sujet_id = models.UUIDField("sujet")
    #: Tells apart several obligations of one kind about one subject (a year, a number).
    cle = models.CharField("clé", max_length=100, blank=True, default="")
    detail = models.CharField("détail", max_length=300, blank=True)
    due = models.DateField("échéance")
    #: Reminder steps count from this day (R6: "avant le 31 janvier" aims at the 30th).
    rappel_compte_de = models.DateField("rappels comptés de")
    #: Next day on which the sweep looks at this row; null when no step is left.
    prochain_rappel = models.DateField("prochain rappel", null=True, blank=True)
    regle = models.CharField("règle qui donne la date", max_length=300, blank=True)
    responsable_genre = models.CharField("genre du responsable", max_length=100)
    responsable_id = models.UUIDField("responsable")
    chaine = models.CharField("chaîne du journal", max_length=120)
    remplie_le = models.DateTimeField("remplie le", null=True, blank=True)
    preuve_genre = models.CharField("genre de la preuve", max_length=100, blank=True)
    preuve_id = models.UUIDField("preuve", null=True, blank=True)
    levee_le = models.DateTimeField("levée le", null=True, blank=True)
    levee_par_genre = models.CharField("genre de qui l’a levée", max_length=100, blank=True)
    levee_par_id = models.UUIDField("levée par", null=True, blank=True)
    levee_motif = models.TextField("motif de la levée", blank=True)
    close_le = models.DateTimeField("close le", null=True, blank=True)
    close_motif = models.TextField("motif de la clôture", blank=True)

    objects = EcheanceQuerySet.as_manager()

    class Meta:
        verbose_name = "échéance"
        verbose_name_plural = "échéances"
        ordering = ("due", "genre", "id")
        indexes = (
            models.Index(fields=("due",), condition=OUVERTE, name="echeance_ouverte_due"),
            models.Index(fields=("prochain_rappel",), condition=OUVERTE, name="echeance_rappel"),
            models.Index(fields=("sujet_genre", "sujet_id"), name="echeance_sujet"),
            models.Index(fields=("responsable_genre", "responsable_id", "due"), name="echeance_responsable"),
            models.Index(fields=("chaine", "due"), name="echeance_chaine"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("genre", "sujet_genre", "sujet_id", "cle"),
                name="echeance_unique",
                violation_error_message="Cette échéance existe déjà.",
            ),
            models.CheckConstraint(
                condition=OUVERTE
                | Q(remplie_le__isnull=False, levee_le__isnull=True, close_le__isnull=True)
                | Q(remplie_le__isnull=True, levee_le__isnull=False, close_le__isnull=True)
                | Q(remplie_le__isnull=True, levee_le__isnull=True, close_le__isnull=False),
                name="echeance_une_seule_issue",
                violation_error_message=(
                    "Une échéance est remplie, levée ou close\u00a0: jamais deux à la fois."
                ),
            ),
            models.CheckConstraint(
                condition=Q(levee_le__isnull=True, levee_motif="", levee_par_genre="", levee_par_id=None)
                | (
                    Q(levee_le__isnull=False, levee_par_id__isnull=False)
                    & ~Q(levee_motif="")
                    & ~Q(levee_par_genre="")
                ),
                name="echeance_levee_motivee",
                violation_error_message="Une échéance levée porte son motif et la personne qui l’a levée.",
            ),
            models.CheckConstraint(
                condition=Q(close_le__isnull=True, close_motif="")
                | (Q(close_le__isnull=False) & ~Q(close_motif="")),
                name="echeance_close_motivee",
                violation_error_message="Une échéance close porte son motif.",
            ),
            models.CheckConstraint(
                condition=Q(preuve_genre="", preuve_id__isnull=True)
                | (Q(preuve_id__isnull=False, remplie_le__isnull=False) & ~Q(preuve_genre="")),
                name="echeance_preuve_si_remplie",
                violation_error_message="Seule une échéance remplie porte une preuve.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.libelle} ({self.due:%d/%m/%Y})"

    @property
    def libelle(self) -> str:
        """What has to be done, in words, from the registered kind."""
        from socle.echeances import kind

        libelle = kind(self.genre).libelle
        return f"{libelle} — {self.detail}" if self.detail else libelle

    @property
    def comment_faire(self) -> str:
        """How to meet it when no page of the portal does, from the registered kind."""
        from socle.echeances import kind

        return kind(self.genre).mention

    @property
    def sujet(self) -> Reference:
        """What the obligation is about."""
        return Reference(self.sujet_genre, self.sujet_id)

    @property
    def responsable(self) -> Reference:
        """The structure or person who must act."""
        return Reference(self.responsable_genre, self.responsable_id)

    @property
    def preuve(self) -> Reference | None:
        """What fulfilled it."""
        return Reference(self.preuve_genre, self.preuve_id) if self.preuve_id else None

    @property
    def levee_par(self) -> Reference | None:
        """Who waived it."""
        return Reference(self.levee_par_genre, self.levee_par_id) if self.levee_par_id else None

    @property
    def est_ouverte(self) -> bool:
        """Whether it still asks for something."""
        return self.remplie_le is None and self.levee_le is None and self.close_le is None

    @property
    def est_en_retard(self) -> bool:
        """Open and past its date, by the clock."""
        return self.est_ouverte and self.due < horloge.today()

    @property
    def chaine_journal(self) -> str:
        """The chain given when it was created."""
        return self.chaine


class Rappel(Agregat):
    """One line of the ledger: a step of an obligation, for one recipient and one due date.

    ``due`` is part of the key because a postponed obligation has steps of its own for its new date,
    while the steps already sent for the former date stay what they are.
    """

    class Etat(models.TextChoices):
        ENVOYE = "ENVOYE", "envoyé"
        DEPASSE = "DEPASSE", "dépassé"

    echeance = models.ForeignKey(
        Echeance, verbose_name="échéance", on_delete=models.PROTECT, related_name="rappels"
    )
    due = models.DateField("échéance rappelée")
    etape = models.SmallIntegerField("étape, en jours")
    destinataire_genre = models.CharField("genre du destinataire", max_length=100)
    destinataire_id = models.UUIDField("destinataire")
    etat = models.CharField("état", max_length=10, choices=Etat.choices)
    courriel = models.ForeignKey(
        Courriel,
        verbose_name="courriel",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="rappels",
    )

    class Meta:
        verbose_name = "rappel"
        verbose_name_plural = "rappels"
        ordering = ("cree_le", "etape", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("echeance", "due", "etape", "destinataire_genre", "destinataire_id"),
                name="rappel_unique",
                violation_error_message="Ce rappel existe déjà.",
            ),
            models.CheckConstraint(
                condition=Q(etat="ENVOYE", courriel__isnull=False) | Q(etat="DEPASSE", courriel__isnull=True),
                name="rappel_envoye_avec_courriel",
                violation_error_message=(
                    "Un rappel envoyé porte son courriel\u00a0; un rappel dépassé n’en a pas."
                ),
            ),
        )

    def __str__(self) -> str:
        return f"J{self.etape:+d}"

    @property
    def destinataire(self) -> Reference:
        """Whom the reminder is for."""
        return Reference(self.destinataire_genre, self.destinataire_id)
