"""The public list of training bodies (DGEFP), and which edition of each official list is loaded."""

from django.db import models
from django.db.models import Q

from socle.models.base import Agregat


class EditionReferentiel(Agregat):
    """The edition of an official list that the portal holds: what it says was true on that day."""

    genre = models.SlugField("liste", max_length=40, unique=True)
    date = models.DateField("édition du")

    class Meta:
        verbose_name = "édition d’une liste officielle"
        verbose_name_plural = "éditions des listes officielles"
        ordering = ("genre",)

    def __str__(self) -> str:
        return f"{self.genre}, édition du {self.date:%d/%m/%Y}"


class OrganismeFormation(Agregat):
    """A line of the list: a declaration of activity, and the body that made it (criterion 10).

    The demo's fictive lines stand beside the real ones, whose numbers they may happen to bear.
    """

    nda = models.CharField("NDA", max_length=11)
    siren = models.CharField("SIREN", max_length=9, db_index=True)
    #: Empty when the list names no establishment.
    siret = models.CharField("SIRET", max_length=14, blank=True, db_index=True)
    denomination = models.CharField("dénomination", max_length=255)
    denomination_recherche = models.CharField("dénomination normalisée", max_length=255, db_index=True)
    adresse = models.CharField("adresse", max_length=255, blank=True)
    code_postal = models.CharField("code postal", max_length=5, blank=True)
    ville = models.CharField("ville", max_length=100, blank=True)
    #: Qualiopi for « actions de formation »; nothing when the list doesn't say.
    certifie_actions_formation = models.BooleanField(
        "certifié pour les actions de formation", null=True, blank=True
    )
    #: False once an edition no longer holds it.
    present = models.BooleanField("dans la dernière édition", default=True)
    #: True for the demo's lines, which no list holds.
    fictif = models.BooleanField("ligne fictive", default=False)

    class Meta:
        verbose_name = "organisme de formation déclaré"
        verbose_name_plural = "organismes de formation déclarés"
        ordering = ("denomination_recherche", "nda")
        constraints = (
            models.UniqueConstraint(fields=("nda", "fictif"), name="organisme_nda_unique"),
            models.CheckConstraint(
                condition=Q(siret="") | Q(siret__startswith=models.F("siren")),
                name="organisme_siret_du_siren",
                violation_error_message="Le SIRET commence par le SIREN.",
            ),
        )

    def __str__(self) -> str:
        return f"{self.denomination} ({self.nda})"
