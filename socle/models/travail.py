"""A job in the background: a row with a key, a lease and its progress; a message only wakes it."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models import F, Q

from socle import horloge
from socle.models.base import Agregat


class BailPerdu(Exception):
    """Another worker took the job over: whoever held it must stop and write nothing."""


class TravailQuerySet(models.QuerySet["Travail"]):
    """Selections of jobs."""

    def overdue(self) -> TravailQuerySet:
        """Jobs that nobody holds and that may run: never taken, lease over, or retry due."""
        maintenant = horloge.real_now()
        return self.filter(
            Q(etat__in=(Travail.Etat.A_FAIRE, Travail.Etat.ECHEC), prochaine_tentative__lte=maintenant)
            | Q(etat=Travail.Etat.EN_COURS, bail_jusqu_a__lte=maintenant)
        )


class Travail(Agregat):
    """What is to be done, by whom it is held and until when, and how far it is.

    Leases and retries follow the machine's clock, never the business clock of the demo.
    """

    class Etat(models.TextChoices):
        A_FAIRE = "A_FAIRE", "à faire"
        EN_COURS = "EN_COURS", "en cours"
        FAIT = "FAIT", "fait"
        ECHEC = "ECHEC", "échec, nouvel essai prévu"
        MORT = "MORT", "abandonné"

    genre = models.CharField("genre", max_length=100)
    cle = models.CharField("clé", max_length=250, unique=True)
    charge = models.JSONField("charge", default=dict)
    etat = models.CharField("état", max_length=10, choices=Etat.choices, default=Etat.A_FAIRE)
    #: Who holds the lease: a value drawn at each claim; results are written only under it.
    jeton = models.UUIDField("jeton du bail", null=True, blank=True)
    bail_jusqu_a = models.DateTimeField("bail jusqu’à", null=True, blank=True)
    essais = models.PositiveIntegerField("essais", default=0)
    prochaine_tentative = models.DateTimeField("prochaine tentative", default=horloge.real_now)
    #: Last wake-up published by the sweep, so that a long queue is not published again each minute.
    reveille_le = models.DateTimeField("réveillé le", null=True, blank=True)
    progres = models.PositiveIntegerField("progrès", default=0)
    total = models.PositiveIntegerField("total", default=0)
    erreur = models.TextField("dernière erreur", blank=True)
    termine_le = models.DateTimeField("terminé le", null=True, blank=True)

    objects = TravailQuerySet.as_manager()

    class Meta:
        verbose_name = "travail"
        verbose_name_plural = "travaux"
        ordering = ("cree_le", "id")
        indexes = (
            models.Index(
                fields=("prochaine_tentative",),
                condition=Q(etat__in=("A_FAIRE", "ECHEC")),
                name="travail_a_prendre",
            ),
            models.Index(fields=("bail_jusqu_a",), condition=Q(etat="EN_COURS"), name="travail_bail"),
            models.Index(fields=("termine_le",), condition=Q(etat="MORT"), name="travail_mort"),
            models.Index(fields=("-cree_le",), name="travail_cree_le"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(etat__in=("A_FAIRE", "EN_COURS", "FAIT", "ECHEC", "MORT")),
                name="travail_etat_connu",
                violation_error_message="Cet état de travail n’existe pas.",
            ),
            models.CheckConstraint(
                condition=Q(etat="EN_COURS", jeton__isnull=False, bail_jusqu_a__isnull=False)
                | (~Q(etat="EN_COURS") & Q(jeton__isnull=True, bail_jusqu_a__isnull=True)),
                name="travail_bail_en_cours",
                violation_error_message="Un travail en cours, et lui seul, porte un bail.",
            ),
            models.CheckConstraint(
                condition=Q(etat__in=("FAIT", "MORT"), termine_le__isnull=False)
                | (~Q(etat__in=("FAIT", "MORT")) & Q(termine_le__isnull=True)),
                name="travail_termine_date",
                violation_error_message="Un travail terminé ou abandonné, et lui seul, porte sa date.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.genre} ({self.cle})"

    def progress(self, fait: int, total: int) -> None:
        """Say how far the job is and renew its lease; ``BailPerdu`` if another worker has it."""
        from socle.travaux import lease_of

        bail = horloge.real_now() + timedelta(seconds=lease_of(self.genre))
        if not self._held().update(progres=fait, total=total, bail_jusqu_a=bail):
            raise BailPerdu(str(self))
        self.progres, self.total, self.bail_jusqu_a = fait, total, bail

    def confirm_held(self) -> None:
        """Lock the row inside the handler's own transaction; ``BailPerdu`` if the lease is gone.

        A handler whose result is in the database calls it in the transaction that writes the
        result, so that two workers can't both write one.
        """
        if not self._held().select_for_update().exists():
            raise BailPerdu(str(self))

    def _held(self) -> TravailQuerySet:
        return Travail.objects.filter(pk=self.pk, etat=self.Etat.EN_COURS, jeton=self.jeton)

    @classmethod
    def claim(cls, identifiant: uuid.UUID, duree: int) -> Travail | None:
        """Take an overdue job by compare-and-swap; ``None`` if it is held, done or not yet due."""
        jeton = uuid.uuid4()
        taken = (
            cls.objects.overdue()
            .filter(pk=identifiant)
            .update(
                etat=cls.Etat.EN_COURS,
                jeton=jeton,
                bail_jusqu_a=horloge.real_now() + timedelta(seconds=duree),
                essais=F("essais") + 1,
                reveille_le=None,
            )
        )
        return cls.objects.get(pk=identifiant) if taken else None

    def release(self, **valeurs: Any) -> bool:
        """Give the job back with its outcome; ``False`` if the lease is no longer ours."""
        termine = valeurs["etat"] in {self.Etat.FAIT, self.Etat.MORT}
        return bool(
            self._held().update(
                jeton=None,
                bail_jusqu_a=None,
                termine_le=horloge.real_now() if termine else None,
                modifie_le=horloge.now(),
                **valeurs,
            )
        )
