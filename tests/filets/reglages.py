"""The settings of a scene that is built once for many tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from django.db import transaction
from django.test import override_settings

Scene = TypeVar("Scene")


def private(dossier: Path) -> dict[str, Any]:
    """Return the settings that keep the files and the cache of a whole module apart, in ``dossier``."""
    fichiers = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(dossier), "base_url": None},
    }
    statiques = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    return {
        "GEN_SECOND_FACTEUR": False,
        "PRIVATE_ROOT": str(dossier),
        "STORAGES": {"default": fichiers, "staticfiles": statiques},
        "CACHES": {
            "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(dossier)},
            "apercus": {"BACKEND": "socle.cache.ForgetfulFileCache", "LOCATION": str(dossier / "apercus")},
        },
    }


@contextmanager
def played(fill: Callable[[], Scene], django_db_blocker: Any, dossier: Path) -> Iterator[Scene]:
    """Play a scene for a whole module, its files in ``dossier``, and forget it all."""
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(**private(dossier)):
        yield fill()
        transaction.set_rollback(True)
