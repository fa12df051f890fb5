"""A message in the browser: without a script, by the keyboard, twice at once, across a lost session."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, expect

from gen_portal.demo.comptes import DOMAINE, MOT_DE_PASSE
from tests.e2e.pile import Pile, manage
from tests.e2e.visiteurs import Visiteur

pytestmark = [pytest.mark.navigateur]

COURRIEL = f"messagere@{DOMAINE}"
DIRECTION = f"direction@{DOMAINE}"
#: What this browser keeps of messages that are not sent.
GARDES = "Object.keys(localStorage).filter((cle) => cle.endsWith(':message'))"
#: A porteur of its own, so that the lists of the other tests stay as they are, and her deposited dossier.
DEPOT = f"""
from datetime import date
from comptes import domain as comptes
from gen_portal.demo import scenario
from gen_portal.demo.contenu import MODELES, Lieu, Variante, siret
from socle.references import SYSTEME
lieu = Lieu("69123", "69007", "12 rue des Ateliers")
porteuse = comptes.register_user(
    email="{COURRIEL}", mot_de_passe="{MOT_DE_PASSE}", prenom="Inès", nom="Faure", email_verifie=True
)
structure = comptes.create_structure(acteur=SYSTEME, responsable=porteuse, donnees=dict(
    siret=siret(77), raison_sociale="Atelier des messages", forme_juridique="association", nda="84691234567",
    adresse=lieu.adresse, code_postal=lieu.code_postal, commune="Lyon", commune_code=lieu.commune,
    representant_prenom="Inès", representant_nom="Faure", representant_fonction="Présidente",
    representant_email=porteuse.email,
))
variante = Variante(modele=MODELES[0], lieu=lieu, debut=date(2021, 11, 15))
dossier = scenario.draft(structure=structure, variante=variante, acteur=porteuse)
scenario.deposit(candidature=dossier, acteur=porteuse)
print(dossier.pk)
"""

Entree = Callable[..., Visiteur]


@pytest.fixture(scope="module")
def fil(pile: Pile) -> str:
    """Return the address of the thread of a deposited dossier."""
    cle = manage(pile.dossier, "shell", "--no-imports", "-c", DEPOT).split()[-1]
    return f"/candidatures/{cle}/messages/"


@pytest.fixture
def entrer(chromium: Browser, pile: Pile) -> Iterator[Entree]:
    """Return what lets the porteur in, in a window of her own."""
    presents: list[Visiteur] = []

    def enter(courriel: str = COURRIEL, **fenetre: int) -> Visiteur:
        visiteur = Visiteur(chromium, pile.url, **fenetre)
        presents.append(visiteur)
        sign_in(visiteur, courriel=courriel)
        return visiteur

    yield enter
    for visiteur in presents:
        # Chromium writes a refused form in its console.
        assert [incident for incident in visiteur.incidents if "422" not in incident] == []
        visiteur.close()


def sign_in(visiteur: Visiteur, suite: str = "/compte/login/", courriel: str = COURRIEL) -> None:
    visiteur.page.goto(suite)
    visiteur.page.get_by_label("Adresse électronique").fill(courriel)
    visiteur.page.get_by_label("Mot de passe", exact=False).first.fill(MOT_DE_PASSE)
    visiteur.press("Se connecter")
    visiteur.page.wait_for_url(lambda url: "/login/" not in url)


def test_given_no_script_and_the_keyboard_on_a_phone_when_writing_then_the_message_is_sent(
    entrer: Entree, fil: str
) -> None:
    porteuse = entrer(largeur=360, script=False)
    porteuse.go(fil)
    porteuse.main.get_by_label("Votre message").fill("Bonjour, sans script.")
    porteuse.page.keyboard.press("Tab")
    porteuse.page.keyboard.press("Tab")
    porteuse.page.keyboard.press("Enter")
    porteuse.main.get_by_text("Pas encore lu par la GEN").first.wait_for()
    porteuse.reads("Votre message est envoyé à la GEN.", "Bonjour, sans script.")


def test_given_a_text_when_the_session_ends_then_it_is_found_again_and_dropped_once_sent(
    entrer: Entree, fil: str
) -> None:
    porteuse = entrer()
    porteuse.go(fil)
    zone = porteuse.main.get_by_label("Votre message")
    zone.fill("Une longue question que je ne veux pas récrire.")
    porteuse.contexte.clear_cookies()
    sign_in(porteuse, fil)
    porteuse.page.wait_for_url(lambda url: "/messages/" in url)
    expect(zone).to_have_value("Une longue question que je ne veux pas récrire.")
    porteuse.reads("gardé sur cet appareil, est remis en place")
    porteuse.press("Envoyer le message")
    # The message just sent takes the focus.
    expect(porteuse.page.locator("#dernier")).to_be_focused()
    expect(porteuse.page.locator("#dernier")).to_contain_text("ne veux pas récrire")
    porteuse.page.reload()
    expect(zone).to_have_value("")
    assert porteuse.page.evaluate(GARDES) == []


def test_given_a_text_of_gen_in_the_admin_when_the_session_ends_then_it_is_found_again_and_dropped_once_sent(
    entrer: Entree, fil: str
) -> None:
    agente = entrer(DIRECTION)
    agente.go(_in_the_admin(fil))
    zone = agente.main.get_by_label("Votre message")
    zone.fill("Une longue réponse que je ne veux pas récrire.")
    agente.contexte.clear_cookies()
    sign_in(agente, _in_the_admin(fil), DIRECTION)
    agente.page.wait_for_url(lambda url: "/messages/" in url)
    expect(zone).to_have_value("Une longue réponse que je ne veux pas récrire.")
    agente.reads("gardé sur cet appareil, est remis en place")
    agente.press("Envoyer le message")
    expect(agente.page.locator("#dernier")).to_be_focused()
    expect(agente.page.locator("#dernier")).to_contain_text("ne veux pas récrire")
    agente.page.reload()
    expect(zone).to_have_value("")
    assert agente.page.evaluate(GARDES) == []


def test_given_a_text_kept_in_the_admin_when_signing_out_of_another_of_its_pages_then_nothing_is_left(
    entrer: Entree, fil: str
) -> None:
    agente = entrer(DIRECTION)
    agente.go(_in_the_admin(fil))
    agente.main.get_by_label("Votre message").fill("Un texte qui n’est que le mien.")
    assert len(agente.page.evaluate(GARDES)) == 1
    agente.go("/admin/")
    agente.page.get_by_role("button", name="Se déconnecter").click()
    agente.page.wait_for_url(lambda url: "/admin/" not in url)
    assert agente.page.evaluate(GARDES) == []


def _in_the_admin(fil: str) -> str:
    return f"/admin/candidatures/candidature{fil.removeprefix('/candidatures')}"


def test_given_two_clicks_at_once_when_sending_then_there_is_one_message(entrer: Entree, fil: str) -> None:
    porteuse = entrer()
    porteuse.go(fil)
    avant = porteuse.page.locator(".gen-message").count()
    porteuse.main.get_by_label("Votre message").fill("Un seul envoi")
    porteuse.page.get_by_role("button", name="Envoyer le message").dblclick()
    porteuse.page.locator("#dernier").get_by_text("Un seul envoi").wait_for()
    porteuse.go(fil)
    expect(porteuse.page.locator(".gen-message")).to_have_count(avant + 1)


def test_given_a_text_that_is_too_long_then_the_count_says_so_before_it_is_sent(
    entrer: Entree, fil: str
) -> None:
    porteuse = entrer()
    porteuse.go(fil)
    porteuse.main.get_by_label("Votre message").fill("👩" * 4001)
    porteuse.reads("4 001 caractères : 1 de trop.")
    porteuse.press("Envoyer le message")
    expect(porteuse.page.locator("[data-focus]")).to_be_focused()
    expect(porteuse.main.get_by_label("Votre message")).to_have_value("👩" * 4001)
