"""The outbox: one row per e-mail, written with the event that causes it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from socle import horloge
from socle.models.base import Agregat
from socle.references import Reference


class CourrielQuerySet(models.QuerySet["Courriel"]):
    """Selections of e-mails."""

    def overdue(self) -> CourrielQuerySet:
        """What a delivery or the sweep may take now: to be sent and free, or cut in the middle."""
        maintenant = horloge.real_now()
        libre = Q(bail_jusqu_a__isnull=True) | Q(bail_jusqu_a__lte=maintenant)
        return self.filter(
            Q(libre, etat=Courriel.Etat.A_ENVOYER, prochaine_tentative__lte=maintenant)
            | Q(etat=Courriel.Etat.EN_REMISE, bail_jusqu_a__lte=maintenant)
        )

    def to_check(self) -> CourrielQuerySet:
        """Hand-overs that may or may not have happened and that nobody has settled yet."""
        return self.filter(etat=Courriel.Etat.A_VERIFIER, remplacant__isnull=True)

    def about(self, sujet: Reference) -> CourrielQuerySet:
        """E-mails about one object."""
        return self.filter(sujet_genre=sujet.genre, sujet_id=sujet.id)

    def visible_to(self, user: Any) -> models.QuerySet[Courriel]:
        """What the registered visibility filters let ``user`` see."""
        from socle import visibilite

        return visibilite.visible(self, user)


class Courriel(Agregat):
    """An e-mail, its way to the provider and what is known of its arrival.

    ``remis_le``, ``livre_le``, ``lu_le`` and ``efface_le`` are business instants; leases and
    retries follow the machine's clock.
    """

    class Etat(models.TextChoices):
        A_ENVOYER = "A_ENVOYER", "à envoyer"
        EN_REMISE = "EN_REMISE", "remise en cours"
        REMIS = "REMIS", "remis"
        A_VERIFIER = "A_VERIFIER", "à vérifier"
        ECHEC = "ECHEC", "échec"

    cle = models.CharField("clé", max_length=250, unique=True)
    gabarit = models.CharField("gabarit", max_length=100)
    destinataire_genre = models.CharField("genre du destinataire", max_length=100)
    destinataire_id = models.UUIDField("destinataire")
    email = models.EmailField("adresse", max_length=254)
    nom = models.CharField("nom", max_length=200, blank=True)
    objet = models.CharField("objet", max_length=300)
    texte = models.TextField("texte", blank=True)
    html = models.TextField("HTML", blank=True)
    #: A one-time code: leaves first; the body is erased once handed over.
    est_code = models.BooleanField("code à usage unique", default=False)
    sujet_genre = models.CharField("genre du sujet", max_length=100, blank=True)
    sujet_id = models.UUIDField("sujet", null=True, blank=True)
    etat = models.CharField("état", max_length=10, choices=Etat.choices, default=Etat.A_ENVOYER)
    jeton = models.UUIDField("jeton du bail", null=True, blank=True)
    bail_jusqu_a = models.DateTimeField("bail jusqu’à", null=True, blank=True)
    essais = models.PositiveIntegerField("essais", default=0)
    prochaine_tentative = models.DateTimeField("prochaine tentative", default=horloge.real_now)
    reveille_le = models.DateTimeField("réveillé le", null=True, blank=True)
    reponse = models.TextField("réponse du fournisseur", blank=True)
    remis_le = models.DateTimeField("remis le", null=True, blank=True)
    livre_le = models.DateTimeField("livré le", null=True, blank=True)
    lu_le = models.DateTimeField("lu le", null=True, blank=True)
    efface_le = models.DateTimeField("effacé le", null=True, blank=True)
    #: The e-mail that this one repeats, when a person asked to send it again.
    remplace = models.OneToOneField(
        "self",
        verbose_name="remplace",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="remplacant",
    )

    objects = CourrielQuerySet.as_manager()

    class Meta:
        verbose_name = "courriel"
        verbose_name_plural = "courriels"
        ordering = ("-cree_le", "id")
        indexes = (
            models.Index(
                fields=("-est_code", "prochaine_tentative"),
                condition=Q(etat="A_ENVOYER"),
                name="courriel_a_envoyer",
            ),
            models.Index(fields=("bail_jusqu_a",), condition=Q(etat="EN_REMISE"), name="courriel_en_remise"),
            models.Index(fields=("etat",), condition=Q(etat="A_VERIFIER"), name="courriel_a_verifier"),
            models.Index(fields=("etat",), condition=Q(etat="ECHEC"), name="courriel_echec"),
            models.Index(fields=("-cree_le",), name="courriel_cree_le"),
            models.Index(fields=("sujet_genre", "sujet_id"), name="courriel_sujet"),
            models.Index(fields=("destinataire_genre", "destinataire_id"), name="courriel_destinataire"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(etat__in=("A_ENVOYER", "EN_REMISE", "REMIS", "A_VERIFIER", "ECHEC")),
                name="courriel_etat_connu",
                violation_error_message="Cet état de courriel n’existe pas.",
            ),
            models.CheckConstraint(
                condition=~Q(etat="EN_REMISE") | Q(jeton__isnull=False, bail_jusqu_a__isnull=False),
                name="courriel_remise_sous_bail",
                violation_error_message="Une remise en cours porte un bail.",
            ),
            models.CheckConstraint(
                condition=Q(etat="REMIS", remis_le__isnull=False)
                | (~Q(etat="REMIS") & Q(remis_le__isnull=True)),
                name="courriel_remis_date",
                violation_error_message="Un courriel remis, et lui seul, porte sa date de remise.",
            ),
            models.CheckConstraint(
                condition=Q(est_code=False)
                | Q(etat__in=("A_ENVOYER", "EN_REMISE"))
                | Q(texte="", html="", efface_le__isnull=False),
                name="courriel_code_efface",
                violation_error_message="Le texte d’un code est effacé dès qu’il est parti.",
            ),
            models.CheckConstraint(
                condition=Q(sujet_genre="", sujet_id__isnull=True)
                | (~Q(sujet_genre="") & Q(sujet_id__isnull=False)),
                name="courriel_sujet_entier",
                violation_error_message="Le sujet d’un courriel porte son genre et son identifiant.",
            ),
        )

    def __str__(self) -> str:
        return self.objet

    @property
    def destinataire(self) -> Reference:
        """Whom the e-mail is for."""
        return Reference(self.destinataire_genre, self.destinataire_id)

    @property
    def sujet(self) -> Reference | None:
        """What the e-mail is about."""
        return Reference(self.sujet_genre, self.sujet_id) if self.sujet_id else None

    @property
    def chaine_journal(self) -> str:
        """The chain of the subject."""
        from socle.models.fichier import chaine_de

        return chaine_de(self.sujet) if self.sujet else "portail"
