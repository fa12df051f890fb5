"""A document that the portal writes: its frozen data, and the stored file that is the proof."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from socle import horloge
from socle.models.base import Agregat
from socle.models.fichier import Fichier, chaine_de
from socle.references import Reference


class Document(Agregat):
    """What is asked to be rendered, once; ``fichier`` is null until the job has done so."""

    genre = models.CharField("genre", max_length=100)
    sujet_genre = models.CharField("genre du sujet", max_length=100)
    sujet_id = models.UUIDField("sujet")
    cle = models.CharField("clé", max_length=200, unique=True)
    titre = models.CharField("titre", max_length=250)
    donnees = models.JSONField("données figées", default=dict)
    gabarit = models.CharField("gabarit", max_length=100)
    version_gabarit = models.PositiveIntegerField("version du gabarit")
    politique = models.CharField("politique d’accès", max_length=100)
    #: The business instant printed on the document; part of what makes its bytes.
    demande_le = models.DateTimeField("demandé le", default=horloge.now)
    fichier = models.OneToOneField(
        Fichier,
        verbose_name="fichier",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="document",
    )
    produit_le = models.DateTimeField("produit le", null=True, blank=True)
    sha256 = models.CharField("empreinte SHA-256 du fichier", max_length=64, blank=True)

    class Meta:
        verbose_name = "document"
        verbose_name_plural = "documents"
        ordering = ("demande_le", "id")
        indexes = (models.Index(fields=("sujet_genre", "sujet_id"), name="document_sujet"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(fichier__isnull=True, produit_le__isnull=True, sha256="")
                | (Q(fichier__isnull=False, produit_le__isnull=False) & ~Q(sha256="")),
                name="document_produit_avec_fichier",
                violation_error_message="Un document produit porte son fichier, sa date et son empreinte.",
            ),
        )

    def __str__(self) -> str:
        return self.titre

    @property
    def sujet(self) -> Reference:
        """What the document is about."""
        return Reference(self.sujet_genre, self.sujet_id)

    @property
    def est_produit(self) -> bool:
        """Whether the file exists."""
        return self.fichier_id is not None

    @property
    def url(self) -> str:
        """The address of the serving view."""
        return reverse("socle:document", args=(self.pk,))

    @property
    def chaine_journal(self) -> str:
        """The chain of the subject."""
        return chaine_de(self.sujet)
