from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

from labellisation import cycle as etats
from socle.models.base import Agregat

if TYPE_CHECKING:
    from socle.cycles import Cycle


class Decision(Agregat):
    """A decision about a dossier: taken first, announced later (DOMAIN §2)."""

    cycle: ClassVar["Cycle"] = etats.DECISION

    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.PROTECT, related_name="decisions"
    )
    #: None for an inadmissibility, which is decided outside a séance.
    inscription = models.ForeignKey(
        "labellisation.Inscription",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
    )
    nature = models.CharField("nature", max_length=30, choices=etats.NatureDecision)
    etat = models.CharField(
        "état", max_length=20, choices=etats.DECISION.choices, default=etats.PRISE, editable=False
    )
    motifs = models.TextField("motifs")
    #: Failing criteria of an inadmissibility, by number.
    criteres = models.JSONField("critères en cause", default=list)
    condition = models.CharField("condition", max_length=255, blank=True)
    condition_avant = models.DateField("condition à remplir avant le", null=True, blank=True)
    signataire_nom = models.CharField("nom du signataire", max_length=150, blank=True)
    signataire_qualite = models.CharField("qualité du signataire", max_length=150, blank=True)
    #: By what right an instructor signed; empty when the direction signs itself.
    delegation = models.ForeignKey(
        "labellisation.DelegationSignature",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decisions",
    )
    prise_par = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="+")
    prise_le = models.DateTimeField("prise le")
    notifiee_le = models.DateTimeField("notifiée le", null=True, blank=True, editable=False)
    retiree_le = models.DateTimeField("retirée le", null=True, blank=True, editable=False)
    #: The first opening of the letter by a member of the porteur: the proof of reading (R18).
    lettre_lue_le = models.DateTimeField("lettre ouverte le", null=True, blank=True, editable=False)
    lettre = models.ForeignKey(
        "socle.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "décision"
        verbose_name_plural = "décisions"
        ordering = ("-prise_le",)
        constraints = [
            models.UniqueConstraint(
                fields=("candidature",),
                condition=Q(etat=etats.PRISE),
                name="une_decision_en_attente_par_dossier",
            ),
            models.CheckConstraint(
                condition=Q(etat__in=etats.ANNONCEES, notifiee_le__isnull=False)
                | Q(~Q(etat__in=etats.ANNONCEES), notifiee_le__isnull=True),
                name="decision_notifiee_le",
            ),
            models.CheckConstraint(
                condition=Q(lettre_lue_le__isnull=True) | Q(etat__in=etats.ANNONCEES),
                name="decision_lue_notifiee",
                violation_error_message="Seule la lettre d’une décision notifiée se lit.",
            ),
            models.CheckConstraint(
                condition=~Q(nature=etats.NatureDecision.LABELLISEE_SOUS_CONDITION)
                | Q(condition_avant__isnull=False),
                name="decision_condition_datee",
                violation_error_message="Une condition porte une date.",
            ),
            models.CheckConstraint(
                condition=Q(etat=etats.PRISE) | Q(etat=etats.CADUQUE) | ~Q(signataire_nom=""),
                name="decision_notifiee_signee",
                violation_error_message="Une décision notifiée porte le nom de son signataire.",
            ),
            models.CheckConstraint(
                condition=Q(etat=etats.RETIREE, retiree_le__isnull=False)
                | Q(~Q(etat=etats.RETIREE), retiree_le__isnull=True),
                name="decision_retiree_le",
                violation_error_message="Une décision retirée porte la date de son retrait.",
            ),
        ]

    @property
    def chaine_journal(self) -> str:
        """The dossier's chain."""
        return f"dossier:{self.candidature_id}"
