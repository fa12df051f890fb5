from django.db import models
from django.db.models import F, Q

from comptes.models.utilisateur import Utilisateur
from socle import horloge
from socle.models.base import Agregat


class VoirComme(Agregat):
    """An agent of GEN looks at the portal as a person sees it, for a reason and for a short time."""

    class Fin(models.TextChoices):
        QUITTEE = "QUITTEE", "quittée"
        DELAI = "DELAI", "arrêtée par la durée limite"
        REMPLACEE = "REMPLACEE", "remplacée par une autre"
        INTERROMPUE = "INTERROMPUE", "interrompue\u00a0: elle n’était plus permise"

    agent = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+", verbose_name="vu par")
    personne = models.ForeignKey(
        Utilisateur, on_delete=models.PROTECT, related_name="vues", verbose_name="personne vue"
    )
    motif = models.TextField("motif", max_length=1000)
    commencee_le = models.DateTimeField("commencée le", default=horloge.now)
    # The machine's clock, as every limit of a session: moving the demo's must not stretch it.
    limite_reelle = models.DateTimeField("limite réelle")
    terminee_le = models.DateTimeField("terminée le", null=True, blank=True)
    fin = models.CharField("fin", max_length=12, choices=Fin.choices, blank=True)

    class Meta:
        verbose_name = "consultation «\u00a0voir comme\u00a0»"
        verbose_name_plural = "consultations «\u00a0voir comme\u00a0»"
        ordering = ("-commencee_le",)
        constraints = [
            models.UniqueConstraint(
                fields=("agent",),
                condition=Q(terminee_le__isnull=True),
                name="voir_comme_une_a_la_fois",
                violation_error_message="Une consultation est déjà en cours.",
            ),
            models.CheckConstraint(
                condition=~Q(agent=F("personne")),
                name="voir_comme_un_autre",
                violation_error_message="On ne se voit pas soi-même.",
            ),
            models.CheckConstraint(
                condition=Q(terminee_le__isnull=True, fin="") | (Q(terminee_le__isnull=False) & ~Q(fin="")),
                name="voir_comme_fin_datee",
                violation_error_message="Une consultation terminée a une fin et une date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent} voit comme {self.personne}"

    @property
    def minutes_restantes(self) -> int:
        """Return the minutes left, the begun one counted."""
        return max(0, -int((horloge.real_now() - self.limite_reelle).total_seconds() // 60))
