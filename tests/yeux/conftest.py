"""What the eyes stand on: two portals, one Chromium, one window per person."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.e2e.conftest import chromium  # noqa: F401 (a fixture, which pytest looks for here)
from tests.yeux.oeil import Regard
from tests.yeux.planche import DOSSIER, Planche
from tests.yeux.scene import Portail, is_kept, opened, prepare

#: Nobody signed in; the second one has the pages that the holes are cut in.
SANS_SESSION = ("anonyme", "trou")
Fenetre = Callable[[str, str], Regard]


@pytest.fixture(scope="package")
def portails(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Portail]]:
    """The two portals, by the state of their pages."""
    lieu = tmp_path_factory.mktemp("yeux")
    base, demo = (
        (lieu, lieu)
        if is_kept()
        else (request.getfixturevalue("base_prete"), request.getfixturevalue("demo_prete"))
    )
    with ThreadPoolExecutor() as ensemble, ExitStack() as pile:
        pleine = ensemble.submit(prepare, demo, lieu / "pleine", pleine=True)
        vide = ensemble.submit(prepare, base, lieu / "vide", pleine=False)
        plein = pile.enter_context(opened(pleine.result()))
        yield {"normal": plein, "erreur": plein, "vide": pile.enter_context(opened(vide.result()))}


@pytest.fixture(scope="package")
def fenetre(chromium: Browser, portails: dict[str, Portail]) -> Iterator[Fenetre]:  # noqa: F811
    """Give the window of a person in one of the two portals, opened at the first look."""
    ouvertes: dict[tuple[str, str], Regard] = {}

    def open_window(role: str, etat: str) -> Regard:
        portail = portails[etat]
        if (portail.url, role) not in ouvertes:
            session = "" if role in SANS_SESSION else portail.sessions[role]
            ouvertes[portail.url, role] = Regard(chromium, portail.url, session)
        return ouvertes[portail.url, role]

    yield open_window
    for regard in ouvertes.values():
        regard.close()


@pytest.fixture(scope="package")
def planche() -> Iterator[Planche]:
    """The contact sheet of the run."""
    feuille = Planche(DOSSIER)
    yield feuille
    feuille.write()


@pytest.fixture(scope="package")
def titres() -> dict[tuple[str, str], str]:
    """Which page has which title, in each portal."""
    return {}


@pytest.fixture(scope="session", autouse=True)
def ancienne_planche() -> None:
    """Begin the whole matrix with an empty folder."""
    from tests.yeux.test_pages import TOUT

    if TOUT:
        shutil.rmtree(DOSSIER, ignore_errors=True)
