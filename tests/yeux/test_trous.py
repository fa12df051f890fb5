"""Do the eyes see? Each hole is cut in a real page, on its way to the browser; each has to be found."""

import pytest
from playwright.sync_api import Route

from tests.yeux.clavier import walk
from tests.yeux.conftest import Fenetre
from tests.yeux.oeil import LUS, Regard

pytestmark = [pytest.mark.navigateur, pytest.mark.yeux]

CHEMIN = "/accessibilite/"
FEUILLE = '<link rel="stylesheet" href="/trou.css">'
SCRIPT = '<script src="/trou.js"></script>'
PIEGE = """document.getElementById("trou").addEventListener("keydown",
  (e) => { if (e.key === "Tab") e.preventDefault(); });"""

TROUS = {
    "an unlabelled field": ('<input type="text" id="trou">', "", "axe, label"),
    "an image without alternative": ('<img src="/static/portail/favicon.svg">', "", "axe, image-alt"),
    "an inline style": ('<p style="color: red">Trou</p>', "", "CSP style-src"),
    "an inline script": ("<script>window.trou = 1</script>", "", "CSP script-src"),
    "a word in the console": (SCRIPT, 'console.error("trou")', "console, error: trou"),
    "a script that fails": (SCRIPT, "trou()", "trou is not defined"),
    "an image of another site": ('<img src="https://trou.example/x.png" alt="">', "", "trou.example"),
    "a file that is not there": ('<img src="/static/trou.png" alt="">', "", "trou.png answered 404"),
    "an element of 1,000 pixels": (f'{FEUILLE}<p id="trou">Trou</p>', "#trou { width: 1000px; }", "sideways"),
    "a second h1": ("<h1>Trou</h1>", "", "2 h1"),
    "a text too pale": (
        f'{FEUILLE}<p id="trou">Trou pâle</p>',
        "#trou { color: #bbb; }",
        "axe, color-contrast",
    ),
}
TROUS_DU_CLAVIER = {
    "a trap": (f'<input id="trou" aria-label="Trou">{SCRIPT}', PIEGE, "never leaves the page"),
    "a focus that nothing shows": (
        f'{FEUILLE}<a href="/" id="trou">Trou</a>',
        "#trou { outline: 0 !important; box-shadow: none !important; background: none !important; }",
        "focus not visible: <a id=trou>",
    ),
    "an order of its own": ('<a href="/" tabindex="1">Trou</a>', "", "focus jumps back"),
    "a column upside down": (
        f'{FEUILLE}<p id="trou"><a href="/">Un</a><a href="/">Deux</a><a href="/">Trois</a></p>',
        "#trou { display: flex; flex-direction: column-reverse; gap: 2rem; }",
        "focus climbs",
    ),
}


def _cut(fenetre: Fenetre, html: str, fichier: str) -> Regard:
    regard = fenetre("trou", "normal")
    # The holes share their address and their elements, not their style sheet.
    LUS.clear()

    def answer(route: Route) -> None:
        reponse = route.fetch()
        route.fulfill(response=reponse, body=reponse.text().replace("</main>", f"{html}</main>"))

    def serve(route: Route) -> None:
        genre = "text/css" if route.request.url.endswith(".css") else "text/javascript"
        route.fulfill(body=fichier, content_type=genre)

    regard.page.unroute_all()
    regard.page.route(f"**{CHEMIN}", answer)
    regard.page.route("**/trou.css", serve)
    regard.page.route("**/trou.js", serve)
    regard.open(CHEMIN, 360)
    return regard


@pytest.mark.parametrize("trou", TROUS)
def test_given_a_hole_in_a_page_when_looked_at_then_it_is_seen(trou: str, fenetre: Fenetre) -> None:
    html, fichier, attendu = TROUS[trou]
    fautes = _cut(fenetre, html, fichier).faults()
    assert any(attendu in faute for faute in fautes), fautes


@pytest.mark.parametrize("trou", TROUS_DU_CLAVIER)
def test_given_a_hole_for_the_keyboard_when_walked_then_it_is_seen(trou: str, fenetre: Fenetre) -> None:
    html, fichier, attendu = TROUS_DU_CLAVIER[trou]
    fautes = walk(_cut(fenetre, html, fichier).page).fautes
    assert any(attendu in faute for faute in fautes), fautes


def test_given_the_same_page_without_a_hole_then_nothing_is_seen(fenetre: Fenetre) -> None:
    regard = _cut(fenetre, "", "")
    assert regard.faults() == []
    assert walk(regard.page).fautes == []
