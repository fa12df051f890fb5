from datetime import datetime

from django.db import models
from django.db.models import Q

from comptes.models.utilisateur import Utilisateur
from socle import horloge
from socle.models.base import Agregat


class ConnexionQuerySet(models.QuerySet["Connexion"]):
    """Sign-ins and failures."""

    def ouvertes(self) -> "ConnexionQuerySet":
        """Keep the sessions that nobody and nothing has ended."""
        return self.filter(issue=Connexion.Issue.REUSSIE, finie_le__isnull=True)

    def avant(self, instant: datetime) -> "ConnexionQuerySet":
        """Keep what began before an instant."""
        return self.filter(instant__lt=instant)


class Connexion(Agregat):
    """A sign-in with the session it opened, or a failed one. Its dates are of the machine's clock.

    A trace, erased after a time; the address is cut before it gets here.
    """

    class Issue(models.TextChoices):
        REUSSIE = "reussie", "Connexion"
        ECHOUEE = "echouee", "Échec"

    class Moyen(models.TextChoices):
        MOT_DE_PASSE = "mot_de_passe", "mot de passe"
        CODE = "code", "code reçu par courriel"
        OPENID = "openid", "fournisseur d’identité"
        SECOND_FACTEUR = "second_facteur", "second facteur"
        DIRECT = "direct", "accès direct"

    class Fin(models.TextChoices):
        DECONNEXION = "deconnexion", "déconnexion"
        INACTIVITE = "inactivite", "trop longtemps sans activité"
        DUREE = "duree", "durée maximale atteinte"
        FERMEE = "fermee", "fermée depuis une autre session"
        MOT_DE_PASSE = "mot_de_passe", "mot de passe changé"
        SECOND_FACTEUR = "second_facteur", "second facteur retiré"
        ROLE = "role", "rôle retiré"
        COMPTE = "compte", "compte fermé"

    utilisateur = models.ForeignKey(
        Utilisateur, on_delete=models.CASCADE, related_name="connexions", verbose_name="utilisateur"
    )
    issue = models.CharField("issue", max_length=10, choices=Issue.choices)
    moyen = models.CharField("moyen", max_length=20, choices=Moyen.choices)
    second_facteur = models.BooleanField("second facteur montré", default=False)
    instant = models.DateTimeField("instant", default=horloge.real_now)
    adresse = models.CharField("adresse réseau tronquée", max_length=45, blank=True)
    appareil = models.CharField("appareil", max_length=100, blank=True)
    session_cle = models.CharField("session", max_length=40, blank=True, editable=False)
    vue_le = models.DateTimeField("dernière activité", default=horloge.real_now)
    finie_le = models.DateTimeField("finie le", null=True, blank=True)
    fin = models.CharField("cause de la fin", max_length=20, choices=Fin.choices, blank=True)

    objects = ConnexionQuerySet.as_manager()

    class Meta:
        verbose_name = "connexion"
        verbose_name_plural = "connexions"
        ordering = ("-instant", "-pk")
        indexes = [
            models.Index(fields=("utilisateur", "-instant"), name="connexion_par_personne"),
            models.Index(fields=("instant",), name="connexion_par_instant"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(finie_le__isnull=True, fin="") | (Q(finie_le__isnull=False) & ~Q(fin="")),
                name="connexion_fin_et_cause",
                violation_error_message="Une session finie l’est à une date, pour une cause.",
            ),
            models.CheckConstraint(
                condition=Q(session_cle="") | Q(issue="reussie", finie_le__isnull=True),
                name="connexion_session_ouverte",
                violation_error_message="Seule une session ouverte garde sa clé.",
            ),
            models.UniqueConstraint(
                fields=("session_cle",), condition=~Q(session_cle=""), name="connexion_session_une_fois"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_issue_display()} de {self.utilisateur}"
