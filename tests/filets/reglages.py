"""The settings of a scene that is built once for many tests."""

from pathlib import Path
from typing import Any


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
            "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(dossier)}
        },
    }
