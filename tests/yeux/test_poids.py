"""What a page weighs on the wire, and what the next one costs, served as production serves it.

Everything is counted as Chromium receives it, headers included. The demo's bar and its list of accounts
are on these pages: in production they weigh less.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from tests.e2e.bases import copy_of
from tests.e2e.pile import manage
from tests.yeux.conftest import base_of, scene_of
from tests.yeux.pages import page
from tests.yeux.scene import Portail, opened

pytestmark = [pytest.mark.navigateur, pytest.mark.yeux]

KILO = 1000
BUDGET = 300 * KILO
#: The longest table of the forms, as in the bench.
MODULES = """
from candidatures.models import Candidature, Module
dossier = Candidature.objects.get(pk="{pk}")
manquent = 30 - dossier.modules.count()
Module.objects.bulk_create(
    Module(candidature=dossier, ordre=30 + rang, titre=f"Module {{rang}}", heures=15, mode="PRESENTIEL",
           competences="Intégrer une maquette accessible.", enseignements="HTML, CSS, accessibilité.",
           evaluation="Projet noté par un jury.")
    for rang in range(manquent)
)
"""


@dataclass
class Recu:
    """A file that the browser received: what it is, how much came by the wire, and what the server said."""

    adresse: str
    genre: str = ""
    octets: int = 0
    entetes: dict[str, str] = field(default_factory=dict)

    @property
    def chemin(self) -> str:
        return urlsplit(self.adresse).path


class Fil:
    """What comes by the wire, noted as the browser's own tools count it."""

    def __init__(self, page: Page) -> None:
        self.recus: dict[str, Recu] = {}
        cdp: CDPSession = page.context.new_cdp_session(page)
        cdp.on("Network.requestWillBeSent", self._asked)
        cdp.on("Network.responseReceived", self._answered)
        cdp.on("Network.loadingFinished", self._finished)
        cdp.send("Network.enable")

    def _asked(self, dit: dict[str, Any]) -> None:
        self.recus[dit["requestId"]] = Recu(dit["request"]["url"], dit.get("type", ""))

    def _answered(self, dit: dict[str, Any]) -> None:
        entetes = {nom.lower(): valeur for nom, valeur in dit["response"]["headers"].items()}
        self.recus[dit["requestId"]].entetes = entetes

    def _finished(self, dit: dict[str, Any]) -> None:
        if dit["requestId"] in self.recus:
            self.recus[dit["requestId"]].octets = int(dit["encodedDataLength"])

    def bring(self, page: Page, chemin: str) -> list[Recu]:
        """Open a page and return what came by the wire, the browser's own cache left out."""
        self.recus.clear()
        reponse = page.goto(chemin, wait_until="networkidle")
        assert reponse is not None
        assert reponse.status == 200, f"{chemin} answered {reponse.status}"
        assert page.url.endswith(chemin), f"{chemin} led to {page.url}"
        return [recu for recu in self.recus.values() if recu.octets and not recu.adresse.startswith("data:")]


def weight(recus: list[Recu]) -> int:
    """Return the bytes of a visit."""
    return sum(recu.octets for recu in recus)


def tell(recus: list[Recu]) -> str:
    """Say what a weight is made of, the heaviest kinds first."""
    genres: dict[str, list[int]] = {}
    for recu in recus:
        genres.setdefault(recu.genre, []).append(recu.octets)
    lignes = sorted(genres.items(), key=lambda genre: -sum(genre[1]))
    parts = [f"{genre} {sum(octets) / KILO:.1f} ({len(octets)})" for genre, octets in lignes]
    return f"{weight(recus) / KILO:.1f} kB: {', '.join(parts)}"


@pytest.fixture(scope="module")
def portail(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Portail]:
    """The demo's portal, its static files collected as the image has them."""
    scene = scene_of(tmp_path_factory, "demo", base_of(request, "demo"))
    dossier = copy_of(scene, tmp_path_factory.mktemp("poids"))
    reglages = {"GEN_STATIQUES_PRETS": "1", "GEN_STATIC_ROOT": str(dossier / "prets")}
    manage(dossier, "collectstatic", "--no-input", "--verbosity", "0", reglages=reglages)
    with opened(dossier, reglages=reglages) as portail:
        manage(dossier, "shell", "--no-imports", "-c", MODULES.format(pk=portail.objets["brouillon-pret"]))
        yield portail


@pytest.fixture
def contexte(chromium: Browser, portail: Portail) -> Iterator[BrowserContext]:
    """A browser that has never been here."""
    contexte = chromium.new_context(base_url=portail.url, locale="fr-FR")
    contexte.set_default_timeout(60_000)
    yield contexte
    contexte.close()


def enter(contexte: BrowserContext, portail: Portail, role: str) -> Page:
    """Return a page of somebody, signed in or not."""
    if role != "anonyme":
        contexte.add_cookies([{"name": "sessionid", "value": portail.sessions[role], "url": portail.url}])
    return contexte.new_page()


