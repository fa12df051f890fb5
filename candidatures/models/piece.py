from django.db import models
from django.db.models import Q

from socle.models.base import Agregat

#: Types attached to one row of a table: each in the place of its own row.
_PAR_LIGNE = ("PREUVE_PARTENARIAT", "CV_FORMATEUR")


class Piece(Agregat):
    """An attachment of the dossier, in the place that asks for it (R12)."""

    class Type(models.TextChoices):
        ATTESTATION_QUALITE = "ATTESTATION_QUALITE", "Attestation du certificateur (Qualiopi ou label)"
        CONTRAT_QUALITE = "CONTRAT_QUALITE", "Contrat avec le certificateur, date d’audit"
        ACCORD_CERTIFICATION = "ACCORD_CERTIFICATION", "Accord de partenariat avec le certificateur"
        ATTESTATION_FISCALE = "ATTESTATION_FISCALE", "Attestation de régularité fiscale"
        ATTESTATION_SOCIALE = "ATTESTATION_SOCIALE", "Attestation de vigilance sociale"
        PREUVE_PARTENARIAT = "PREUVE_PARTENARIAT", "Preuve du partenariat"
        CV_FORMATEUR = "CV_FORMATEUR", "CV du formateur"
        AUTRE = "AUTRE", "Autre pièce"

    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.CASCADE, related_name="pieces"
    )
    type_piece = models.CharField("type de pièce", max_length=30, choices=Type)
    #: The row that it is attached to. No foreign key: a deposit may cite a row that is no longer there.
    ligne = models.UUIDField("ligne du tableau", null=True, blank=True, editable=False)
    fichier = models.ForeignKey("socle.Fichier", on_delete=models.PROTECT, related_name="+")
    deposee_par = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="+")
    retiree_le = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "pièce"
        verbose_name_plural = "pièces"
        ordering = ("type_piece", "cree_le")
        constraints = [
            models.CheckConstraint(
                condition=Q(type_piece__in=_PAR_LIGNE, ligne__isnull=False)
                | Q(~Q(type_piece__in=_PAR_LIGNE), ligne__isnull=True),
                name="piece_ligne",
                violation_error_message="Seule une pièce d’une ligne de tableau nomme sa ligne.",
            ),
        ]
