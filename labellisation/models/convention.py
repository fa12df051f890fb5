from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q

from labellisation import cycle as etats
from socle import visibilite
from socle.models.base import Agregat

if TYPE_CHECKING:
    from socle.cycles import Cycle


class TexteConvention(Agregat):
    """A version of the convention's articles; one that was used never changes (R23)."""

    version = models.CharField("version", max_length=20, unique=True)
    titre = models.CharField("titre", max_length=200)
    #: List of ``{"code", "titre", "texte"}``; the mandatory codes of R23 are checked at signature.
    articles = models.JSONField("articles")
    en_vigueur_du = models.DateField("en vigueur du")

    class Meta:
        verbose_name = "texte de convention"
        verbose_name_plural = "textes de convention"

    def __str__(self) -> str:
        return f"{self.titre} ({self.version})"


class ConventionQuerySet(models.QuerySet["Convention"]):
    def visible_to(self, user: Any) -> "ConventionQuerySet":
        """Keep the conventions of the user's structures, all for the direction."""
        return visibilite.visible(self, user)

    def waiting_for(self, partie: str) -> "ConventionQuerySet":
        """Keep the conventions whose next signature is this party's: the porteur signs first (R23)."""
        attente = SignatureConvention.objects.filter(signee_le__isnull=True)
        premieres = attente.filter(partie=SignatureConvention.Partie.PORTEUR).values("convention")
        a_signer = self.filter(etat=etats.A_SIGNER)
        if partie == SignatureConvention.Partie.PORTEUR:
            return a_signer.filter(pk__in=premieres)
        return a_signer.exclude(pk__in=premieres)


class Convention(Agregat):
    """The three-year contract between GEN and the porteur (R22, R23)."""

    cycle: ClassVar["Cycle"] = etats.CONVENTION

    numero = models.CharField("numéro", max_length=30, unique=True)
    decision = models.OneToOneField(
        "labellisation.Decision", on_delete=models.PROTECT, related_name="convention"
    )
    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.PROTECT, related_name="conventions"
    )
    structure = models.ForeignKey("comptes.Structure", on_delete=models.PROTECT, related_name="conventions")
    texte = models.ForeignKey(TexteConvention, on_delete=models.PROTECT, related_name="+")
    etat = models.CharField(
        "état", max_length=20, choices=etats.CONVENTION.choices, default=etats.A_SIGNER, editable=False
    )
    #: Frozen when the convention is made: parties, formation, commitments, sessions, text.
    donnees = models.JSONField("données figées")
    #: Asked for once both annexes have their files, whose hashes it prints.
    document = models.ForeignKey(
        "socle.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: The document with both signatures, made at the last one.
    document_signe = models.ForeignKey(
        "socle.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    apprenants_a_former = models.PositiveIntegerField("apprenants à former", null=True, blank=True)
    signee_le = models.DateTimeField("signée le", null=True, blank=True, editable=False)
    debut = models.DateField("début", null=True, blank=True)
    fin = models.DateField("fin (incluse)", null=True, blank=True)
    resiliee_le = models.DateTimeField("résiliée le", null=True, blank=True, editable=False)

    objects = ConventionQuerySet.as_manager()

    class Meta:
        verbose_name = "convention"
        verbose_name_plural = "conventions"
        ordering = ("-cree_le",)
        constraints = [
            models.CheckConstraint(
                condition=Q(etat=etats.A_SIGNER, signee_le__isnull=True, debut__isnull=True, fin__isnull=True)
                | Q(
                    ~Q(etat=etats.A_SIGNER),
                    signee_le__isnull=False,
                    debut__isnull=False,
                    fin__isnull=False,
                ),
                name="convention_signee_datee",
                violation_error_message="Une convention signée porte ses dates.",
            ),
            models.CheckConstraint(
                condition=Q(etat=etats.RESILIEE, resiliee_le__isnull=False)
                | Q(~Q(etat=etats.RESILIEE), resiliee_le__isnull=True),
                name="convention_resiliee_le",
            ),
        ]

    def __str__(self) -> str:
        return self.numero

    @property
    def chaine_journal(self) -> str:
        """The dossier's chain: the convention goes on with its story."""
        return f"dossier:{self.candidature_id}"


class AnnexeConvention(Agregat):
    """A document annexed to a convention, made before it: its hash is printed there (R22, R23)."""

    class Nature(models.TextChoices):
        DOSSIER = "DOSSIER", "Dossier de candidature"
        CAHIER = "CAHIER", "Cahier des charges"

    convention = models.ForeignKey(Convention, on_delete=models.PROTECT, related_name="annexes")
    nature = models.CharField("nature", max_length=10, choices=Nature)
    document = models.OneToOneField("socle.Document", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "annexe"
        verbose_name_plural = "annexes"
        constraints = [
            models.UniqueConstraint(fields=("convention", "nature"), name="annexe_unique_par_nature")
        ]


class SignatureConvention(Agregat):
    """One party's signature: by a code received by e-mail, on a document whose hash is kept."""

    class Partie(models.TextChoices):
        PORTEUR = "PORTEUR", "Le porteur de projet"
        GEN = "GEN", "La Grande École du Numérique"

    convention = models.ForeignKey(Convention, on_delete=models.PROTECT, related_name="signatures")
    partie = models.CharField("partie", max_length=10, choices=Partie)
    signataire_nom = models.CharField("nom du signataire", max_length=150)
    signataire_qualite = models.CharField("qualité du signataire", max_length=150)
    courriel = models.EmailField("courriel du signataire")
    utilisateur = models.ForeignKey(
        "comptes.Utilisateur", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    code_expire_le = models.DateTimeField("code valable jusqu’au", null=True, blank=True)
    code_essais = models.PositiveSmallIntegerField("essais", default=0)
    document_sha256 = models.CharField("SHA-256 du document signé", max_length=64, blank=True)
    signee_le = models.DateTimeField("signée le", null=True, blank=True)
    adresse_ip = models.GenericIPAddressField("adresse", null=True, blank=True)

    class Meta:
        verbose_name = "signature"
        verbose_name_plural = "signatures"
        constraints = [
            models.UniqueConstraint(fields=("convention", "partie"), name="signature_unique_par_partie"),
            models.CheckConstraint(
                condition=Q(signee_le__isnull=True) | ~Q(document_sha256=""),
                name="signature_porte_le_document",
            ),
        ]

    @property
    def chaine_journal(self) -> str:
        """The dossier's chain."""
        return self.convention.chaine_journal
