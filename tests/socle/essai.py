"""A small aggregate for the tests of ``socle``: no app, no migration, its table made for the session."""

import uuid
from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from django.apps.registry import Apps
from django.db import connection, models

from socle import visibilite
from socle.cycles import Cycle, Etat, Fleche
from socle.models.base import Agregat
from socle.visibilite import Visibilite

ESSAIS = Apps()

CYCLE = Cycle(
    "essai",
    etats=(
        Etat("BROUILLON", porteur="Brouillon", gen="Brouillon", suite="Envoyez-le."),
        Etat("ENVOYE", porteur="Envoyé", gen="À lire"),
        Etat("CLOS", gen="Clos"),
    ),
    fleches=(
        Fleche(
            "send",
            de=("BROUILLON",),
            vers="ENVOYE",
            permission="essai.send",
            evenement="essai.envoye",
            instant="envoye_le",
            visibilite=Visibilite.PORTEUR,
        ),
        Fleche("close", de=("ENVOYE",), vers="CLOS", permission="essai.close", evenement="essai.clos"),
        Fleche(
            "reopen",
            de=("ENVOYE", "CLOS"),
            vers="BROUILLON",
            permission="essai.close",
            evenement="essai.rouvert",
        ),
    ),
)


class EssaiQuerySet(models.QuerySet["Essai"]):
    """Rows as each person may see them."""

    def visible_to(self, user: Any) -> "EssaiQuerySet":
        """Keep what ``user`` may see."""
        return visibilite.visible(self, user)


class Essai(Agregat):
    """Something that goes from a draft to its end."""

    cycle: ClassVar[Cycle] = CYCLE

    etat = models.CharField(max_length=20, choices=CYCLE.choices, default="BROUILLON")
    titre = models.CharField(max_length=50, blank=True)
    proprietaire_id = models.UUIDField(default=uuid.uuid4)
    envoye_le = models.DateTimeField(null=True)

    objects = EssaiQuerySet.as_manager()

    class Meta:
        app_label = "essai"
        apps = ESSAIS

    def __str__(self) -> str:
        return self.titre

    @property
    def chaine_journal(self) -> str:
        """Each in its own chain."""
        return f"essai:{self.pk}"


def create_tables(*modeles: type[models.Model]) -> None:
    """Make the tables of these models in the current thread's database."""
    with connection.schema_editor() as editor:
        for modele in modeles:
            editor.create_model(modele)


@pytest.fixture(scope="session")
def table_essai(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Make the table once; it goes with the test database."""
    with django_db_blocker.unblock():
        create_tables(Essai)
    yield
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.delete_model(Essai)
