"""The scene is built once for the whole package, inside a transaction that is rolled back at the end."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import override_settings

from tests.access import scene as scenes
from tests.access.marche import Marcheur


@pytest.fixture(scope="package")
def dossier_de_la_scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the files of the scene are."""
    return tmp_path_factory.mktemp("scene")


@pytest.fixture(scope="package")
def scene(django_db_setup: None, django_db_blocker: Any, dossier_de_la_scene: Path) -> Iterator[scenes.Scene]:
    """Build the scene and keep it as long as the walk lasts."""
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(**_settings(dossier_de_la_scene)):
            construite = scenes.build()
        yield construite
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def marcheur_du_paquet(scene: scenes.Scene) -> Marcheur:
    """Return the walker, whose sessions are opened once."""
    with time_machine.travel(scenes.INSTANT, tick=False):
        return Marcheur(scene)


@pytest.fixture
def marcheur(
    marcheur_du_paquet: Marcheur, settings: Any, dossiers_prives: None, dossier_de_la_scene: Path
) -> Iterator[Marcheur]:
    """Return the walker at the instant of the scene, beside its files."""
    for nom, valeur in _settings(dossier_de_la_scene).items():
        setattr(settings, nom, valeur)
    with time_machine.travel(scenes.INSTANT, tick=False):
        yield marcheur_du_paquet


def _settings(dossier: Path) -> dict[str, Any]:
    return {
        "PRIVATE_ROOT": str(dossier),
        "STORAGES": {
            "default": {
                "BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": str(dossier), "base_url": None},
            },
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        "CACHES": {
            "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(dossier)},
            "apercus": {"BACKEND": "socle.cache.ForgetfulFileCache", "LOCATION": str(dossier / "apercus")},
        },
    }