#: What a project holder meets, and who opens it.
PAGES = {
    "home": page("accueil", "anonyme"),
    "the call": page("candidatures:appel", "anonyme"),
    "sign-in": page("account_login", "anonyme"),
    "task list": page("candidatures:dossier", "porteur", pk="brouillon-pret"),
    "section of 30 modules": page("candidatures:section", "porteur", pk="brouillon-pret", code="=programme"),
    "recap": page("candidatures:recapitulatif", "porteur", pk="brouillon-pret"),
}
#: The instructors' heaviest page, in Django's own admin: bounded at what it is.
INSTRUCTION = page("admin:instruction_dossier", "instructeur1", pk="inscrit")
BUDGET_INSTRUCTION = 100 * KILO
IMMUABLE = {"public", "immutable"}
UN_AN = 365 * 24 * 3600
#: Scripts that stop the reading of the page: neither data, nor modules, nor deferred.
BLOQUANTS = """[...document.scripts]
  .filter((s) => s.src && !s.defer && !s.async && s.type !== "module" && !s.noModule).map((s) => s.src)"""
#: What Chromium itself says that the first paint waited for.
RETARDS = """performance.getEntriesByType("resource")
  .filter((r) => r.renderBlockingStatus === "blocking").map((r) => r.name)"""


@pytest.mark.parametrize("nom", PAGES)
def test_given_an_empty_cache_when_a_page_is_opened_then_it_weighs_less_than_300_kb(
    nom: str, contexte: BrowserContext, portail: Portail
) -> None:
    vue = PAGES[nom]
    onglet = enter(contexte, portail, vue.roles[0])
    recus = Fil(onglet).bring(onglet, portail.path(vue))
    print(f"{nom}: {tell(recus)}")  # noqa: T201  (a figure to read)
    assert weight(recus) <= BUDGET, tell(recus)
    assert faults(recus) == []


def test_given_an_empty_cache_when_the_dossier_is_opened_in_the_admin_then_it_weighs_no_more_than_it_does(
    contexte: BrowserContext, portail: Portail
) -> None:
    onglet = enter(contexte, portail, "instructeur1")
    recus = Fil(onglet).bring(onglet, portail.path(INSTRUCTION))
    print(f"instruction: {tell(recus)}")  # noqa: T201  (a figure to read)
    assert weight(recus) <= BUDGET_INSTRUCTION, tell(recus)


def faults(recus: list[Recu]) -> list[str]:
    """Return what a browser would have to ask for again, or receives heavier than it needs."""
    trouves = [
        f"{recu.chemin} came twice" for recu in recus if [r.adresse for r in recus].count(recu.adresse) > 1
    ]
    for recu in recus:
        codage = recu.entetes.get("content-encoding", "")
        if recu.genre == "Font":
            trouves += [] if recu.chemin.endswith(".woff2") else [f"{recu.chemin} is no woff2"]
        elif codage not in ("br", "gzip") and recu.octets > KILO:
            trouves.append(f"{recu.chemin} is not compressed")
        if recu.genre != "Document" and not _for_ever(recu.entetes.get("cache-control", "")):
            trouves.append(f"{recu.chemin} is asked for again: {recu.entetes.get('cache-control')}")
    return trouves


def _for_ever(controle: str) -> bool:
    parts = {part.strip() for part in controle.split(",")}
    durees = [int(part.removeprefix("max-age=")) for part in parts if part.startswith("max-age=")]
    return parts >= IMMUABLE and min(durees, default=0) >= UN_AN


def test_given_a_page_already_seen_when_others_are_opened_then_only_what_is_new_comes(
    contexte: BrowserContext, portail: Portail
) -> None:
    onglet = enter(contexte, portail, "porteur")
    fil = Fil(onglet)
    vus = {recu.adresse for recu in fil.bring(onglet, portail.path(PAGES["task list"]))}
    for nom in ("section of 30 modules", "recap", "task list"):
        recus = fil.bring(onglet, portail.path(PAGES[nom]))
        print(f"then {nom}: {tell(recus)}")  # noqa: T201  (a figure to read)
        revenus = [recu.chemin for recu in recus if recu.adresse in vus and recu.genre != "Document"]
        assert revenus == []
        vus |= {recu.adresse for recu in recus}
    # The task list, seen again: its own text and nothing else.
    assert [recu.genre for recu in recus] == ["Document"]


def test_given_a_page_when_it_loads_then_only_its_sheets_hold_back_its_first_paint(
    contexte: BrowserContext, portail: Portail
) -> None:
    for vue in PAGES.values():
        onglet = enter(contexte, portail, vue.roles[0])
        onglet.goto(portail.path(vue), wait_until="load")
        assert onglet.evaluate(BLOQUANTS) == []
        bloquants = onglet.evaluate(RETARDS)
        assert bloquants
        assert all(adresse.endswith(".css") for adresse in bloquants), bloquants
        onglet.close()


def test_given_the_same_page_when_asked_for_again_then_its_compressed_length_tells_nothing(
    contexte: BrowserContext, portail: Portail
) -> None:
    reponses = [
        contexte.request.get(portail.path(PAGES["the call"]), headers={"Accept-Encoding": "gzip"})
        for _ in range(8)
    ]
    assert {reponse.headers["content-encoding"] for reponse in reponses} == {"gzip"}
    assert len({reponse.headers["content-length"] for reponse in reponses}) > 1
