"""What opens and closes, by the keyboard alone: skip links, menu, display settings, breadcrumb."""

import pytest
from playwright.sync_api import Page as Onglet

from tests.yeux.clavier import HAUT
from tests.yeux.conftest import Fenetre
from tests.yeux.oeil import wait_until

pytestmark = [pytest.mark.navigateur, pytest.mark.yeux]

ACTIF = "document.activeElement"


def _focus(onglet: Onglet, selecteur: str) -> None:
    wait_until(onglet, f"document.activeElement.matches({selecteur!r})")


@pytest.mark.parametrize(
    ("role", "chemin", "cible"),
    [
        ("anonyme", "/appel/", "#contenu"),
        ("porteur", "/candidatures/", "#contenu"),
        ("admin", "/admin/comptes/structure/", "#content-start"),
    ],
)
def test_given_the_top_of_a_page_when_tab_and_enter_then_the_first_link_skips_to_the_content(
    role: str, chemin: str, cible: str, fenetre: Fenetre
) -> None:
    regard = fenetre(role, "normal")
    regard.open(chemin, 1440)
    regard.page.evaluate(HAUT)
    regard.page.keyboard.press("Tab")
    assert regard.page.evaluate(f"{ACTIF}.getAttribute('href')") == cible
    assert regard.page.evaluate(f"{ACTIF}.getBoundingClientRect().top") >= 0
    regard.page.keyboard.press("Enter")
    regard.page.keyboard.press("Tab")
    assert regard.page.evaluate(f"document.querySelector('{cible}').contains({ACTIF})")


def test_given_a_phone_when_the_menu_opens_by_the_keyboard_then_escape_closes_it_and_gives_the_focus_back(
    fenetre: Fenetre,
) -> None:
    regard = fenetre("porteur", "normal")
    regard.open("/", 360)
    menu = regard.page.locator("#menu-principal")
    regard.page.locator("#bouton-menu").focus()
    regard.page.keyboard.press("Enter")
    menu.wait_for(state="visible")
    wait_until(regard.page, "document.querySelector('#menu-principal').contains(document.activeElement)")
    for _ in range(30):
        regard.page.keyboard.press("Tab")
        assert regard.page.evaluate(f"document.querySelector('#menu-principal').contains({ACTIF})")
    regard.page.keyboard.press("Escape")
    menu.wait_for(state="hidden")
    _focus(regard.page, "#bouton-menu")
    assert regard.faults(axe=False) == []


@pytest.mark.parametrize("largeur", [360, 1440])
def test_given_the_display_settings_when_opened_by_the_keyboard_then_escape_closes_them(
    largeur: int, fenetre: Fenetre
) -> None:
    regard = fenetre("anonyme", "normal")
    regard.open("/accessibilite/", largeur)
    outils = ".fr-header__tools"
    if largeur == 360:
        outils = "#menu-principal"
        regard.page.locator("#bouton-menu").press("Enter")
        regard.page.locator("#menu-principal").wait_for(state="visible")
    regard.page.locator(f"{outils} button[aria-controls=fr-theme-modal]").press("Enter")
    modale = regard.page.locator("#fr-theme-modal")
    modale.wait_for(state="visible")
    wait_until(regard.page, "document.querySelector('#fr-theme-modal').contains(document.activeElement)")
    regard.page.keyboard.press("Escape")
    modale.wait_for(state="hidden")
    assert regard.page.evaluate(f"{ACTIF} !== document.body"), "the focus is lost"
    assert regard.faults(axe=False) == []


def test_given_the_display_settings_when_the_dark_theme_is_chosen_then_it_stays_and_axe_finds_nothing(
    fenetre: Fenetre,
) -> None:
    regard = fenetre("anonyme", "normal")
    regard.open("/accessibilite/", 1440)
    regard.page.locator(".fr-header__tools button[aria-controls=fr-theme-modal]").click()
    regard.page.locator("label[for=fr-radios-theme-dark]").click()
    theme = "document.documentElement.getAttribute('data-fr-theme')"
    wait_until(regard.page, f"{theme} === 'dark'")
    try:
        for chemin in ("/", "/appel/", "/formations/"):
            regard.open(chemin, 1440)
            wait_until(regard.page, f"{theme} === 'dark'")
            assert regard.faults() == []
    finally:
        regard.page.evaluate("localStorage.clear()")


def test_given_a_phone_when_the_breadcrumb_is_unfolded_by_the_keyboard_then_its_first_link_has_the_focus(
    fenetre: Fenetre,
) -> None:
    regard = fenetre("anonyme", "normal")
    regard.open("/appel/", 360)
    regard.page.locator(".fr-breadcrumb__button").press("Enter")
    regard.page.locator("#fil-ariane a").first.wait_for(state="visible")
    _focus(regard.page, "#fil-ariane a")


def test_given_an_error_in_the_summary_when_its_link_is_followed_then_the_field_has_the_focus(
    fenetre: Fenetre,
) -> None:
    regard = fenetre("anonyme", "normal")
    regard.open("/compte/signup/", 360)
    regard.send("Créer mon compte", {})
    assert regard.summary_has_focus()
    regard.page.keyboard.press("Tab")
    assert regard.page.evaluate(f"{ACTIF}.innerText") == "Prénom"
    regard.page.keyboard.press("Enter")
    _focus(regard.page, "#id_prenom")
