"""A private file (R12): where its bytes are, what they are, whose they are, and if they are safe."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from socle import horloge
from socle.models.base import Agregat
from socle.references import SANS_ID, Reference, resolve

#: Root of the keys of private files in the default storage.
DOSSIER = "fichiers"


def storage_key(fichier: "Fichier", _nom: str) -> str:
    """Return the key of the bytes: the UUID under a dated folder, never the name the user gave."""
    return f"{DOSSIER}/{horloge.real_now():%Y/%m}/{fichier.pk}"


class Antivirus(models.TextChoices):
    """What was found of a file, safe or not, and whether it opens; only ``SAIN`` is ever served."""

    A_ANALYSER = "A_ANALYSER", "en attente d’analyse"
    SAIN = "SAIN", "sain"
    INFECTE = "INFECTE", "infecté"
    ILLISIBLE = "ILLISIBLE", "illisible"
    QUARANTAINE = "QUARANTAINE", "en quarantaine"


#: Verdicts that only another file mends.
RETENUS = (Antivirus.INFECTE, Antivirus.ILLISIBLE)

#: The same states in a few words, for lists and papers.
EN_BREF = {
    Antivirus.A_ANALYSER: "vérification en cours",
    Antivirus.SAIN: "vérifiée",
    Antivirus.INFECTE: "retenue\u00a0: l’antivirus y a trouvé un danger",
    Antivirus.ILLISIBLE: "retenue\u00a0: elle ne s’ouvre pas",
    Antivirus.QUARANTAINE: "en attente\u00a0: la vérification n’a pas encore pu se faire",
}

#: What each state means to whoever handed the file in.
EN_CLAIR = {
    Antivirus.A_ANALYSER: "Bien reçu. Vérification en cours\u00a0: moins d’une minute d’ordinaire.",
    Antivirus.SAIN: "Vérifié\u00a0: ce fichier s’ouvre et peut être lu.",
    Antivirus.INFECTE: (
        "À remplacer\u00a0: l’antivirus y a trouvé un danger. Personne ne peut l’ouvrir, il ne compte pas."
    ),
    Antivirus.ILLISIBLE: "À remplacer\u00a0: {constat}. Personne ne peut le lire, il ne compte pas.",
    Antivirus.QUARANTAINE: (
        "Bien reçu. La vérification est momentanément arrêtée et reprendra d’elle-même\u00a0: "
        "vous n’avez rien à faire."
    ),
}


class Fichier(Agregat):
    """Bytes with one owner and one policy; see ``socle.fichiers`` for what may be done with it."""

    nom = models.CharField("nom", max_length=150)
    contenu = models.FileField("contenu", upload_to=storage_key, max_length=200)
    type_mime = models.CharField("type", max_length=100)
    taille = models.PositiveBigIntegerField("taille en octets")
    sha256 = models.CharField("empreinte SHA-256", max_length=64)
    proprietaire_genre = models.CharField("genre du propriétaire", max_length=100)
    proprietaire_id = models.UUIDField("propriétaire")
    politique = models.CharField("politique d’accès", max_length=100)
    depose_par_genre = models.CharField("genre du déposant", max_length=100)
    depose_par_id = models.UUIDField("déposant", default=SANS_ID)
    depose_le = models.DateTimeField("déposé le", default=horloge.now)
    antivirus = models.CharField(
        "antivirus", max_length=12, choices=Antivirus.choices, default=Antivirus.A_ANALYSER
    )
    analyse_le = models.DateTimeField("analysé le", null=True, blank=True)
    #: The signature that was found, what prevents the reading, the scanner's failure, or "produit par le
    #: portail".
    constat = models.CharField("constat de l’analyse", max_length=300, blank=True)
    essais_analyse = models.PositiveIntegerField("essais d’analyse", default=0)
    #: Real time (not the business clock): when the sweep takes this file again; null once settled.
    prochaine_analyse_le = models.DateTimeField("prochaine analyse", null=True, blank=True)
    #: The bytes are gone; the row stays, with its name, size and hash.
    supprime_le = models.DateTimeField("supprimé le", null=True, blank=True)

    class Meta:
        verbose_name = "fichier"
        verbose_name_plural = "fichiers"
        ordering = ("depose_le", "id")
        indexes = (
            models.Index(fields=("proprietaire_genre", "proprietaire_id"), name="fichier_proprietaire"),
            models.Index(
                fields=("prochaine_analyse_le",),
                condition=Q(prochaine_analyse_le__isnull=False),
                name="fichier_a_analyser",
            ),
            models.Index(fields=("antivirus",), condition=Q(antivirus__in=RETENUS), name="fichier_retenu"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(antivirus=Antivirus.A_ANALYSER, analyse_le__isnull=True)
                | (~Q(antivirus=Antivirus.A_ANALYSER) & Q(analyse_le__isnull=False)),
                name="fichier_antivirus_date",
                violation_error_message="Un verdict de l’antivirus porte sa date, et lui seul.",
            ),
            models.CheckConstraint(
                condition=Q(antivirus__in=Antivirus.values),
                name="fichier_antivirus_connu",
                violation_error_message="Cet état de l’antivirus n’existe pas.",
            ),
            models.CheckConstraint(
                condition=Q(taille__gt=0),
                name="fichier_non_vide",
                violation_error_message="Un fichier ne peut pas être vide.",
            ),
        )

    def __str__(self) -> str:
        return self.nom

    @property
    def proprietaire(self) -> Reference:
        """The aggregate that owns the file."""
        return Reference(self.proprietaire_genre, self.proprietaire_id)

    @property
    def depose_par(self) -> Reference:
        """Who handed the file in."""
        return Reference(self.depose_par_genre, self.depose_par_id)

    @property
    def cle(self) -> str:
        """The key of the bytes in the storage."""
        return self.contenu.name or ""

    @property
    def est_servi(self) -> bool:
        """Whether the bytes may leave the portal at all, whoever asks."""
        return self.antivirus == Antivirus.SAIN and self.supprime_le is None

    @property
    def est_retenu(self) -> bool:
        """Whether only another file can take its place: infected, or impossible to open."""
        return self.antivirus in RETENUS

    @property
    def en_bref(self) -> str:
        """Where the file stands, in a few words that agree with « pièce »."""
        return EN_BREF[Antivirus(self.antivirus)]

    @property
    def en_clair(self) -> str:
        """Where the file stands, in words for whoever handed it in."""
        return EN_CLAIR[Antivirus(self.antivirus)].format(constat=self.constat)

    @property
    def url(self) -> str:
        """The address of the serving view."""
        return reverse("socle:fichier", args=(self.pk,))

    @property
    def chaine_journal(self) -> str:
        """The chain of the owner."""
        return chaine_de(self.proprietaire)


def chaine_de(ref: Reference) -> str:
    """Return the journal's chain of whatever a reference names; ``portail`` if it is gone."""
    return getattr(resolve(ref), "chaine_journal", "portail")
