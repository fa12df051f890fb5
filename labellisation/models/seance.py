from typing import TYPE_CHECKING, Any, ClassVar

from django.db import models
from django.db.models import Q

from labellisation import cycle as etats
from socle import visibilite
from socle.models.base import Agregat

if TYPE_CHECKING:
    from socle.cycles import Cycle


class SeanceQuerySet(models.QuerySet["Seance"]):
    def visible_to(self, user: Any) -> "SeanceQuerySet":
        """Keep the séances of which ``user`` is a member, or all for the direction."""
        return visibilite.visible(self, user)


class Seance(Agregat):
    """A meeting of the labelling committee (R37). Its ranking is frozen when it opens."""

    cycle: ClassVar["Cycle"] = etats.SEANCE

    intitule = models.CharField("intitulé", max_length=200)
    tenue_le = models.DateTimeField("tenue le")
    lieu = models.CharField("lieu", max_length=200, blank=True)
    releve = models.ForeignKey(
        "candidatures.Releve", on_delete=models.PROTECT, null=True, blank=True, related_name="seances"
    )
    quorum = models.PositiveSmallIntegerField("quorum", default=2)
    etat = models.CharField(
        "état", max_length=20, choices=etats.SEANCE.choices, default=etats.CONVOQUEE, editable=False
    )
    ouverte_le = models.DateTimeField("ouverte le", null=True, blank=True, editable=False)
    close_le = models.DateTimeField("close le", null=True, blank=True, editable=False)
    #: Frozen at the opening: rows as ``labellisation.domain.classement`` documents, and their hash.
    classement = models.JSONField("classement figé", null=True, blank=True, editable=False)
    empreinte_classement = models.CharField("empreinte du classement", max_length=64, blank=True)
    proces_verbal = models.ForeignKey(
        "socle.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    #: Notification in one act: prepared by one person of the direction, confirmed by another (R39).
    notification_preparee_par = models.ForeignKey(
        "comptes.Utilisateur", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    notification_preparee_le = models.DateTimeField("notification préparée le", null=True, blank=True)

    objects = SeanceQuerySet.as_manager()

    class Meta:
        verbose_name = "séance"
        verbose_name_plural = "séances"
        ordering = ("-tenue_le",)
        constraints = [
            models.CheckConstraint(
                condition=Q(etat=etats.CONVOQUEE, ouverte_le__isnull=True)
                | Q(~Q(etat=etats.CONVOQUEE), ouverte_le__isnull=False, classement__isnull=False),
                name="seance_ouverte_classement_fige",
            ),
            models.CheckConstraint(
                condition=Q(etat=etats.CLOSE, close_le__isnull=False)
                | Q(~Q(etat=etats.CLOSE), close_le__isnull=True),
                name="seance_close_le",
            ),
        ]

    def __str__(self) -> str:
        return self.intitule


class Participation(Agregat):
    """A member of a séance: convened, present or not."""

    seance = models.ForeignKey(Seance, on_delete=models.PROTECT, related_name="participations")
    membre = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="participations")
    present = models.BooleanField("présent", default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("seance", "membre"), name="membre_unique_par_seance")]


class Inscription(Agregat):
    """A dossier on the agenda of a séance."""

    seance = models.ForeignKey(Seance, on_delete=models.PROTECT, related_name="inscriptions")
    candidature = models.ForeignKey(
        "candidatures.Candidature", on_delete=models.PROTECT, related_name="inscriptions"
    )
    retiree_le = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "dossier à l’ordre du jour"
        verbose_name_plural = "dossiers à l’ordre du jour"
        constraints = [
            models.UniqueConstraint(
                fields=("seance", "candidature"),
                condition=Q(retiree_le__isnull=True),
                name="dossier_unique_par_seance",
            )
        ]


class Vote(Agregat):
    """One member's vote on one dossier (R38); a member with a déport has none."""

    class Sens(models.TextChoices):
        POUR = "POUR", "Pour"
        CONTRE = "CONTRE", "Contre"
        ABSTENTION = "ABSTENTION", "Abstention"

    inscription = models.ForeignKey(Inscription, on_delete=models.PROTECT, related_name="votes")
    membre = models.ForeignKey("comptes.Utilisateur", on_delete=models.PROTECT, related_name="+")
    sens = models.CharField("vote", max_length=12, choices=Sens)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("inscription", "membre"), name="vote_unique_par_membre")
        ]
