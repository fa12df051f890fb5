"""Folders that hold a portal, made once a run, whatever its processes, and copied by whoever opens one."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.pile import manage


@pytest.fixture(scope="session")
def base_prete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated base and the reference data; to be copied, never written."""
    return made_once(tmp_path_factory, "base", _migrate)


@pytest.fixture(scope="session")
def demo_prete(base_prete: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demo as a newcomer finds it; to be copied, never written."""
    return made_once(tmp_path_factory, "demo", lambda dossier: _tell(copy_of(base_prete, dossier)))


def copy_of(base: Path, cible: Path) -> Path:
    """Return a copy of a prepared folder."""
    return Path(shutil.copytree(base, cible, dirs_exist_ok=True))


def made_once(fabrique: pytest.TempPathFactory, nom: str, make: Callable[[Path], object]) -> Path:
    """Return the run's folder of this name; the first process that asks makes it, the others wait for it."""
    with locked(fabrique, nom) as commun:
        fait, dossier = commun / f"{nom}-fait", commun / f"{nom}-prete"
        if not fait.exists():
            shutil.rmtree(dossier, ignore_errors=True)
            make(dossier)
            fait.touch()
    return dossier


@contextmanager
def locked(fabrique: pytest.TempPathFactory, nom: str) -> Iterator[Path]:
    """Hold a lock of the run, and give the folder that its processes share."""
    commun = fabrique.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        commun = commun.parent
    with (commun / f"{nom}-verrou").open("w") as verrou:
        fcntl.flock(verrou, fcntl.LOCK_EX)
        yield commun


def _migrate(dossier: Path) -> None:
    manage(dossier, "migrate", "--no-input", "--verbosity", "0")
    manage(dossier, "load_referentiels")


def _tell(dossier: Path) -> None:
    manage(dossier, "demo_data")
