"""What the browser tests stand on: one Chromium, and one portal with the demo's accounts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.bases import copy_of
from tests.e2e.pile import Pile, manage, running
from tests.e2e.visiteurs import Entree, Visiteur

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
    with _portal(base_prete, tmp_path_factory.mktemp("e2e")) as portail:
        yield portail


@pytest.fixture(scope="module")
def pile_a_part(base_prete: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pile]:
    """The same for tests that move the clock, or count every dossier of the portal."""
    with _portal(base_prete, tmp_path_factory.mktemp("parcours")) as portail:
        yield portail


@contextmanager
def _portal(base: Path, dossier: Path) -> Iterator[Pile]:
    dossier = copy_of(base, dossier)
    manage(dossier, "shell", "--no-imports", "-c", COMPTES)
    with running(dossier) as portail:
        yield portail


@pytest.fixture
def entrer(chromium: Browser, pile: Pile) -> Iterator[Entree]:
    """Return what lets somebody of the demo's list in, in a window of their own."""
    presents: list[Visiteur] = []

    def enter(prenom: str, **fenetre: int) -> Visiteur:
        visiteur = Visiteur(chromium, pile.url, **fenetre)
        visiteur.sign_in(prenom)
        presents.append(visiteur)
        return visiteur

    yield enter
    for visiteur in presents:
        visiteur.close()


@pytest.fixture
def dossier(entrer: Entree) -> str:
    """Return the address of a new draft."""
    porteuse = entrer("Amina")
    porteuse.go("/candidatures/nouvelle/")
    porteuse.main.get_by_label("Intitulé de la formation").fill("Saisie au fil de l’eau")
    porteuse.press("Ouvrir le brouillon")
    porteuse.heading("Les onze sections")
    return porteuse.page.url
