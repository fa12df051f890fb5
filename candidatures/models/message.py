from django.db import models
from django.db.models import Q

from socle.models.base import Agregat


class Message(Agregat):
    """What the porteur and GEN write to each other on a deposited dossier; nobody edits or removes it.

    Its files name it as their owner (``candidatures.domain.echanges``).
    """

    class Cote(models.TextChoices):
        PORTEUR = "PORTEUR", "Porteur"
        GEN = "GEN", "GEN"

    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.PROTECT, related_name="messages"
    )
    numero = models.PositiveIntegerField("numéro")
    auteur = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="+")
    #: For whom the author wrote, kept as it was that day.
    cote = models.CharField("côté", max_length=10, choices=Cote)
    texte = models.TextField("texte")
    #: What the form carried: the same form sent twice is one message.
    cle = models.UUIDField("clé d’envoi")
    envoye_le = models.DateTimeField("envoyé le")
    #: When the other side first opened it.
    lu_le = models.DateTimeField("lu le", null=True, blank=True)

    class Meta:
        verbose_name = "message"
        verbose_name_plural = "messages"
        ordering = ("numero",)
        indexes = [
            models.Index(
                fields=("candidature", "cote"), condition=Q(lu_le__isnull=True), name="message_non_lu"
            )
        ]
        constraints = [
            models.UniqueConstraint(fields=("candidature", "numero"), name="message_numero_unique"),
            models.UniqueConstraint(
                fields=("candidature", "auteur", "cle"),
                name="message_envoye_une_fois",
                violation_error_message="Ce message est déjà envoyé.",
            ),
            models.CheckConstraint(
                condition=Q(cote__in=("PORTEUR", "GEN")),
                name="message_cote_connu",
                violation_error_message="Un message est du porteur ou de la GEN.",
            ),
            models.CheckConstraint(
                condition=~Q(texte=""),
                name="message_non_vide",
                violation_error_message="Un message porte un texte.",
            ),
        ]

    @property
    def chaine_journal(self) -> str:
        """The dossier's own chain: it is there that an infected file is told."""
        return f"dossier:{self.candidature_id}"
