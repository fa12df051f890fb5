from django.db import models

from socle.models.base import Agregat


class Depot(Agregat):
    """What was deposited: the frozen dossier and its fingerprint (R11).

    A second row is written when compléments are answered; earlier ones never change. ``instantane``
    has the shape documented in ``candidatures.domain.instantane``.
    """

    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.PROTECT, related_name="depots"
    )
    numero = models.PositiveSmallIntegerField("numéro", default=1)
    arrivee = models.DateTimeField("arrivée de la requête")
    instantane = models.JSONField("instantané")
    empreinte = models.CharField("empreinte SHA-256", max_length=64)
    deposant = models.ForeignKey(
        "comptes.Utilisateur", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recu = models.ForeignKey(
        "socle.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = "dépôt"
        verbose_name_plural = "dépôts"
        ordering = ("numero",)
        constraints = [
            models.UniqueConstraint(fields=("candidature", "numero"), name="depot_unique_par_dossier")
        ]
