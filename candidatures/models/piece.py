from django.db import models

from socle.models.base import Agregat


class Piece(Agregat):
    """An attachment of the dossier, in the place that asks for it (R12)."""

    class Type(models.TextChoices):
        ATTESTATION_QUALITE = "ATTESTATION_QUALITE", "Attestation du certificateur (Qualiopi ou label)"
        CONTRAT_QUALITE = "CONTRAT_QUALITE", "Contrat avec le certificateur, date d’audit"
        ACCORD_CERTIFICATION = "ACCORD_CERTIFICATION", "Accord de partenariat avec le certificateur"
        ATTESTATION_FISCALE = "ATTESTATION_FISCALE", "Attestation de régularité fiscale"
        ATTESTATION_SOCIALE = "ATTESTATION_SOCIALE", "Attestation de vigilance sociale"
        AUTRE = "AUTRE", "Autre pièce"

    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.CASCADE, related_name="pieces"
    )
    type_piece = models.CharField("type de pièce", max_length=30, choices=Type)
    fichier = models.ForeignKey("socle.Fichier", on_delete=models.PROTECT, related_name="+")
    deposee_par = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="+")
    retiree_le = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "pièce"
        verbose_name_plural = "pièces"
        ordering = ("type_piece", "cree_le")
