"""What the browser tests stand on: one Chromium, and one portal with the demo's accounts."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.bases import copy_of
from tests.e2e.pile import Pile, manage, running

#: The business clock, then the accounts: what the demo begins with, and nothing else.
COMPTES = """
from datetime import date
from gen_portal.demo.comptes import create_demo_accounts
from socle import horloge
horloge.advance_to(horloge.at_paris(date(2021, 9, 20), 10))
create_demo_accounts()
"""


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


@pytest.fixture(scope="package")
def pile(base_prete: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pile]:
    """A portal with the demo's accounts and no dossier but those of the tests."""
    dossier = copy_of(base_prete, tmp_path_factory.mktemp("parcours"))
    manage(dossier, "shell", "--no-imports", "-c", COMPTES)
    with running(dossier) as portail:
        yield portail
