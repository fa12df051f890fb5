"""A section that saves itself: what is typed survives the network, the session, a colleague (R10)."""

import pytest
from playwright.sync_api import Browser, expect

from gen_portal.demo.comptes import DOMAINE, MOT_DE_PASSE
from gen_portal.demo.contenu import PIECE_PDF
from tests.e2e.visiteurs import Entree, Visiteur

pytestmark = [pytest.mark.navigateur, pytest.mark.regle("R10")]


def saved(visiteur: Visiteur) -> None:
    """Wait until the page says that everything is saved."""
    expect(visiteur.page.locator("#saisie-etat")).to_contain_text("Enregistré à")


def warned(visiteur: Visiteur, phrase: str) -> None:
    """Wait for the warning of the bar."""
    expect(visiteur.page.locator("#saisie-alerte")).to_contain_text(phrase)


def left(visiteur: Visiteur) -> list[list[str]]:
    """Return what the browser keeps of what was typed: each key, and its text."""
    entrees = visiteur.page.evaluate("Object.entries(localStorage)")
    return [entree for entree in entrees if entree[0].startswith("gen-saisie:")]


def value(visiteur: Visiteur, identifiant: str) -> str:
    """Return what a field holds."""
    return visiteur.page.locator(f"#{identifiant}").input_value()


