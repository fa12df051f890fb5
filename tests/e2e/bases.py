"""Folders that hold a portal, made once a process and copied by whoever opens one."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.pile import manage


@pytest.fixture(scope="session")
def base_prete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated base and the reference data; to be copied, never written."""
    dossier = tmp_path_factory.mktemp("base")
    manage(dossier, "migrate", "--no-input", "--verbosity", "0")
    manage(dossier, "load_referentiels")
    return dossier


@pytest.fixture(scope="session")
def demo_prete(base_prete: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo as a newcomer finds it; to be copied, never written."""
    dossier = copy_of(base_prete, tmp_path_factory.mktemp("demo"))
    manage(dossier, "demo_data")
    return dossier


def copy_of(base: Path, cible: Path) -> Path:
    """Return a copy of a prepared folder."""
    return Path(shutil.copytree(base, cible, dirs_exist_ok=True))
