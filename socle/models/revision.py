"""Old and new values that a person must be able to see (DESIGN, mechanism 3): erasable rows."""

import uuid

from django.db import models

from socle.references import Reference


class Revision(models.Model):
    """One field that changed, in the context of one act (compléments, avenant, correction)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    objet_genre = models.CharField("genre de l’objet", max_length=100, editable=False)
    objet_id = models.UUIDField("objet", editable=False)
    #: The act that changed it: a free word or ``str(reference)``.
    contexte = models.CharField("contexte", max_length=200, editable=False)
    champ = models.CharField("champ", max_length=100, editable=False)
    avant = models.JSONField("ancienne valeur", null=True, editable=False)
    apres = models.JSONField("nouvelle valeur", null=True, editable=False)
    acteur_genre = models.CharField("genre de l’acteur", max_length=100, editable=False)
    acteur_id = models.UUIDField("acteur", editable=False)
    instant = models.DateTimeField("instant", editable=False)

    class Meta:
        verbose_name = "révision"
        verbose_name_plural = "révisions"
        ordering = ("instant", "champ", "id")
        indexes = (models.Index(fields=("objet_genre", "objet_id", "contexte"), name="revision_objet"),)

    def __str__(self) -> str:
        return f"{self.champ} ({self.contexte})"

    @property
    def objet(self) -> Reference:
        """What changed."""
        return Reference(self.objet_genre, self.objet_id)

    @property
    def acteur(self) -> Reference:
        """Who changed it."""
        return Reference(self.acteur_genre, self.acteur_id)
