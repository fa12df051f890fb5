from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q

from candidatures import cycle as etats
from socle import visibilite
from socle.models.base import Agregat

if TYPE_CHECKING:
    from socle.cycles import Cycle


class CandidatureQuerySet(models.QuerySet["Candidature"]):
    def visible_to(self, user: Any) -> "CandidatureQuerySet":
        """Keep the dossiers that a registered policy shows to ``user``, conflicts taken out."""
        return visibilite.visible(self, user)


class Candidature(Agregat):
    """One dossier for one formation (R8)."""

    cycle: ClassVar["Cycle"] = etats.CYCLE
    #: What no verb changes with a dossier: not read again at each lock.
    liens_stables: ClassVar[tuple[str, ...]] = ("structure", "appel")

    reference = models.CharField("référence", max_length=20, unique=True, editable=False)
    appel = models.ForeignKey("candidatures.Appel", on_delete=models.PROTECT, related_name="candidatures")
    structure = models.ForeignKey("comptes.Structure", on_delete=models.PROTECT, related_name="candidatures")
    cree_par = models.ForeignKey(
        "comptes.Utilisateur", on_delete=models.PROTECT, related_name="+", verbose_name="créé par"
    )
    #: Who of the structure's members follows the dossier for it; nobody is, in those of before.
    suivie_par = models.ForeignKey(
        "comptes.Utilisateur",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name="suivie par",
    )
    etat = models.CharField(
        "état", max_length=20, choices=etats.CYCLE.choices, default=etats.BROUILLON, editable=False
    )
    deposee_le = models.DateTimeField("déposée le", null=True, blank=True, editable=False)
    retiree_le = models.DateTimeField("retirée le", null=True, blank=True, editable=False)
    releve_arrivee = models.ForeignKey(
        "candidatures.Releve",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="arrivees",
        verbose_name="relevé d’arrivée",
    )
    releve_examen = models.ForeignKey(
        "candidatures.Releve",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="examens",
        verbose_name="relevé d’examen",
    )
    #: First day on which a draft may be deposited: the renewal of a label waits for its end (R13).
    depot_des = models.DateField("déposable à partir du", null=True, blank=True, editable=False)
    #: When silence becomes a rejection (``candidatures.domain.silence``), for lists sorted by what is
    #: nearest. Empty for a draft, and while compléments are asked: the delay is suspended.
    rejet_implicite_le = models.DateField("rejet implicite le", null=True, blank=True, editable=False)
    #: When a recours was accepted: the delay of silence runs from there.
    rouverte_le = models.DateTimeField("rouverte le", null=True, blank=True, editable=False)
    #: Copied from the sections at each save, for lists and filters.
    intitule = models.CharField("intitulé de la formation", max_length=200, blank=True)
    region = models.ForeignKey(
        "referentiels.Region",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="région",
    )
    #: Pushed down at the notification; the porteur's status derives from it alone (R39).
    issue_notifiee = models.CharField("issue notifiée", max_length=30, blank=True, editable=False)
    notifiee_le = models.DateTimeField("notifiée le", null=True, blank=True, editable=False)

    objects = CandidatureQuerySet.as_manager()

    class Meta:
        verbose_name = "candidature"
        verbose_name_plural = "candidatures"
        ordering = ("-cree_le",)
        indexes = [
            models.Index(fields=("etat", "deposee_le"), name="candidature_etat"),
            models.Index(fields=("structure", "cree_le"), name="candidature_structure"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(etat=etats.BROUILLON, deposee_le__isnull=True)
                | Q(~Q(etat=etats.BROUILLON), deposee_le__isnull=False),
                name="candidature_deposee_le",
                violation_error_message="Un dossier déposé porte sa date de dépôt, un brouillon n’en a pas.",
            ),
            models.CheckConstraint(
                condition=Q(etat=etats.SANS_SUITE, retiree_le__isnull=False)
                | Q(~Q(etat=etats.SANS_SUITE), retiree_le__isnull=True),
                name="candidature_retiree_le",
                violation_error_message="Un dossier retiré porte sa date de retrait.",
            ),
            models.CheckConstraint(
                condition=Q(issue_notifiee="", notifiee_le__isnull=True)
                | Q(~Q(issue_notifiee=""), notifiee_le__isnull=False),
                name="candidature_notifiee_le",
                violation_error_message="Une issue notifiée porte sa date.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} — {self.intitule or 'formation sans intitulé'}"

    @property
    def chaine_journal(self) -> str:
        """The dossier's own chain."""
        return f"dossier:{self.pk}"

    @property
    def est_brouillon(self) -> bool:
        """Whether the dossier is not deposited."""
        return self.etat == etats.BROUILLON


class EtatSection(models.Model):
    """Completion of one of the eleven sections, stored so that the task list reads one query."""

    class Avancement(models.TextChoices):
        A_COMMENCER = "A_COMMENCER", "À commencer"
        EN_COURS = "EN_COURS", "En cours"
        TERMINEE = "TERMINEE", "Terminée"
        A_CORRIGER = "A_CORRIGER", "À corriger"
        SANS_OBJET = "SANS_OBJET", "Sans objet"

    candidature = models.ForeignKey(Candidature, on_delete=models.CASCADE, related_name="etats_sections")
    section = models.CharField("section", max_length=20)
    avancement = models.CharField(
        "avancement", max_length=20, choices=Avancement.choices, default=Avancement.A_COMMENCER
    )
    #: Grows at each save; a form sent with an older version is told what changed (R10).
    version = models.PositiveIntegerField("version", default=0)
    manques = models.PositiveSmallIntegerField("éléments manquants", default=0)
    modifiee_par = models.ForeignKey(
        "comptes.Utilisateur", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    modifiee_le = models.DateTimeField("modifiée le", null=True, blank=True)

    class Meta:
        verbose_name = "état de section"
        verbose_name_plural = "états de sections"
        constraints = [
            models.UniqueConstraint(fields=("candidature", "section"), name="section_unique_par_dossier")
        ]
