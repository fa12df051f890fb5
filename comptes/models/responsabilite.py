from django.db import models
from django.db.models import F, Q

from comptes.models.structure import Structure
from comptes.models.utilisateur import Utilisateur
from socle import horloge
from socle.models.base import Agregat


class EtatTransmission(models.TextChoices):
    """Where a transmission stands, derived from its dates and the clock."""

    EN_ATTENTE = "EN_ATTENTE", "En attente"
    EXPIREE = "EXPIREE", "Expirée"
    ACCEPTEE = "ACCEPTEE", "Acceptée"
    REFUSEE = "REFUSEE", "Refusée"
    RETIREE = "RETIREE", "Retirée"


class TransmissionQuerySet(models.QuerySet["Transmission"]):
    """Transmissions."""

    def ouvertes(self) -> "TransmissionQuerySet":
        """Keep those that nobody has closed, expired ones too."""
        return self.filter(acceptee_le__isnull=True, refusee_le__isnull=True, retiree_le__isnull=True)

    def en_attente(self) -> "TransmissionQuerySet":
        """Keep those that can still be accepted."""
        return self.ouvertes().filter(expire_le__gt=horloge.now())


class Transmission(Agregat):
    """A responsable proposes their role to another member, who accepts or not."""

    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="transmissions", verbose_name="structure"
    )
    de = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+", verbose_name="de")
    vers = models.ForeignKey(Utilisateur, on_delete=models.PROTECT, related_name="+", verbose_name="vers")
    conserve = models.BooleanField("reste aussi responsable", default=False)
    expire_le = models.DateTimeField("expire le")
    acceptee_le = models.DateTimeField("acceptée le", null=True, blank=True)
    refusee_le = models.DateTimeField("refusée le", null=True, blank=True)
    retiree_le = models.DateTimeField("retirée le", null=True, blank=True)

    objects = TransmissionQuerySet.as_manager()

    class Meta:
        verbose_name = "transmission du rôle de responsable"
        verbose_name_plural = "transmissions du rôle de responsable"
        ordering = ("-cree_le",)
        constraints = [
            models.UniqueConstraint(
                fields=("structure",),
                condition=Q(acceptee_le__isnull=True, refusee_le__isnull=True, retiree_le__isnull=True),
                name="transmission_une_ouverte",
                violation_error_message="Une transmission attend déjà une réponse.",
            ),
            models.CheckConstraint(
                condition=Q(acceptee_le__isnull=True, refusee_le__isnull=True)
                | Q(acceptee_le__isnull=True, retiree_le__isnull=True)
                | Q(refusee_le__isnull=True, retiree_le__isnull=True),
                name="transmission_une_issue",
                violation_error_message="Une transmission a une seule issue.",
            ),
            models.CheckConstraint(
                condition=~Q(de=F("vers")),
                name="transmission_a_un_autre",
                violation_error_message="Le rôle se transmet à une autre personne.",
            ),
        ]

    def __str__(self) -> str:
        return f"Transmission de {self.de} à {self.vers}"

    @property
    def etat(self) -> EtatTransmission:
        """Return where it stands now, by the business clock."""
        if self.acceptee_le is not None:
            return EtatTransmission.ACCEPTEE
        if self.refusee_le is not None:
            return EtatTransmission.REFUSEE
        if self.retiree_le is not None:
            return EtatTransmission.RETIREE
        return EtatTransmission.EN_ATTENTE if self.expire_le > horloge.now() else EtatTransmission.EXPIREE

    @property
    def chaine_journal(self) -> str:
        """Transmissions stand in the structure's chain."""
        return f"structure:{self.structure_id}"


class DemandeResponsable(Agregat):
    """Members without a responsable ask GEN to name one."""

    class Issue(models.TextChoices):
        NOMMEE = "NOMMEE", "Un responsable a été nommé"
        REJETEE = "REJETEE", "Rejetée"

    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="demandes_responsable", verbose_name="structure"
    )
    demandeur = models.ForeignKey(
        Utilisateur, on_delete=models.PROTECT, related_name="+", verbose_name="demandeur"
    )
    motif = models.TextField("motif", max_length=1000)
    issue = models.CharField("issue", max_length=10, choices=Issue.choices, blank=True)
    reponse = models.TextField("réponse", max_length=1000, blank=True)
    traitee_le = models.DateTimeField("traitée le", null=True, blank=True)
    traitee_par = models.ForeignKey(
        Utilisateur,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="traitée par",
    )

    class Meta:
        verbose_name = "demande de responsable"
        verbose_name_plural = "demandes de responsable"
        ordering = ("-cree_le",)
        constraints = [
            models.UniqueConstraint(
                fields=("structure",),
                condition=Q(traitee_le__isnull=True),
                name="demande_responsable_une_ouverte",
                violation_error_message="Une demande attend déjà la réponse de la GEN.",
            ),
            models.CheckConstraint(
                condition=Q(traitee_le__isnull=True, issue="", traitee_par__isnull=True)
                | (Q(traitee_le__isnull=False, traitee_par__isnull=False) & ~Q(issue="")),
                name="demande_responsable_issue_datee",
                violation_error_message="Une demande traitée a une issue, une date et un auteur.",
            ),
        ]

    def __str__(self) -> str:
        return f"Demande d’un responsable pour {self.structure}"

    @property
    def chaine_journal(self) -> str:
        """Requests stand in the structure's chain."""
        return f"structure:{self.structure_id}"
