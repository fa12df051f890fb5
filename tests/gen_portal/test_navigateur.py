"""The shell in a real browser: nothing in the console, nothing refused by the policy, nothing too wide."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from comptes.models import Role
from tests.comptes.fabriques import structure, utilisateur

pytestmark = [pytest.mark.navigateur, pytest.mark.django_db(transaction=True)]

LARGEURS = (360, 1440)
ECOUTE = """document.addEventListener("securitypolicyviolation",
  (e) => console.error("CSP " + e.violatedDirective + " " + e.blockedURI));"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium once; Playwright's loop makes Django wary of threads without cause."""
    avant = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        navigateur = playwright.chromium.launch(
            executable_path=os.environ.get("GEN_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        yield navigateur
        navigateur.close()
    if avant is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(params=LARGEURS)
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """A page at one width, that keeps what the console says in ``page.dites``."""
    contexte = chromium.new_context(viewport={"width": request.param, "height": 900}, locale="fr-FR")
    onglet = contexte.new_page()
    onglet.add_init_script(ECOUTE)
    dites: list[str] = []
    onglet.on("console", lambda message: dites.append(f"{onglet.url} {message.type}: {message.text}"))
    onglet.on("pageerror", lambda erreur: dites.append(f"{onglet.url} {erreur}"))
    onglet.dites = dites  # type: ignore[attr-defined]
    yield onglet
    contexte.close()


def _sign_in(page: Page, live_server: Any, personne: Any) -> None:
    client = Client()
    client.force_login(personne)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])


def _check(page: Page, live_server: Any, chemin: str) -> None:
    page.goto(f"{live_server.url}{chemin}")
    page.wait_for_load_state("networkidle")
    trop_large = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(trop_large) == 0, f"{chemin} scrolls sideways"
    # Read the console before axe: its own style sheets are refused, as they should be.
    assert page.dites == []  # type: ignore[attr-defined]
    defauts = Axe().run(page).response["violations"]
    assert [(defaut["id"], defaut["nodes"][0]["html"]) for defaut in defauts] == []
    page.dites.clear()  # type: ignore[attr-defined]


def test_given_nobody_signed_in_when_the_public_pages_open_then_all_is_quiet(
    page: Page, live_server: Any
) -> None:
    for chemin in (
        "/",
        "/accessibilite/",
        "/mentions-legales/",
        "/donnees-personnelles/",
        "/compte/login/",
        "/compte/signup/",
        "/compte/password/reset/",
    ):
        _check(page, live_server, chemin)


def test_given_a_member_when_the_account_pages_open_then_all_is_quiet(page: Page, live_server: Any) -> None:
    personne = utilisateur()
    lieu = structure(personne)
    _sign_in(page, live_server, personne)
    for chemin in (
        "/comptes/",
        "/comptes/structure/",
        "/comptes/structure/nouvelle/",
        f"/comptes/structure/{lieu.pk}/",
        f"/comptes/structure/{lieu.pk}/modifier/",
        f"/comptes/structure/{lieu.pk}/inviter/",
        "/compte/password/change/",
        "/compte/second-facteur/",
    ):
        _check(page, live_server, chemin)


def test_given_an_administrator_when_the_admin_opens_then_all_is_quiet(page: Page, live_server: Any) -> None:
    lieu = structure()
    _sign_in(page, live_server, utilisateur(Role.ADMINISTRATEUR))
    for chemin in (
        "/admin/",
        "/admin/comptes/utilisateur/",
        "/admin/comptes/roleattribue/add/",
        f"/admin/comptes/structure/{lieu.pk}/change/",
        "/admin/socle/evenement/",
        "/admin/socle/courriel/",
    ):
        _check(page, live_server, chemin)


def test_given_a_form_with_errors_when_sent_then_the_summary_has_the_focus(
    page: Page, live_server: Any
) -> None:
    page.goto(f"{live_server.url}/compte/signup/")
    page.click("main button[type=submit]")
    resume = page.locator(".fr-alert--error")
    resume.wait_for()
    assert page.evaluate("document.activeElement.classList.contains('fr-alert--error')")
    resume.get_by_role("link", name="Prénom").click()
    assert page.evaluate("document.activeElement.id") == "id_prenom"
    assert page.dites == []  # type: ignore[attr-defined]


def test_given_the_display_settings_when_the_dark_theme_is_chosen_then_it_is_and_stays(
    page: Page, live_server: Any
) -> None:
    page.goto(f"{live_server.url}/accessibilite/")
    if page.locator("#bouton-menu").is_visible():
        page.click("#bouton-menu")
        page.locator("#menu-principal button[aria-controls=fr-theme-modal]").click()
    else:
        page.locator(".fr-header__tools button[aria-controls=fr-theme-modal]").click()
    page.locator("label[for=fr-radios-theme-dark]").click()
    theme = "document.documentElement.getAttribute('data-fr-theme')"
    page.wait_for_function(f"{theme} === 'dark'")
    page.goto(f"{live_server.url}/mentions-legales/")
    page.wait_for_function(f"{theme} === 'dark'")
    assert page.dites == []  # type: ignore[attr-defined]


def test_given_htmx_when_loaded_then_it_evaluates_nothing_and_writes_no_style(
    page: Page, live_server: Any
) -> None:
    page.goto(f"{live_server.url}/accessibilite/")
    page.wait_for_function("typeof htmx === 'object'")
    reglages = "[htmx.config.allowEval, htmx.config.includeIndicatorStyles, htmx.config.historyCacheSize]"
    assert page.evaluate(reglages) == [False, False, 0]
