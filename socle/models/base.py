import uuid
from typing import Any

from django.db import models

from socle import horloge


class Agregat(models.Model):
    """Base of every aggregate: a UUID key, and dates of the business clock."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cree_le = models.DateTimeField("créé le", default=horloge.now, editable=False)
    modifie_le = models.DateTimeField("modifié le", default=horloge.now, editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, and note the business instant of the change."""
        self.modifie_le = horloge.now()
        fields = kwargs.get("update_fields")
        if fields is not None:
            kwargs["update_fields"] = {*fields, "modifie_le"}
        super().save(*args, **kwargs)

    @property
    def chaine_journal(self) -> str:
        """The journal's chain in which events about this aggregate are written."""
        return "portail"
