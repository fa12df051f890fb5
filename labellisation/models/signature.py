from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from socle import horloge
from socle.models.base import Agregat


class DelegationSignature(Agregat):
    """The right, given by the direction to one instructor, to sign inadmissibilities (R18, R39)."""

    delegataire = models.ForeignKey(
        "comptes.Utilisateur", on_delete=models.PROTECT, related_name="delegations_signature"
    )
    #: What stands under the name: the quality of whoever signs is a mention of the letter (CRPA L. 212-1).
    qualite = models.CharField("qualité du délégataire", max_length=150)
    acte = models.CharField("décision de délégation", max_length=200)
    du = models.DateField("du")
    au = models.DateField("au (inclus)")
    accordee_par = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="+")
    retiree_le = models.DateTimeField("retirée le", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "délégation de signature"
        verbose_name_plural = "délégations de signature"
        ordering = ("-cree_le",)
        constraints = [
            models.UniqueConstraint(
                fields=("delegataire",),
                condition=Q(retiree_le__isnull=True),
                name="une_delegation_par_personne",
                violation_error_message="Cette personne a déjà une délégation.",
            ),
            models.CheckConstraint(
                condition=Q(au__gte=models.F("du")),
                name="delegation_dates_dans_l_ordre",
                violation_error_message="Une délégation finit après son début.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegataire} ({self.acte})"


def delegation_of(utilisateur: Any, jour: date | None = None) -> DelegationSignature | None:
    """Return the delegation in force for this person, on this day (by default today)."""
    if not utilisateur.is_authenticated:
        return None
    jour = jour or horloge.today()
    return DelegationSignature.objects.filter(
        delegataire=utilisateur, retiree_le__isnull=True, du__lte=jour, au__gte=jour
    ).first()
