"""What the eyes stand on: two portals, one Chromium, one window per person."""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.bases import copy_of, locked, made_once
from tests.e2e.conftest import chromium  # noqa: F401 (a fixture, which pytest looks for here)
from tests.yeux.oeil import TOUT, Regard
from tests.yeux.planche import DOSSIER, Planche
from tests.yeux.scene import GARDEE, Portail, is_kept, opened, prepare

#: Nobody signed in; the second one has the pages that the holes are cut in.
SANS_SESSION = ("anonyme", "trou")
Fenetre = Callable[[str, str], Regard]
#: Given a state, a title and an address, says to which address the title belongs.
Titres = Callable[[str, str, str], str]


@pytest.fixture(scope="package")
def portails(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Portail]]:
    """The two portals, by the state of their pages."""
    bases = {nom: base_of(request, nom) for nom in ("demo", "base")}
    with ThreadPoolExecutor() as ensemble, ExitStack() as pile:
        dossiers = ensemble.map(lambda nom: scene_of(tmp_path_factory, nom, bases[nom]), bases)
        plein, vide = (pile.enter_context(opened(dossier)) for dossier in dossiers)
        yield {"normal": plein, "erreur": plein, "vide": vide}


def base_of(request: pytest.FixtureRequest, nom: str) -> Path | None:
    """Return what a scene stands on; nothing when an earlier run has kept the scene."""
    return None if is_kept(nom) else request.getfixturevalue(f"{nom}_prete")


def scene_of(fabrique: pytest.TempPathFactory, nom: str, base: Path | None) -> Path:
    """Return the folder of a scene that stands on a base: kept by an earlier run, or one's own."""
    if base is None:
        return Path(GARDEE) / nom
    prete = made_once(fabrique, f"scene-{nom}", lambda dossier: prepare(base, dossier, nom))
    return copy_of(prete, fabrique.mktemp(f"scene-{nom}"))


@pytest.fixture(scope="package")
def fenetre(chromium: Browser, portails: dict[str, Portail]) -> Iterator[Fenetre]:  # noqa: F811
    """Give the window of a person in one of the two portals, opened at the first look."""
    ouvertes: dict[tuple[str, str], Regard] = {}
    devant: list[Regard] = []

    def open_window(role: str, etat: str) -> Regard:
        portail = portails[etat]
        if (portail.url, role) not in ouvertes:
            session = "" if role in SANS_SESSION else portail.sessions[role]
            ouvertes[portail.url, role] = Regard(chromium, portail.url, session)
        regard = ouvertes[portail.url, role]
        for autre in devant:
            if autre is not regard:
                autre.rest()
        devant[:] = [regard]
        return regard

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
def titres(tmp_path_factory: pytest.TempPathFactory) -> Titres:
    """Whose each title is, in each portal, whatever the process that looks."""

    def claim(etat: str, titre: str, chemin: str) -> str:
        with locked(tmp_path_factory, "titres") as commun:
            registre = commun / "titres.json"
            connus = json.loads(registre.read_text()) if registre.exists() else {}
            premier: str = connus.setdefault(f"{etat} {titre}", chemin)
            registre.write_text(json.dumps(connus))
        return premier

    return claim


@pytest.fixture(scope="session", autouse=True)
def ancienne_planche() -> None:
    """Begin the whole matrix with an empty folder."""
    if TOUT:
        shutil.rmtree(DOSSIER, ignore_errors=True)
