"""What runs where: a test whose ground is missing is deselected, and says so; never skipped."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connections

from socle import gardes
from tests.conftest import TABLES_GARDEES, empty_tables, lift_guards, pytest_collection_modifyitems
from tests.labellisation.fabriques import label_actif

MARQUES = ("", "base", "service", "navigateur", "postgresql", "sqlite", "une_fois")


class Essai:
    """A collected test, as the hook sees it."""

    def __init__(self, marque: str) -> None:
        self.marque = marque
        # pytest-django gives its blocker to every test, so that none touches a base unasked.
        self.fixturenames = ["django_db_blocker", *(["db"] if marque == "base" else [])]

    def get_closest_marker(self, nom: str) -> str | None:
        """Return the marker of that name, if the test carries it."""
        return nom if nom == self.marque else None


@pytest.mark.parametrize(
    ("environnement", "choisis"),
    [
        ({}, ["", "base", "sqlite", "une_fois"]),
        ({"DATABASE_URL": "sqlite:///x.sqlite3"}, ["", "base", "sqlite", "une_fois"]),
        ({"GEN_TESTS_SERVICES": "1"}, ["", "base", "service", "sqlite", "une_fois"]),
        ({"GEN_TESTS_SERVICES": "0"}, ["", "base", "sqlite", "une_fois"]),
        ({"GEN_TESTS_NAVIGATEUR": "1"}, ["", "base", "navigateur", "sqlite", "une_fois"]),
        ({"DATABASE_URL": "postgres://root@127.0.0.1:5432/gen"}, ["base", "postgresql"]),
        ({"DATABASE_URL": "postgresql://root@127.0.0.1:5432/gen"}, ["base", "postgresql"]),
    ],
)
def test_given_a_ground_when_collected_then_the_tests_that_need_another_are_deselected(
    monkeypatch: pytest.MonkeyPatch, environnement: dict[str, str], choisis: list[str]
) -> None:
    for nom in ("GEN_TESTS_SERVICES", "GEN_TESTS_NAVIGATEUR", "DATABASE_URL"):
        monkeypatch.delenv(nom, raising=False)
    for nom, valeur in environnement.items():
        monkeypatch.setenv(nom, valeur)
    laisses: list[Any] = []
    hook = SimpleNamespace(pytest_deselected=lambda items: laisses.extend(items))
    items: Any = [Essai(marque) for marque in MARQUES]

    pytest_collection_modifyitems(SimpleNamespace(hook=hook), items)

    assert [item.marque for item in items] == choisis
    assert [item.marque for item in laisses] == [marque for marque in MARQUES if marque not in choisis]


@pytest.mark.django_db(transaction=True)
def test_given_rows_that_cite_each_other_when_a_transactional_test_ends_then_only_permissions_are_left() -> (
    None
):
    label_actif()
    lift_guards("default")
    try:
        empty_tables("default")
    finally:
        gardes.install(connections["default"])

    modeles = apps.get_models(include_auto_created=True)
    pleines = {modele._meta.db_table for modele in modeles if modele._base_manager.exists()}
    assert pleines == TABLES_GARDEES
