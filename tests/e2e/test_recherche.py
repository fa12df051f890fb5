"""The search by typing, with the keyboard alone: what is chosen is saved, the list hinders nobody (R14)."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Response, expect

from tests.e2e.pile import Pile, manage
from tests.e2e.test_saisie import saved, value, warned
from tests.e2e.visiteurs import Entree, Visiteur
from tests.yeux.oeil import violations

pytestmark = [pytest.mark.navigateur, pytest.mark.regle("R14")]

LISTES = """
from referentiels.imports.chargement import load_demo_certifications, load_demo_organismes
load_demo_certifications()
load_demo_organismes()
"""


@pytest.fixture(scope="module", autouse=True)
def listes(pile: Pile) -> None:
    """The fictional lists of the demo, beside the communes and the ROME that every portal has."""
    manage(pile.dossier, "shell", "--no-imports", "-c", LISTES)


def options(visiteur: Visiteur) -> Locator:
    """Return the proposals that show."""
    return visiteur.page.get_by_role("listbox").get_by_role("option")


def search(visiteur: Visiteur, identifiant: str, texte: str) -> Locator:
    """Type in a field, letter by letter, and wait for its list."""
    champ = visiteur.page.locator(f"#{identifiant}")
    champ.fill("")
    champ.press_sequentially(texte, delay=30)
    expect(champ).to_have_attribute("aria-expanded", "true")
    return champ


def keys(visiteur: Visiteur, *touches: str) -> None:
    """Press keys where the cursor is."""
    for touche in touches:
        visiteur.page.keyboard.press(touche)


@pytest.mark.parametrize("largeur", [1280, 360])
def test_given_a_commune_when_searched_and_chosen_by_keyboard_then_it_is_saved_and_found_again(
    entrer: Entree, dossier: str, largeur: int
) -> None:
    porteuse = entrer("Amina", largeur=largeur)
    porteuse.go(f"{dossier}sections/formation/?ligne=1")
    champ = search(porteuse, "id_sites-0-commune", "saint eti")
    expect(options(porteuse).first).to_contain_text("Saint-Étienne")
    expect(porteuse.page.locator("#formulaire > [role=status]")).to_contain_text("Flèche bas")
    assert violations(porteuse.page) == []
    keys(porteuse, "ArrowDown", "ArrowDown", "ArrowUp")
    premiere = options(porteuse).first
    expect(premiere).to_have_attribute("aria-selected", "true")
    expect(champ).to_have_attribute("aria-activedescendant", premiere.get_attribute("id") or "")
    assert violations(porteuse.page) == []
    porteuse.capture(f"recherche-commune-{largeur}")
    assert porteuse.page.evaluate("document.documentElement.scrollWidth") <= largeur
    keys(porteuse, "Enter")
    expect(champ).to_have_value("Saint-Étienne (42218)")
    expect(champ).to_have_attribute("aria-expanded", "false")
    expect(champ).to_be_focused()
    saved(porteuse)
    porteuse.page.reload()
    assert value(porteuse, "id_sites-0-commune") == "Saint-Étienne (42218)"
    assert not porteuse.incidents


def test_given_an_open_list_when_searching_goes_on_then_nothing_is_refused_meanwhile(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina")
    porteuse.go(f"{dossier}sections/structure/")
    champ = search(porteuse, "id_siret", "passerelles")
    # Longer than the pause after which what is typed is saved.
    porteuse.page.wait_for_timeout(1500)
    expect(champ).not_to_have_attribute("aria-invalid", "true")
    # Escape ends the search, the text stays, and it is then an answer like another.
    keys(porteuse, "Escape")
    expect(champ).to_have_attribute("aria-expanded", "false")
    expect(champ).to_have_value("passerelles")
    warned(porteuse, "Une réponse n’est pas enregistrée")
    search(porteuse, "id_siret", "passerelles num")
    keys(porteuse, "ArrowUp", "Enter")
    expect(champ).to_have_value("99900901200017")
    saved(porteuse)
    expect(champ).not_to_have_attribute("aria-invalid", "true")
    # Tab keeps what is typed.
    search(porteuse, "id_siret", "999009020")
    keys(porteuse, "Tab")
    expect(champ).to_have_value("999009020")
    expect(champ).to_have_attribute("aria-expanded", "false")
    warned(porteuse, "Une réponse n’est pas enregistrée")


def test_given_a_known_subcontractor_when_the_list_fills_what_is_empty_then_it_is_saved(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina")
    porteuse.go(f"{dossier}sections/structure/")
    porteuse.answer("id_sous_traitance", True)
    porteuse.answer("id_sous_traitant_raison_sociale", "Les Passerelles")
    search(porteuse, "id_sous_traitant_siret", "passerelles")
    keys(porteuse, "ArrowDown", "Enter")
    proposition = porteuse.page.locator("#proposition-sous_traitant_siret")
    expect(proposition).to_contain_text("D’après la liste fictive de la démonstration (édition du 1er")
    expect(proposition).to_contain_text("indique «\u00a0COOPERATIVE DES PASSERELLES NUMERIQUES\u00a0»")
    assert violations(porteuse.page) == []
    porteuse.page.get_by_role("button", name="Remplir avec la liste fictive").press("Enter")
    assert value(porteuse, "id_sous_traitant_nda") == "84691900101"
    assert value(porteuse, "id_sous_traitant_raison_sociale") == "Les Passerelles"
    expect(porteuse.page.locator("#id_sous_traitant_nda")).to_be_focused()
    expect(proposition.get_by_role("button")).to_have_count(0)
    saved(porteuse)
    porteuse.page.reload()
    assert value(porteuse, "id_sous_traitant_nda") == "84691900101"
    assert not porteuse.incidents


def test_given_no_script_when_a_siret_is_known_then_a_button_fills_what_is_empty(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina", script=False)
    porteuse.go(f"{dossier}sections/structure/")
    porteuse.answer("id_sous_traitance", True)
    porteuse.answer("id_sous_traitant_siret", "999 009 012 00017")
    porteuse.page.locator("#id_sous_traitant_siret").press("Enter")
    porteuse.press("Remplir avec la liste fictive")
    porteuse.page.get_by_text("Les réponses vides sont remplies").wait_for()
    assert value(porteuse, "id_sous_traitant_nda") == "84691900101"
    assert value(porteuse, "id_sous_traitant_raison_sociale") == "COOPERATIVE DES PASSERELLES NUMERIQUES"


def _saves(champ: str) -> Callable[[Response], bool]:
    """Tell the answer of the portal to the sending of a field."""
    return lambda recue: recue.url.endswith("/saisie/") and f"&{champ}=" in (recue.request.post_data or "")


def test_given_the_metier_the_rome_and_the_certification_when_searched_by_words_then_they_are_found(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina")
    porteuse.go(f"{dossier}sections/formation/")
    loupe = porteuse.page.get_by_role("combobox", name=re.compile(r"Chercher dans la liste\s: Métier"))
    loupe.press_sequentially("fibre", delay=30)
    expect(options(porteuse)).to_have_count(1)
    keys(porteuse, "ArrowDown", "Enter")
    metier = porteuse.page.locator("#id_metier option:checked")
    expect(metier).to_have_text("Installateur de réseaux de télécoms, technicien de fibre optique")
    expect(loupe).to_have_value("")
    autre = porteuse.page.get_by_role("combobox", name=re.compile(r"Chercher dans la liste\s: Autre métier"))
    autre.press_sequentially("help desk", delay=30)
    expect(options(porteuse)).to_have_count(1)
    keys(porteuse, "ArrowDown", "Enter")
    expect(porteuse.page.locator("#id_autre_metier_1 option:checked")).to_have_text("Technicien Help Desk")
    search(porteuse, "id_rome", "fibre")
    keys(porteuse, "ArrowDown", "Enter")
    assert value(porteuse, "id_rome") == "I1307"
    search(porteuse, "id_certification_code", "reseaux telecom")
    options(porteuse).first.click()
    assert value(porteuse, "id_certification_code") == "RNCP90002"
    with porteuse.page.expect_response(_saves("certification_intitule")):
        porteuse.press("Remplir avec le répertoire fictif")
    intitule = "Technicien en réseaux de télécommunications (titre fictif)"
    expect(porteuse.page.locator("#id_certification_intitule")).to_have_value(intitule)
    porteuse.page.reload()
    expect(porteuse.page.locator("#id_metier option:checked")).to_contain_text("Installateur de réseaux")
    assert value(porteuse, "id_rome") == "I1307"
    assert value(porteuse, "id_certification_intitule") == intitule
    assert not porteuse.incidents


def test_given_a_lost_network_when_searching_then_one_types_as_before(entrer: Entree, dossier: str) -> None:
    porteuse = entrer("Amina")
    porteuse.go(f"{dossier}sections/formation/")
    porteuse.page.route("**/suggestions/**", lambda demande: demande.abort())
    champ = porteuse.page.locator("#id_rome")
    champ.press_sequentially("M1805", delay=30)
    saved(porteuse)
    expect(champ).to_have_attribute("aria-expanded", "false")
    porteuse.page.unroute("**/suggestions/**")
    porteuse.page.reload()
    assert value(porteuse, "id_rome") == "M1805"


def test_given_an_answer_that_comes_late_when_one_types_on_then_it_is_dropped(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina")
    porteuse.contexte.add_init_script(
        """const demander = window.fetch;
        window.fetch = (adresse, reste) => String(adresse).endsWith("q=rou")
          ? new Promise((suite) => setTimeout(suite, 1500)).then(() => demander(adresse))
          : demander(adresse, reste);"""
    )
    porteuse.go(f"{dossier}sections/structure/")
    champ = porteuse.page.locator("#id_commune")
    champ.fill("")
    champ.press_sequentially("rou", delay=30)
    porteuse.page.wait_for_timeout(500)
    champ.press_sequentially("baix", delay=30)
    expect(options(porteuse)).to_have_count(1)
    porteuse.page.wait_for_timeout(2000)
    expect(options(porteuse)).to_have_count(1)
    expect(options(porteuse)).to_contain_text("Roubaix")


def test_given_an_identifier_that_is_saved_when_the_lists_cannot_be_asked_then_nothing_old_stays_beside_it(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina")
    porteuse.go(f"{dossier}sections/structure/")
    porteuse.answer("id_siret", "99900901200017")
    proposition = porteuse.page.locator("#proposition-siret")
    expect(proposition).to_contain_text("PASSERELLES NUMERIQUES")
    porteuse.page.route("**/propositions/", lambda demande: demande.abort())
    porteuse.answer("id_siret", "35600000000048")
    saved(porteuse)
    expect(proposition).to_be_empty()
    porteuse.page.unroute("**/propositions/")
    porteuse.page.reload()
    assert value(porteuse, "id_siret") == "35600000000048"


@pytest.mark.parametrize("largeur", [1280, 360])
def test_given_a_new_structure_when_its_body_is_chosen_in_the_list_then_its_record_is_filled(
    entrer: Entree, largeur: int
) -> None:
    porteuse = entrer("Amina", largeur=largeur)
    porteuse.go("/comptes/structure/nouvelle/")
    porteuse.answer("id_raison_sociale", "Les Passerelles")
    search(porteuse, "id_siret", "passerelles")
    assert violations(porteuse.page) == []
    keys(porteuse, "ArrowDown", "Enter")
    assert value(porteuse, "id_siret") == "99900901200017"
    assert value(porteuse, "id_nda") == "84691900101"
    assert value(porteuse, "id_commune") == "Villeurbanne"
    assert value(porteuse, "id_raison_sociale") == "Les Passerelles", "what is typed stays"
    expect(porteuse.page.locator("#formulaire > [role=status]")).to_contain_text("réponses remplies")
    assert not porteuse.incidents
    # The key « Entrée » in a line of text creates, as on any form: what is missing is told.
    porteuse.page.locator("#id_adresse").press("Enter")
    porteuse.heading("Créer une structure")
    expect(porteuse.page.locator(".fr-error-text").first).to_be_visible()
    assert porteuse.page.evaluate("document.documentElement.scrollWidth") <= largeur


def test_given_no_script_when_the_siret_of_a_new_structure_is_known_then_a_button_fills_its_record(
    entrer: Entree,
) -> None:
    porteuse = entrer("Amina", script=False)
    porteuse.go("/comptes/structure/nouvelle/")
    porteuse.answer("id_siret", "999 009 012 00017")
    porteuse.press("Remplir avec la liste publique")
    porteuse.page.get_by_text("Les réponses vides sont remplies").wait_for()
    assert value(porteuse, "id_raison_sociale") == "COOPERATIVE DES PASSERELLES NUMERIQUES"


def test_given_the_place_of_a_session_when_it_is_entered_then_the_sites_of_the_dossier_are_proposed(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina", largeur=360)
    porteuse.go(f"{dossier}sections/formation/?ligne=1")
    porteuse.answer("id_sites-0-adresse", "12 rue des Ateliers")
    saved(porteuse)
    porteuse.go(f"{dossier}sections/sessions/?ligne=1")
    lieu = porteuse.page.locator("#id_sessions-0-lieu")
    lieu.click()
    expect(options(porteuse)).to_have_count(1)
    assert violations(porteuse.page) == []
    options(porteuse).first.click()
    expect(lieu).to_have_value("12 rue des Ateliers")
    saved(porteuse)
    porteuse.page.reload()
    assert value(porteuse, "id_sessions-0-lieu") == "12 rue des Ateliers"
    assert not porteuse.incidents
