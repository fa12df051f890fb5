"""Every line of the table, looked at, when ``make eyes`` asks for it.

``GEN_TEST_YEUX=tout`` (``make eyes``) looks with every role, colleagues included, at every width, zoomed and
by the keyboard alone, and keeps the pictures under ``build/yeux/``; ``GEN_TEST_YEUX=vite`` looks at each
page once, at 360 pixels, with its first role.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest

from tests.yeux.clavier import walk
from tests.yeux.conftest import Fenetre
from tests.yeux.oeil import Regard
from tests.yeux.pages import JUMEAUX, TABLE, Page
from tests.yeux.planche import Planche
from tests.yeux.scene import Portail

pytestmark = [pytest.mark.navigateur, pytest.mark.yeux]

TOUT = os.environ.get("GEN_TEST_YEUX") == "tout"
ETROIT, *LARGES = 360, 768, 1440


def _roles(page: Page) -> tuple[str, ...]:
    if page.bouton or not TOUT:
        # What one may send depends on whose task it is: a colleague may have no button.
        return page.roles
    jumeaux = (JUMEAUX[role] for role in page.roles if role in JUMEAUX)
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
            regard.send(page.bouton, page.saisie, page.statut)
        yield


def test_given_the_table_then_each_line_has_a_name_of_its_own() -> None:
    cles = [page.cle for page in TABLE]
    assert sorted({cle for cle in cles if cles.count(cle) > 1}) == []


@pytest.mark.parametrize(
    ("page", "role", "largeur"),
    [pytest.param(*regard, id=f"{regard[0].cle}-{regard[1]}-{regard[2]}") for regard in _looks()],
)
def test_given_a_person_when_a_page_is_looked_at_then_nothing_is_wrong_with_it(
    page: Page,
    role: str,
    largeur: int,
    fenetre: Fenetre,
    portails: dict[str, Portail],
    planche: Planche,
    titres: dict[tuple[str, str], str],
) -> None:
    regard, portail = fenetre(role, page.etat), portails[page.etat]
    with shown(regard, portail, page, largeur):
        fautes = regard.faults()
        if page.bouton and not page.sans_resume and not regard.summary_has_focus():
            fautes.append("the summary of errors has not the focus")
        chemin = portail.path(page).partition("?")[0] + page.etat * bool(page.bouton)
        autre = titres.setdefault((portail.url, regard.title), chemin)
        if autre != chemin and page.statut != 404:
            fautes.append(f"its title «{regard.title}» is that of {autre}")
        if TOUT or fautes:
            planche.keep(regard.page, page.cle, role, largeur, fautes)
    assert not fautes, "\n".join(fautes)


@pytest.mark.parametrize("page", [pytest.param(page, id=page.cle) for page in TABLE])
def test_given_other_widths_a_zoom_or_a_keyboard_alone_then_the_page_is_used_whole(
    page: Page, fenetre: Fenetre, portails: dict[str, Portail]
) -> None:
    regard = fenetre(page.roles[0], page.etat)
    with shown(regard, portails[page.etat], page, LARGES[0]):
        fautes = regard.faults(axe=False)
        fautes += regard.zoom()
        regard.resize(LARGES[1])
        fautes += regard.faults()
        regard.resize(1280)
        fautes += walk(regard.page).fautes
    assert not fautes, "\n".join(fautes)
