from django.db import models
from django.db.models import Q

from socle.models.base import Agregat


class Verdict(Agregat):
    """An instructor's verdict on one admissibility criterion, beside the pre-check (R15)."""

    class Avis(models.TextChoices):
        CONFORME = "CONFORME", "Conforme"
        NON_CONFORME = "NON_CONFORME", "Non conforme"
        SANS_OBJET = "SANS_OBJET", "Sans objet"

    class Proposition(models.TextChoices):
        CONFORME = "CONFORME", "Conforme"
        NON_CONFORME = "NON_CONFORME", "Non conforme"
        A_VERIFIER = "A_VERIFIER", "À vérifier"
        SANS_OBJET = "SANS_OBJET", "Sans objet"

    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.PROTECT, related_name="verdicts"
    )
    #: Which deposit was judged: a new one (compléments) asks for a new look.
    depot = models.ForeignKey("candidatures.Depot", on_delete=models.PROTECT, related_name="+")
    critere = models.PositiveSmallIntegerField("critère")
    proposition = models.CharField("pré-contrôle", max_length=20, choices=Proposition)
    constats = models.JSONField("constats du pré-contrôle", default=list)
    avis = models.CharField("verdict", max_length=20, choices=Avis)
    motif = models.TextField("motif", blank=True)
    instructeur = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="+")
    #: Counts the changes: whoever saves says which one their page showed.
    version = models.PositiveIntegerField("version", default=1, db_default=1)

    class Meta:
        verbose_name = "verdict"
        verbose_name_plural = "verdicts"
        ordering = ("critere",)
        constraints = [
            models.UniqueConstraint(fields=("depot", "critere"), name="verdict_unique_par_critere"),
            models.CheckConstraint(
                condition=Q(critere__gte=1, critere__lte=10), name="verdict_critere_1_a_10"
            ),
            models.CheckConstraint(
                condition=~Q(avis="NON_CONFORME", motif=""),
                name="verdict_non_conforme_motive",
                violation_error_message="Un verdict «\u00a0non conforme\u00a0» demande un motif.",
            ),
        ]

    @property
    def chaine_journal(self) -> str:
        """The dossier's chain."""
        return f"dossier:{self.candidature_id}"

    @property
    def ecart(self) -> bool:
        """Whether the person decided otherwise than the pre-check proposed."""
        return self.proposition not in (self.avis, self.Proposition.A_VERIFIER)


class NoteInstruction(Agregat):
    """What instructors write to each other on a dossier: never for its porteur, nor the committee.

    A deleted note keeps its author and its dates, and loses its text.
    """

    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.PROTECT, related_name="notes_instruction"
    )
    auteur = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="+")
    texte = models.TextField("texte", blank=True)
    #: What the form carried: the same form sent twice is one note.
    cle = models.UUIDField("clé d’envoi")
    corrigee_le = models.DateTimeField("corrigée le", null=True, blank=True)
    supprimee_le = models.DateTimeField("supprimée le", null=True, blank=True)

    class Meta:
        verbose_name = "note d’instruction"
        verbose_name_plural = "notes d’instruction"
        ordering = ("cree_le", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("candidature", "auteur", "cle"),
                name="note_instruction_ecrite_une_fois",
                violation_error_message="Cette note est déjà écrite.",
            ),
            models.CheckConstraint(
                condition=Q(supprimee_le__isnull=True) & ~Q(texte="")
                | Q(supprimee_le__isnull=False, texte=""),
                name="note_instruction_texte_ou_supprimee",
                violation_error_message="Une note porte un texte, ou elle est supprimée.",
            ),
        ]

    @property
    def chaine_journal(self) -> str:
        """The dossier's chain."""
        return f"dossier:{self.candidature_id}"
