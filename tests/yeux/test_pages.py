"""Every line of the table, looked at, when ``make eyes`` asks for it.

``GEN_TEST_YEUX=vite`` looks at each page with each of its roles at 360 pixels; once, with its first role, it
goes on at the other widths, zoomed and by the keyboard alone. ``GEN_TEST_YEUX=tout`` (``make eyes``) opens it
with every account, colleagues included, at every width, and keeps the pictures under ``build/yeux/``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

import pytest

from tests.yeux.clavier import walk
from tests.yeux.conftest import Fenetre, Titres
from tests.yeux.oeil import TOUT, Regard
from tests.yeux.pages import A_SOI, JUMEAUX, TABLE, Page
from tests.yeux.planche import Planche
from tests.yeux.scene import Portail

pytestmark = [pytest.mark.navigateur, pytest.mark.yeux]

ETROIT, *LARGES = 360, 768, 1440
Look = Callable[[Page, str, int], list[str]]


def _roles(page: Page) -> tuple[str, ...]:
    if page.bouton or not TOUT:
        # What one may send depends on whose task it is: a colleague may have no button.
        return page.roles
    jumeaux = (JUMEAUX[role] for role in page.roles if role in JUMEAUX and page.nom not in A_SOI)
    return tuple(dict.fromkeys([*page.roles, *jumeaux]))


def _looks() -> Iterator[tuple[Page, str, int]]:
    for page in TABLE:
        for role in _roles(page):
            for largeur in (ETROIT, *LARGES) if TOUT else (ETROIT,):
                yield page, role, largeur


@contextmanager
def shown(regard: Regard, portail: Portail, page: Page, largeur: int) -> Iterator[None]:
    """Show a line of the table: open the page, and send its form when the line is an error."""
    chemin = portail.path(page)
    html = portail.objets.get(f"html-{page.precision}", "")
    with regard.served(chemin, html, page.statut) if html else nullcontext():
        if not page.bouton:
            regard.open(chemin, largeur, page.statut)
        else:
            regard.open(chemin, largeur)
            regard.send(page.bouton, page.saisie, page.statut, sans_script=page.sans_script)
        yield


def test_given_the_table_then_each_line_has_a_name_of_its_own() -> None:
    cles = [page.cle for page in TABLE]
    assert sorted({cle for cle in cles if cles.count(cle) > 1}) == []


def _each(*, admin: bool) -> pytest.MarkDecorator:
    """Play a test with each look at the admin's pages, or at the others."""
    looks = [regard for regard in _looks() if regard[0].nom.startswith(("admin:", "=/admin/")) == admin]
    ids = [f"{page.cle}-{role}-{largeur}" for page, role, largeur in looks]
    return pytest.mark.parametrize(("page", "role", "largeur"), looks, ids=ids)


@_each(admin=False)
def test_given_a_person_when_a_page_is_looked_at_then_nothing_is_wrong_with_it(
    page: Page, role: str, largeur: int, look: Look
) -> None:
    fautes = look(page, role, largeur)
    assert not fautes, "\n".join(fautes)


@_each(admin=True)
def test_given_a_page_of_the_admin_when_it_is_looked_at_then_nothing_is_wrong_with_it(
    page: Page, role: str, largeur: int, look: Look
) -> None:
    fautes = look(page, role, largeur)
    assert not fautes, "\n".join(fautes)


@pytest.fixture
def look(fenetre: Fenetre, portails: dict[str, Portail], planche: Planche, titres: Titres) -> Look:
    """Return what looks at a line of the table as somebody, and says what is wrong."""

    def at(page: Page, role: str, largeur: int) -> list[str]:
        regard, portail = fenetre(role, page.etat), portails[page.etat]
        with shown(regard, portail, page, largeur):
            fautes = regard.faults()
            if page.bouton and not page.sans_resume and not regard.summary_has_focus():
                fautes.append("the summary of errors has not the focus")
            chemin = portail.path(page).partition("?")[0] + page.etat * bool(page.bouton)
            autre = titres(page.etat.replace("erreur", "normal"), regard.title, chemin)
            if autre != chemin and page.statut != 404:
                fautes.append(f"its title «{regard.title}» is that of {autre}")
            if TOUT or fautes:
                planche.keep(regard.page, page.cle, role, largeur, fautes)
            if (role, largeur) == (page.roles[0], ETROIT):
                fautes += _faults_of_use(regard)
        return fautes

    return at


def _faults_of_use(regard: Regard) -> list[str]:
    """Turn the phone, zoom, widen the window, then leave the mouse: tell what goes wrong on the way."""
    fautes = regard.zoom()
    for largeur in LARGES:
        regard.resize(largeur)
        fautes += regard.faults(axe=largeur == LARGES[-1])
    regard.resize(1280)
    return fautes + walk(regard.page).fautes
