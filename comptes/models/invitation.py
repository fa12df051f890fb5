import hashlib
import secrets

from django.db import models
from django.db.models import Q

from comptes.models.structure import Structure
from comptes.models.utilisateur import Utilisateur
from comptes.roles import RoleMembre
from socle import horloge
from socle.models.base import Agregat


class Annulation(models.TextChoices):
    """Why an invitation was annulled; rows older than this column were all replaced."""

    REMPLACEE = "REMPLACEE", "remplacée par une autre"
    RETIREE = "RETIREE", "retirée par la structure"


class EtatInvitation(models.TextChoices):
    """Where an invitation stands, derived from its dates and the clock."""

    EN_ATTENTE = "EN_ATTENTE", "En attente"
    EXPIREE = "EXPIREE", "Expirée"
    ACCEPTEE = "ACCEPTEE", "Acceptée"
    RETIREE = "RETIREE", "Retirée"
    REMPLACEE = "REMPLACEE", "Remplacée"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations."""

    def en_attente(self) -> "InvitationQuerySet":
        """Keep those that can still be accepted."""
        return self.filter(acceptee_le__isnull=True, annulee_le__isnull=True, expire_le__gt=horloge.now())

    def ouvertes(self) -> "InvitationQuerySet":
        """Keep those neither accepted nor annulled, expired ones too."""
        return self.filter(acceptee_le__isnull=True, annulee_le__isnull=True)


def new_token() -> str:
    """Return a fresh secret for an invitation's link."""
    return secrets.token_urlsafe(32)


def fingerprint(jeton: str) -> str:
    """Return what is stored of a token: its hash."""
    return hashlib.sha256(jeton.encode()).hexdigest()


class Invitation(Agregat):
    """A link sent to an address, to become a member of a structure; only its hash is stored."""

    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="invitations", verbose_name="structure"
    )
    email = models.EmailField("adresse électronique")
    role = models.CharField("rôle", max_length=20, choices=RoleMembre.choices)
    jeton_empreinte = models.CharField("empreinte du jeton", max_length=64, unique=True, editable=False)
    expire_le = models.DateTimeField("expire le")
    invite_par = models.ForeignKey(
        Utilisateur, on_delete=models.PROTECT, related_name="+", verbose_name="invité par"
    )
    acceptee_le = models.DateTimeField("acceptée le", null=True, blank=True)
    acceptee_par = models.ForeignKey(
        Utilisateur,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="acceptée par",
    )
    annulee_le = models.DateTimeField("annulée le", null=True, blank=True)
    annulation = models.CharField(
        "annulation", max_length=12, choices=Annulation.choices, blank=True, editable=False
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        verbose_name_plural = "invitations"
        ordering = ("-cree_le",)
        constraints = [
            models.CheckConstraint(
                condition=Q(acceptee_le__isnull=True, acceptee_par__isnull=True)
                | Q(acceptee_le__isnull=False, acceptee_par__isnull=False),
                name="invitation_acceptee_par_quelqu_un",
                violation_error_message="Une invitation acceptée l’est par quelqu’un, à une date.",
            ),
            models.CheckConstraint(
                condition=Q(annulation="") | Q(annulee_le__isnull=False),
                name="invitation_annulation_datee",
                violation_error_message="Une invitation annulée l’est à une date.",
            ),
            models.UniqueConstraint(
                fields=("structure", "email"),
                condition=Q(acceptee_le__isnull=True, annulee_le__isnull=True),
                name="invitation_une_en_attente",
                violation_error_message="Une invitation est déjà en attente pour cette adresse.",
            ),
        ]

    def __str__(self) -> str:
        return f"Invitation de {self.email}"

    @property
    def chaine_journal(self) -> str:
        """Invitations stand in the structure's chain."""
        return f"structure:{self.structure_id}"

    @property
    def etat(self) -> EtatInvitation:
        """Return where it stands now, by the business clock."""
        if self.acceptee_le is not None:
            return EtatInvitation.ACCEPTEE
        if self.annulee_le is not None:
            retiree = self.annulation == Annulation.RETIREE
            return EtatInvitation.RETIREE if retiree else EtatInvitation.REMPLACEE
        return EtatInvitation.EN_ATTENTE if self.expire_le > horloge.now() else EtatInvitation.EXPIREE

    @property
    def email_masque(self) -> str:
        """Return the address with all but its first letter and its domain hidden."""
        nom, _, domaine = self.email.partition("@")
        return f"{nom[:1]}•••@{domaine}"
