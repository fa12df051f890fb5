"""Passkeys in a real browser, with the virtual authenticator of Chromium, under the portal's policy."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect, sync_playwright

from comptes.models import Role
from tests.comptes.fabriques import utilisateur
from tests.comptes.totp import MOT_DE_PASSE, code_now, enrol, mailed_code

pytestmark = [pytest.mark.navigateur, pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ECOUTE = """document.addEventListener("securitypolicyviolation",
  (e) => console.error("CSP " + e.violatedDirective + " " + e.blockedURI));"""


@pytest.fixture(autouse=True)
def _portes(settings: Any) -> None:
    settings.GEN_SECOND_FACTEUR = True
    cache.clear()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start the system's Chromium once."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright's loop makes Django wary of threads without cause.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        navigateur = playwright.chromium.launch(
            executable_path=os.environ.get("GEN_CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield navigateur
        navigateur.close()


@pytest.fixture(params=[360, 1440])
def page(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[Page]:
    """A page that keeps what the console says in ``page.dites``, and has a passkey at hand."""
    contexte = chromium.new_context(viewport={"width": request.param, "height": 900}, locale="fr-FR")
    onglet = contexte.new_page()
    onglet.add_init_script(ECOUTE)
    dites: list[str] = []
    onglet.on("console", lambda message: dites.append(f"{onglet.url} {message.type}: {message.text}"))
    onglet.on("pageerror", lambda erreur: dites.append(f"{onglet.url} {erreur}"))
    onglet.dites = dites
    yield onglet
    contexte.close()


def _plug_in(page: Page) -> None:
    """Plug in an authenticator that answers every question at once."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    cdp.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def _check(page: Page) -> None:
    """No violation of accessibility, nothing wider than the screen."""
    resultat = Axe().run(page)
    assert resultat.violations_count == 0, resultat.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def _type_password(page: Page, live_server: Any, personne: Any) -> None:
    page.goto(f"{live_server.url}/compte/login/")
    page.get_by_label("Adresse électronique").fill(personne.email)
    page.get_by_label("Mot de passe", exact=True).fill(MOT_DE_PASSE)
    page.get_by_role("main").get_by_role("button", name="Se connecter").click()


def test_given_an_agent_when_guided_then_a_passkey_is_enrolled_and_opens_the_next_sign_in(
    page: Page, live_server: Any
) -> None:
    personne = utilisateur(Role.DIRECTION)
    _plug_in(page)
    _type_password(page, live_server, personne)
    expect(page.get_by_role("heading", name="Saisissez le code reçu")).to_be_visible()
    _check(page)
    page.get_by_label("Code reçu par courriel").fill(mailed_code(personne.email))
    page.get_by_role("button", name="Valider le code").click()

    expect(page.get_by_role("heading", name="Protégez votre compte")).to_be_visible()
    _check(page)
    page.get_by_role("link", name="Utiliser une clé d’accès").click()
    _check(page)
    page.get_by_role("button", name="Relier la clé").click()
    expect(page.get_by_role("heading", name="Gardez vos codes de secours")).to_be_visible()
    expect(page.get_by_role("button", name="Imprimer les codes")).to_be_visible()
    _check(page)
    page.get_by_role("link", name="Mes codes sont en lieu sûr").click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("Protégez")
    cle = Authenticator.objects.get(user=personne, type="webauthn")
    assert cle.data["name"] == "Ma clé d’accès"

    for chemin in ("/compte/second-facteur/", "/compte/second-facteur/webauthn/"):
        page.goto(f"{live_server.url}{chemin}")
        _check(page)
    page.goto(f"{live_server.url}/compte/second-facteur/webauthn/keys/{cle.pk}/remove/")
    page.get_by_role("button", name="Retirer la clé").click()
    expect(page.get_by_text("ajoutez-en un autre avant de retirer")).to_be_visible()
    assert Authenticator.objects.filter(pk=cle.pk).exists()

    page.goto(f"{live_server.url}/compte/logout/")
    page.get_by_role("main").get_by_role("button", name="Se déconnecter").click()
    page.wait_for_url(f"{live_server.url}/")
    _type_password(page, live_server, personne)
    expect(page.get_by_role("heading", name="Second facteur", exact=True)).to_be_visible()
    _check(page)
    page.get_by_role("button", name="Utiliser une clé d’accès").click()
    page.wait_for_url(f"{live_server.url}/")
    page.goto(f"{live_server.url}/admin/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Espace de travail")
    cle.refresh_from_db()
    assert cle.last_used_at is not None
    assert page.dites == []