def test_given_a_lost_network_when_the_window_is_closed_then_what_was_typed_is_found_again(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina")
    porteuse.go(f"{dossier}sections/immersion/")
    porteuse.answer("id_heures", "140")
    saved(porteuse)
    porteuse.contexte.set_offline(True)
    porteuse.answer("id_calendrier", "Après le troisième module.\nDeux périodes de deux semaines.")
    porteuse.answer("id_type_immersion", "STAGE")
    warned(porteuse, "gardé sur cet appareil")
    # The machine is switched off: nothing is asked.
    porteuse.page.close(run_before_unload=False)
    porteuse.contexte.set_offline(False)
    porteuse.page = porteuse.contexte.new_page()
    porteuse.go(f"{dossier}sections/immersion/")
    etat = porteuse.page.locator("#saisie-etat")
    expect(etat).to_contain_text("2 réponses gardées sur cet appareil sont remises en place. Enregistré à")
    porteuse.page.reload()
    assert value(porteuse, "id_heures") == "140"
    assert value(porteuse, "id_calendrier") == "Après le troisième module.\nDeux périodes de deux semaines."
    assert value(porteuse, "id_type_immersion") == "STAGE"
    assert left(porteuse) == []


def test_given_a_network_that_comes_back_when_typing_goes_on_then_it_is_saved_without_a_gesture(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina", largeur=360)
    porteuse.go(f"{dossier}sections/programme/?ligne=1")
    porteuse.contexte.set_offline(True)
    porteuse.answer("id_duree_mois", "6")
    porteuse.answer("id_modules-0-titre", "Intégration web")
    porteuse.answer("id_modules-0-heures", "420")
    warned(porteuse, "gardé sur cet appareil")
    porteuse.contexte.set_offline(False)
    saved(porteuse)
    expect(porteuse.page.locator("#calculs")).to_contain_text("420 heures en 1 module")
    porteuse.page.reload()
    assert value(porteuse, "id_modules-0-titre") == "Intégration web"


def test_given_a_session_that_ends_when_one_signs_in_again_then_one_is_back_at_the_same_field(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina")
    porteuse.go(f"{dossier}sections/publics/")
    porteuse.contexte.clear_cookies(name="sessionid")
    porteuse.answer("id_sourcing_femmes", "Ateliers de découverte réservés aux femmes.")
    warned(porteuse, "Votre session a expiré")
    porteuse.page.on("dialog", lambda question: question.accept())
    porteuse.link("Se reconnecter et reprendre ici")
    porteuse.answer("id_login", f"porteur@{DOMAINE}")
    porteuse.answer("id_password", MOT_DE_PASSE)
    porteuse.press("Se connecter")
    porteuse.heading("Publics")
    assert value(porteuse, "id_sourcing_femmes") == "Ateliers de découverte réservés aux femmes."
    expect(porteuse.page.locator("#id_sourcing_femmes")).to_be_focused()
    saved(porteuse)


def test_given_two_people_in_a_section_when_both_answer_then_the_later_one_sees_it_and_chooses(
    entrer: Entree, dossier: str
) -> None:
    amina, lucas = entrer("Amina"), entrer("Lucas")
    for qui in (amina, lucas):
        qui.go(f"{dossier}sections/structure/")
    amina.answer("id_contact_nom", "Camille Roux")
    amina.answer("id_contact_telephone", "0320000001")
    saved(amina)
    lucas.answer("id_contact_nom", "Zoé Martin")
    expect(lucas.main.get_by_text("Amina Lefebvre a enregistré une autre réponse")).to_contain_text(
        "«\u00a0Camille Roux\u00a0»"
    )
    assert value(lucas, "id_contact_telephone") == "0320000001", "what nobody typed here is brought in"
    lucas.press("Garder ma réponse")
    saved(lucas)
    amina.answer("id_contact_nom", "Camille Roux-Petit")
    expect(amina.main.get_by_text("Lucas Morel a enregistré une autre réponse")).to_be_visible()
    # A button of the form waits for the choice.
    amina.press("Enregistrer et revenir au dossier")
    amina.press("Prendre l’autre réponse")
    assert value(amina, "id_contact_nom") == "Zoé Martin"
    amina.press("Enregistrer et revenir au dossier")
    amina.heading("Les onze sections")
    assert not amina.incidents + lucas.incidents


def test_given_a_wrong_answer_when_typed_then_it_says_what_to_do_beside_it_and_the_rest_is_saved(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina")
    porteuse.go(f"{dossier}sections/structure/")
    porteuse.answer("id_siret", "123")
    porteuse.answer("id_contact_nom", "Camille Roux")
    warned(porteuse, "Une réponse n’est pas enregistrée")
    siret = porteuse.page.locator("#id_siret")
    expect(siret).to_have_attribute("aria-invalid", "true")
    expect(siret).to_have_accessible_description(
        "14 chiffres. Le SIRET compte 14 chiffres\u202f; vous en avez saisi 3. Vérifiez-le et complétez-le."
    )
    porteuse.link("La voir")
    expect(siret).to_be_focused()
    porteuse.page.once("dialog", lambda question: question.accept())
    porteuse.page.reload()
    assert value(porteuse, "id_contact_nom") == "Camille Roux"
    assert value(porteuse, "id_siret") == "123", "what is refused is not lost either"


def test_given_questions_under_a_condition_then_they_show_when_it_holds(entrer: Entree, dossier: str) -> None:
    porteuse = entrer("Amina")
    porteuse.go(f"{dossier}sections/structure/")
    audit, numero = porteuse.page.locator("#id_audit_prevu_le"), porteuse.page.locator("#id_qualite_numero")
    expect(audit).to_be_hidden()
    porteuse.answer("id_qualite", "CONTRAT")
    expect(audit).to_be_visible()
    expect(numero).to_be_hidden()
    porteuse.answer("id_qualite", "QUALIOPI")
    expect(numero).to_be_visible()
    expect(audit).to_be_hidden()
    saved(porteuse)


@pytest.mark.parametrize("script", [True, False], ids=["script", "sans script"])
def test_given_the_rows_of_a_table_when_moved_copied_and_deleted_then_they_follow(
    chromium: Browser, entrer: Entree, dossier: str, script: bool
) -> None:
    porteuse = entrer("Amina", script=script)
    porteuse.page.on("dialog", lambda question: question.accept())
    porteuse.go(f"{dossier}sections/programme/")
    for rang, titre in enumerate(("Algorithmes", "Bases de données")):
        porteuse.answer(f"id_modules-{rang}-titre", titre)
        porteuse.press("Enregistrer et ajouter une ligne")
        porteuse.page.wait_for_url("**/programme/?ligne=1*")

    def titles() -> list[str]:
        champs = porteuse.page.locator("[id^=id_modules-][id$=-titre]")
        return [champ.input_value() for champ in champs.all()]

    porteuse.page.get_by_role("button", name="Monter module 2").press("Enter")
    porteuse.page.wait_for_url("**/programme/#ligne-*")
    assert titles() == ["Bases de données", "Algorithmes"]
    porteuse.page.get_by_role("button", name="Copier module 1").press("Enter")
    porteuse.page.get_by_role("group", name="Module 3").wait_for()
    assert titles() == ["Bases de données", "Bases de données", "Algorithmes"]
    porteuse.page.get_by_role("button", name="Supprimer module 2").press("Enter")
    porteuse.page.wait_for_url("**/programme/#tableau")
    assert titles() == ["Bases de données", "Algorithmes"]
    assert not porteuse.incidents


def test_given_a_colleague_who_adds_a_row_when_a_button_sends_an_older_table_then_nothing_is_undone(
    entrer: Entree, dossier: str
) -> None:
    amina, lucas = entrer("Amina"), entrer("Lucas")
    amina.go(f"{dossier}sections/programme/")
    amina.answer("id_modules-0-titre", "Algorithmes")
    saved(amina)
    lucas.go(f"{dossier}sections/programme/?ligne=1")
    lucas.answer("id_modules-1-titre", "Réseaux")
    saved(lucas)
    amina.answer("id_duree_mois", "6")
    warned(amina, "Lucas Morel a modifié le tableau")
    amina.page.on("dialog", lambda question: question.accept())
    amina.press("Enregistrer et revenir au dossier")
    amina.page.get_by_text("Section modifiée entre-temps").wait_for()
    amina.go(f"{dossier}sections/programme/")
    assert value(amina, "id_modules-1-titre") == "Réseaux"
    assert value(amina, "id_duree_mois") == "6"


def test_given_a_row_that_a_colleague_removed_when_put_back_then_it_comes_back_whole(
    entrer: Entree, dossier: str
) -> None:
    amina, lucas = entrer("Amina"), entrer("Lucas")
    amina.go(f"{dossier}sections/sessions/")
    amina.answer("id_sessions-0-lieu", "Roubaix")
    amina.answer("id_sessions-0-places", "15")
    saved(amina)
    lucas.go(f"{dossier}sections/sessions/")
    lucas.page.on("dialog", lambda question: question.accept())
    lucas.press("Supprimer session 1")
    lucas.page.wait_for_url("**/sessions/#tableau")
    amina.answer("id_sessions-0-places", "18")
    expect(amina.main.get_by_text("Lucas Morel a retiré cette ligne du tableau")).to_be_visible()
    amina.press("Remettre la ligne")
    saved(amina)
    amina.go(f"{dossier}sections/sessions/")
    assert (value(amina, "id_sessions-0-lieu"), value(amina, "id_sessions-0-places")) == ("Roubaix", "18")


def test_given_the_enter_key_in_a_line_of_text_then_one_stays_and_no_row_moves(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina")
    porteuse.go(f"{dossier}sections/budget/")
    porteuse.answer("id_lignes-0-libelle", "Formateurs")
    porteuse.page.locator("#id_lignes-0-libelle").press("Enter")
    porteuse.page.get_by_text("Le dossier n’est pas déposé").wait_for()
    porteuse.heading("Budget et pérennisation")
    assert value(porteuse, "id_lignes-0-libelle") == "Formateurs"
    assert porteuse.page.locator("[id^=id_lignes-][id$=-libelle]").count() == 1


def test_given_a_file_that_is_chosen_when_leaving_then_one_is_asked_first(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina")
    porteuse.go(f"{dossier}sections/structure/")
    questions: list[str] = []
    porteuse.page.on("dialog", lambda question: (questions.append(question.type), question.dismiss()))
    reseau = porteuse.contexte.new_cdp_session(porteuse.page)
    lent = {"offline": False, "latency": 20, "downloadThroughput": 10**7, "uploadThroughput": 400_000}
    reseau.send("Network.enable")
    reseau.send("Network.emulateNetworkConditions", lent)
    porteuse.page.locator("#id_piece_ATTESTATION_FISCALE").set_input_files(
        {"name": "attestation.pdf", "mimeType": "application/pdf", "buffer": PIECE_PDF + b"0" * 600_000}
    )
    porteuse.link("Revenir au dossier")
    porteuse.page.wait_for_timeout(300)
    assert questions == ["beforeunload"]
    # A button waits for the file, and asks nothing.
    porteuse.press("Enregistrer et revenir au dossier")
    porteuse.heading("Les onze sections")
    assert questions == ["beforeunload"]
    porteuse.go(f"{dossier}sections/structure/")
    porteuse.reads("attestation.pdf")


def test_given_somebody_who_signs_out_then_nothing_of_theirs_stays_in_the_browser(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina")
    porteuse.go(f"{dossier}sections/immersion/")
    porteuse.contexte.set_offline(True)
    porteuse.answer("id_calendrier", "À ne pas laisser ici")
    warned(porteuse, "gardé sur cet appareil")
    porteuse.contexte.set_offline(False)
    saved(porteuse)
    # What the portal refuses stays in the browser, on this page and on the others.
    porteuse.answer("id_heures", "beaucoup")
    warned(porteuse, "Une réponse n’est pas enregistrée")
    assert len(left(porteuse)) == 1
    porteuse.page.on("dialog", lambda question: question.accept())
    porteuse.page.get_by_role("button", name="Se déconnecter").first.click()
    porteuse.page.get_by_role("link", name="Se connecter").first.wait_for()
    assert left(porteuse) == []


@pytest.mark.regle("R5")
def test_given_a_warning_of_the_recap_when_followed_then_one_is_at_the_answer_and_reads_its_question(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina", largeur=360)
    porteuse.go(f"{dossier}sections/publics/")
    porteuse.answer("id_gratuite", False)
    saved(porteuse)
    porteuse.go(f"{dossier}recapitulatif/")
    porteuse.link("Gratuité déclarée")
    reponse = porteuse.page.locator("#id_gratuite_0")
    expect(reponse).to_be_focused()
    expect(porteuse.page.get_by_text("gratuite pour les publics cibles")).to_be_in_viewport()
