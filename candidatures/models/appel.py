from django.db import models

from socle.models.base import Agregat


class Appel(Agregat):
    """A call (*appel à labellisation*), permanently open from its opening instant (R1)."""

    code = models.CharField("code", max_length=20, unique=True)
    titre = models.CharField("titre", max_length=200)
    ouvert_le = models.DateTimeField("ouvert le")
    grille = models.ForeignKey(
        "referentiels.Grille", on_delete=models.PROTECT, related_name="+", verbose_name="grille"
    )

    class Meta:
        verbose_name = "appel à labellisation"
        verbose_name_plural = "appels à labellisation"
        ordering = ("-ouvert_le",)

    def __str__(self) -> str:
        return self.titre


class Releve(Agregat):
    """A dated snapshot of the submitted dossiers, not a closure (R1).

    ``borne`` is exclusive: the whole announced minute counts (R3).
    """

    appel = models.ForeignKey(Appel, on_delete=models.PROTECT, related_name="releves")
    numero = models.PositiveSmallIntegerField("numéro")
    borne = models.DateTimeField("borne (exclue)")
    debut_au_plus_tot = models.DateField("formations débutant au plus tôt le", null=True, blank=True)
    debut_au_plus_tard = models.DateField("formations débutant au plus tard le", null=True, blank=True)
    resultats_avant = models.DateField("résultats annoncés au plus tard le")
    publie_le = models.DateTimeField("publié le")

    class Meta:
        verbose_name = "relevé"
        verbose_name_plural = "relevés"
        ordering = ("borne",)
        constraints = [
            models.UniqueConstraint(fields=("appel", "numero"), name="releve_unique_par_appel"),
            models.UniqueConstraint(fields=("appel", "borne"), name="releve_borne_unique"),
        ]

    def __str__(self) -> str:
        return f"Relevé {self.numero}"