def test_given_no_passkey_at_hand_when_one_is_asked_then_the_page_says_what_to_do(
    page: Page, live_server: Any
) -> None:
    personne = utilisateur(Role.DIRECTION)
    secret = enrol(personne)
    _type_password(page, live_server, personne)
    page.get_by_label("Code de l’application").fill("000000")
    page.get_by_role("main").get_by_role("button", name="Se connecter").click()
    expect(page.get_by_text("Ce code n’est pas le bon").first).to_be_visible()
    _check(page)
    page.get_by_label("Code de l’application").fill(code_now(secret))
    page.get_by_role("main").get_by_role("button", name="Se connecter").click()
    page.wait_for_url(f"{live_server.url}/")
    page.goto(f"{live_server.url}/compte/second-facteur/webauthn/add/")
    page.evaluate("() => { navigator.credentials.create = () => Promise.reject(new Error('annulé')); }")
    page.get_by_role("button", name="Relier la clé").click()
    expect(page.get_by_text("La clé n’a pas répondu")).to_be_visible()
    _check(page)
    assert page.dites == []


def test_given_the_application_when_enrolling_then_the_page_is_whole_on_every_screen(
    page: Page, live_server: Any
) -> None:
    personne = utilisateur()
    _type_password(page, live_server, personne)
    page.goto(f"{live_server.url}/compte/second-facteur/totp/activate/")
    expect(page.get_by_role("img", name="Code QR")).to_be_visible()
    page.get_by_label("Code à six chiffres").fill("12")
    page.get_by_role("button", name="Vérifier le code").click()
    expect(page.get_by_text("Une erreur à corriger")).to_be_visible()
    _check(page)
    assert page.dites == []


def test_given_an_administrator_when_the_accesses_and_a_loss_are_shown_then_the_pages_are_whole(
    page: Page, live_server: Any, settings: Any
) -> None:
    settings.GEN_OIDC_SERVEUR = "https://fournisseur.essai.example"
    page.goto(f"{live_server.url}/compte/login/")
    expect(page.get_by_role("button", name="S’identifier avec ProConnect")).to_be_visible()
    _check(page)
    personne, agent = utilisateur(Role.ADMINISTRATEUR), utilisateur(Role.INSTRUCTEUR)
    secret = enrol(personne)
    enrol(agent)
    _type_password(page, live_server, personne)
    page.get_by_label("Code de l’application").fill("000000")
    page.get_by_role("main").get_by_role("button", name="Se connecter").click()
    page.get_by_label("Code de l’application").fill(code_now(secret))
    page.get_by_role("main").get_by_role("button", name="Se connecter").click()
    page.wait_for_url(f"{live_server.url}/")
    page.goto(f"{live_server.url}/comptes/acces/")
    expect(page.get_by_text("cette session")).to_be_visible()
    _check(page)
    page.goto(f"{live_server.url}/admin/comptes/secondfacteur/personne/{agent.pk}/retirer/")
    _check(page)
    page.get_by_role("button", name="Retirer le second facteur").click()
    expect(page.get_by_text("Assurez-vous d’abord")).to_be_visible()
    _check(page)
    # Chromium itself writes that the page with an error answered 422.
    assert [mot for mot in page.dites if "status of 422" not in mot] == []
