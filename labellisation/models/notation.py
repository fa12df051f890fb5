from django.db import models
from django.db.models import Q

from socle.models.base import Agregat


class Notation(Agregat):
    """One instructor's blind scoring of one dossier (R21)."""

    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.PROTECT, related_name="notations"
    )
    instructeur = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="notations")
    grille = models.ForeignKey("referentiels.Grille", on_delete=models.PROTECT, related_name="+")
    #: A harmonised notation settles a gap; it says why (R21).
    harmonisation = models.BooleanField("notation d’harmonisation", default=False)
    motif_harmonisation = models.TextField("motif de l’harmonisation", blank=True)
    soumise_le = models.DateTimeField("soumise le", null=True, blank=True, editable=False)
    #: Set aside by a conflict declared afterwards, or by a return to scoring.
    ecartee_le = models.DateTimeField("écartée le", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "notation"
        verbose_name_plural = "notations"
        constraints = [
            models.UniqueConstraint(
                fields=("candidature", "instructeur", "harmonisation"),
                condition=Q(ecartee_le__isnull=True),
                name="notation_unique_par_instructeur",
            ),
            models.CheckConstraint(
                condition=Q(harmonisation=False) | ~Q(motif_harmonisation=""),
                name="harmonisation_motivee",
                violation_error_message="Une harmonisation demande son motif.",
            ),
        ]

    @property
    def chaine_journal(self) -> str:
        """The dossier's chain."""
        return f"dossier:{self.candidature_id}"


class NiveauAttribue(models.Model):
    """The level (0 to 4) given to one indicator."""

    notation = models.ForeignKey(Notation, on_delete=models.CASCADE, related_name="niveaux")
    indicateur = models.ForeignKey("referentiels.Indicateur", on_delete=models.PROTECT, related_name="+")
    niveau = models.PositiveSmallIntegerField("niveau")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("notation", "indicateur"), name="niveau_unique_par_indicateur"),
            models.CheckConstraint(condition=Q(niveau__lte=4), name="niveau_0_a_4"),
        ]


class JustificationCritere(models.Model):
    """Why, for one criterion (R20)."""

    notation = models.ForeignKey(Notation, on_delete=models.CASCADE, related_name="justifications")
    critere = models.PositiveSmallIntegerField("critère")
    texte = models.TextField("justification")
    section = models.CharField("section citée", max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("notation", "critere"), name="justification_unique_par_critere")
        ]


class Score(Agregat):
    """The retained score of a dossier, in hundredths of a point (R19, R21), computed in one place."""

    candidature = models.OneToOneField(
        "candidatures.Candidature", on_delete=models.PROTECT, related_name="score"
    )
    grille = models.ForeignKey("referentiels.Grille", on_delete=models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField("score (centièmes)")
    ecart = models.PositiveSmallIntegerField("écart entre notations (centièmes)")
    note_1 = models.PositiveSmallIntegerField("note du critère 1 (centièmes)")
    note_2 = models.PositiveSmallIntegerField("note du critère 2 (centièmes)")
    note_3 = models.PositiveSmallIntegerField("note du critère 3 (centièmes)")
    note_4 = models.PositiveSmallIntegerField("note du critère 4 (centièmes)")
    note_5 = models.PositiveSmallIntegerField("note du critère 5 (centièmes)")
    note_6 = models.PositiveSmallIntegerField("note du critère 6 (centièmes)")
    partenariats_entreprises = models.PositiveSmallIntegerField("partenariats d’entreprises (centièmes)")
    harmonise = models.BooleanField("issu d’une harmonisation", default=False)

    class Meta:
        verbose_name = "score"
        verbose_name_plural = "scores"
        indexes = [models.Index(fields=("-score", "-note_1", "-note_4", "-note_3"), name="score_classement")]
        constraints = [models.CheckConstraint(condition=Q(score__lte=1000), name="score_sur_10")]
