from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q

from labellisation import cycle as etats
from socle import visibilite
from socle.models.base import Agregat

if TYPE_CHECKING:
    from socle.cycles import Cycle


class LabelQuerySet(models.QuerySet["Label"]):
    def visible_to(self, user: Any) -> "LabelQuerySet":
        """Keep the labels of the user's structures, or those their role follows."""
        return visibilite.visible(self, user)


class Label(Agregat):
    """The label of one formation: active from the last signature, for three years (R22)."""

    cycle: ClassVar["Cycle"] = etats.LABEL

    code = models.CharField("code de vérification", max_length=20, unique=True)
    convention = models.OneToOneField(
        "labellisation.Convention", on_delete=models.PROTECT, related_name="label"
    )
    candidature = models.OneToOneField(
        "candidatures.Candidature", on_delete=models.PROTECT, related_name="label"
    )
    structure = models.ForeignKey("comptes.Structure", on_delete=models.PROTECT, related_name="labels")
    intitule = models.CharField("intitulé de la formation", max_length=200)
    region = models.ForeignKey(
        "referentiels.Region", on_delete=models.PROTECT, related_name="+", verbose_name="région"
    )
    famille = models.ForeignKey("referentiels.FamilleMetier", on_delete=models.PROTECT, related_name="+")
    certification_code = models.CharField("code RNCP ou RS", max_length=12, blank=True)
    etat = models.CharField("état", max_length=20, choices=etats.LABEL.choices, editable=False)
    debut = models.DateField("début")
    fin = models.DateField("fin (incluse)")
    condition = models.CharField("condition", max_length=255, blank=True)
    condition_avant = models.DateField("condition à remplir avant le", null=True, blank=True)
    retire_le = models.DateTimeField("retiré le", null=True, blank=True, editable=False)

    objects = LabelQuerySet.as_manager()

    class Meta:
        verbose_name = "label"
        verbose_name_plural = "labels"
        ordering = ("-debut",)
        indexes = [models.Index(fields=("fin", "etat"), name="label_fin")]
        constraints = [
            models.CheckConstraint(
                condition=Q(etat=etats.RETIRE, retire_le__isnull=False)
                | Q(~Q(etat=etats.RETIRE), retire_le__isnull=True),
                name="label_retire_le",
            ),
            models.CheckConstraint(
                condition=~Q(etat=etats.CONDITIONNEL) | Q(condition_avant__isnull=False),
                name="label_condition_datee",
            ),
            models.CheckConstraint(condition=Q(fin__gt=models.F("debut")), name="label_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.intitule} ({self.code})"

    @property
    def chaine_journal(self) -> str:
        """The dossier's chain."""
        return f"dossier:{self.candidature_id}"
