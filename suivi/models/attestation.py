from django.db import models

from socle.models.base import Agregat


class AttestationDemarrage(Agregat):
    """The attestation of a session's real start, handed in with the list of its learners (CdC 4).

    Prepared by the body, transmitted by the porteur's responsable.
    """

    session = models.OneToOneField("suivi.Session", on_delete=models.PROTECT, related_name="attestation")
    transmise_le = models.DateTimeField("transmise le")
    transmise_par = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="+")
    #: Number of learners on the list, and the hash of the list as transmitted (names stay in their rows).
    inscrits = models.PositiveIntegerField("inscrits")
    empreinte_liste = models.CharField("empreinte de la liste", max_length=64)
    document = models.ForeignKey(
        "socle.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "attestation de démarrage"
        verbose_name_plural = "attestations de démarrage"

    def __str__(self) -> str:
        return f"{self.session}, attestation de démarrage"

    @property
    def chaine_journal(self) -> str:
        """The dossier's chain."""
        return self.session.chaine_journal
