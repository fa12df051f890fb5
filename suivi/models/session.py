from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q

from socle import visibilite
from socle.models.base import Agregat
from suivi import cycle as etats

if TYPE_CHECKING:
    from socle.cycles import Cycle


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, user: Any) -> "SessionQuerySet":
        """Keep the sessions of the user's formations, or those their role follows."""
        return visibilite.visible(self, user)


class Session(Agregat):
    """A session of a labelled formation (R22b)."""

    class Mode(models.TextChoices):
        PRESENTIEL = "PRESENTIEL", "En présentiel"
        DISTANCIEL = "DISTANCIEL", "À distance"
        TELEPRESENTIEL = "TELEPRESENTIEL", "En téléprésentiel"
        MIXTE = "MIXTE", "Mixte"

    cycle: ClassVar["Cycle"] = etats.SESSION

    label = models.ForeignKey("labellisation.Label", on_delete=models.PROTECT, related_name="sessions")
    numero = models.PositiveSmallIntegerField("numéro")
    etat = models.CharField(
        "état", max_length=20, choices=etats.SESSION.choices, default=etats.PLANIFIEE, editable=False
    )
    #: The convention's date, else the dossier's: postponements count from it (CdC 3a).
    debut_reference = models.DateField("début de référence")
    debut = models.DateField("début")
    fin = models.DateField("fin, immersion comprise")
    #: Planned by the dossier for a day gone by when the convention was made: ``debut`` is that day.
    a_redater = models.BooleanField("à redater", default=False)
    lieu = models.CharField("lieu", max_length=200, blank=True)
    mode = models.CharField("modalité", max_length=20, choices=Mode, blank=True)
    places = models.PositiveSmallIntegerField("places")
    carif_oref = models.CharField("référence CARIF-OREF", max_length=60, blank=True)
    mon_compte_formation = models.CharField("référence Mon Compte Formation", max_length=60, blank=True)
    entrees_kairos_le = models.DateField("entrées déclarées dans KAIROS le", null=True, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = "session"
        verbose_name_plural = "sessions"
        ordering = ("debut",)
        constraints = [
            models.UniqueConstraint(fields=("label", "numero"), name="session_unique_par_label"),
            models.CheckConstraint(
                condition=Q(fin__gte=models.F("debut")),
                name="session_dates",
                violation_error_message="La session finit après son début.",
            ),
            models.CheckConstraint(
                condition=Q(a_redater=False) | Q(etat__in=(etats.PLANIFIEE, etats.ANNULEE)),
                name="session_a_redater_non_demarree",
                violation_error_message="Une session à redater ne peut pas démarrer.",
            ),
        ]

    def __str__(self) -> str:
        return f"Session {self.numero}"

    @property
    def chaine_journal(self) -> str:
        """The dossier's chain (``label`` is always selected with a session)."""
        return self.label.chaine_journal


class ReportSession(Agregat):
    """A postponement of a session, old and new date (CdC 3a)."""

    session = models.ForeignKey(Session, on_delete=models.PROTECT, related_name="reports")
    ancien_debut = models.DateField("ancien début")
    nouveau_debut = models.DateField("nouveau début")
    motif = models.CharField("motif", max_length=255)

    class Meta:
        verbose_name = "report de session"
        verbose_name_plural = "reports de session"
