from django.db import models
from django.db.models import Q

from socle.models.base import Agregat


class DemandeComplements(Agregat):
    """A request for missing pieces: what is listed opens for edit, nothing else (R16)."""

    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.PROTECT, related_name="demandes_complements"
    )
    demandeur = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="+")
    message = models.TextField("message", blank=True)
    reponse_avant = models.DateField("réponse attendue au plus tard le")
    repondue_le = models.DateTimeField("répondue le", null=True, blank=True)
    close_le = models.DateTimeField("close sans réponse le", null=True, blank=True)

    class Meta:
        verbose_name = "demande de compléments"
        verbose_name_plural = "demandes de compléments"
        constraints = [
            models.UniqueConstraint(
                fields=("candidature",),
                condition=Q(repondue_le__isnull=True, close_le__isnull=True),
                name="une_demande_ouverte_par_dossier",
            ),
            models.CheckConstraint(
                condition=Q(repondue_le__isnull=True) | Q(close_le__isnull=True),
                name="demande_repondue_ou_close",
                violation_error_message="Une demande est répondue ou close, pas les deux.",
            ),
        ]


class ElementComplement(models.Model):
    """One field or file that the porteur is asked to correct."""

    demande = models.ForeignKey(DemandeComplements, on_delete=models.CASCADE, related_name="elements")
    section = models.CharField("section", max_length=20)
    #: A field's name of the section, a table's name, or ``piece:<TYPE>``.
    champ = models.CharField("champ", max_length=60)
    consigne = models.TextField("ce qui est attendu")
