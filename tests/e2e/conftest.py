"""What the browser tests stand on: a base with its reference data, and one Chromium."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.pile import manage


@pytest.fixture(scope="session")
def base_prete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated base and the reference data; to be copied, never written."""
    dossier = tmp_path_factory.mktemp("base")
    manage(dossier, "migrate", "--no-input", "--verbosity", "0")
    manage(dossier, "load_referentiels")
    return dossier


def copy_of(base: Path, cible: Path) -> Path:
    """Return a copy of a prepared folder."""
    return Path(shutil.copytree(base, cible, dirs_exist_ok=True))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The system's Chromium, started once; stopped before the tests of the other folders."""
    with sync_playwright() as playwright:
        navigateur = playwright.chromium.launch(
            executable_path=os.environ.get("GEN_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield navigateur
        navigateur.close()
