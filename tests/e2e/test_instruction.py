"""The examination of a dossier on one screen: by the keyboard alone, in two windows, and without network."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Route

from tests.e2e.bases import copy_of
from tests.e2e.clavier import Clavier
from tests.e2e.pile import Pile, running
from tests.e2e.visiteurs import Visiteur

pytestmark = [pytest.mark.navigateur, pytest.mark.regle("R15")]

#: The demo's dossiers whose examination is Hugo's (instructeur1), and not begun.
A_EXAMINER = """
import json
from candidatures.models import Candidature
from django.urls import reverse
siens = Candidature.objects.filter(
    etat="DEPOSEE", verdicts__isnull=True, affectations__tache="RECEVABILITE",
    affectations__instructeur__email__startswith="instructeur1@", affectations__retiree_le__isnull=True,
)
print(json.dumps([reverse("admin:instruction_dossier", args=[un.pk]) for un in siens.order_by("reference")]))
"""
TOUT_SAIN = """
import json
from socle import horloge
from socle.models.fichier import Antivirus, Fichier
print(json.dumps(Fichier.objects.update(antivirus=Antivirus.SAIN, analyse_le=horloge.now())))
"""
#: A new version of a dossier, as a replaced piece or compléments make one.
NOUVEAU_DEPOT = """
import json
from candidatures.models import Depot
depot = Depot.objects.filter(candidature={pk!r}).latest("numero")
depot.pk, depot._state.adding, depot.recu, depot.numero = None, True, None, depot.numero + 1
depot.id = __import__("uuid").uuid4()
depot.save(force_insert=True)
print(json.dumps(depot.numero))
"""
REFUSES = {2: "L’accord de partenariat finit avant le relevé.", 10: "L’attestation fiscale date de janvier."}


def violations(personne: Visiteur) -> list[str]:
    """Return what axe finds on the page as it stands."""
    return [faute["id"] for faute in Axe().run(personne.page).response["violations"]]


@pytest.fixture(scope="module")
def demo(demo_prete: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pile]:
    """The demo as a newcomer finds it."""
    with running(copy_of(demo_prete, tmp_path_factory.mktemp("instruction")), seulement=("web",)) as portail:
        # No worker here: the antivirus has no say.
        assert portail.data(TOUT_SAIN)
        yield portail


@pytest.fixture(scope="module")
def dossiers(demo: Pile) -> list[str]:
    """The addresses of what Hugo has to examine."""
    trouves: list[str] = demo.data(A_EXAMINER)
    assert len(trouves) >= 2
    return trouves


def test_given_a_keyboard_alone_then_a_dossier_goes_from_the_file_to_the_decision_sent(
    chromium: Browser, demo: Pile, dossiers: list[str]
) -> None:
    hugo = Clavier(chromium, demo.url)
    hugo.page.goto("/")
    hugo.enter("Entrer comme Hugo", "button")
    hugo.heading("Bonjour Hugo")
    hugo.enter("Ma file")
    hugo.heading("Ma file")
    hugo.reach(hugo.page.locator(f'a[href^="{dossiers[0]}"]'))
    hugo.touches.press("Enter")
    hugo.heading("Les dix critères de recevabilité")
    # The evidence leads to its place on the left, and a key brings back to the next criterion.
    hugo.touches.press("s")
    assert hugo.page.evaluate("document.activeElement.id") == "titre-critere-1"
    hugo.enter("Voir dans le dossier : Famille de métiers")
    hugo.page.wait_for_function("document.activeElement.id === 'lu-formation-famille'")
    # The page hears of its new fragment once the browser has moved there: only then is the focus settled.
    hugo.page.evaluate("new Promise((fait) => setTimeout(fait, 0))")
    hugo.touches.press("r")
    hugo.touches.type("pedagogie")
    hugo.touches.press("Enter")
    hugo.page.get_by_text("Résultat 1 sur").wait_for()
    hugo.touches.press("Escape")
    hugo.page.wait_for_function("document.activeElement.id === 'titre-critere-1'")
    for numero in range(1, 11):
        assert hugo.page.evaluate("document.activeElement.id") == f"titre-critere-{numero}"
        if numero in REFUSES:
            hugo.touches.press("n")
            hugo.touches.insert_text(REFUSES[numero])
            # Letters that are keys elsewhere are letters here.
            hugo.touches.type(" Non csp.")
            hugo.touches.press("Escape")
        else:
            hugo.touches.press("c")
        hugo.page.get_by_text(re.compile(rf"^{numero} verdicts? sur 10\.")).wait_for()
        hugo.touches.press("s")
    hugo.page.wait_for_function("document.activeElement.id === 'suite'")
    hugo.capture("instruction-dix-verdicts")
    hugo.page.reload()
    for numero, motif in REFUSES.items():
        assert hugo.page.locator(f"#motif-{numero}").input_value() == f"{motif} Non csp."
        assert hugo.page.locator(f"#avis-{numero}-non_conforme").is_checked()
    hugo.enter("Déclarer irrecevable…")
    hugo.heading("Déclarer irrecevable")
    for motif in REFUSES.values():
        assert motif in hugo.page.content()
    # The letter of these grounds, changed in one word, read again, then decided, read and signed.
    hugo.reach(hugo.page.get_by_label("Motifs de l’irrecevabilité"))
    hugo.touches.press("Control+End")
    hugo.touches.insert_text(" Corrigez, puis déposez de nouveau.")
    hugo.enter("Relire la lettre avec ces motifs", "button")
    hugo.page.get_by_text("Rien n’est encore enregistré").wait_for()
    hugo.reads(
        "Corrigez, puis déposez de nouveau.", "Ce que vous pouvez faire", "Nom et qualité du signataire"
    )
    assert violations(hugo) == []
    hugo.capture("instruction-irrecevable")
    hugo.enter("Déclarer irrecevable", "button")
    hugo.heading("Décision d’irrecevabilité")
    hugo.reads("Hugo Perrin, Chargé d’instruction", "À l’envoi, un courriel part à")
    assert violations(hugo) == []
    hugo.capture("instruction-decision")
    hugo.enter("Signer et envoyer", "button")
    hugo.page.get_by_text("est signée et envoyée").wait_for()
    hugo.reads("Notifiée.", "Lettre pas encore ouverte par le porteur")
    assert "/admin/" in hugo.page.url
    assert hugo.incidents == []
    hugo.close()


def test_given_the_keys_turned_off_then_letters_do_nothing_there_nor_on_the_next_page(
    chromium: Browser, demo: Pile, dossiers: list[str]
) -> None:
    hugo = Visiteur(chromium, demo.url)
    hugo.sign_in("Hugo")
    hugo.go(dossiers[1])
    hugo.page.get_by_text("Raccourcis du clavier").click()
    hugo.page.get_by_label("Raccourcis à une touche actifs sur cette page").uncheck()
    for _ in range(2):
        hugo.page.locator("#titre-critere-1").focus()
        hugo.page.keyboard.press("s")
        assert hugo.page.evaluate("document.activeElement.id") == "titre-critere-1"
        hugo.page.reload()
    hugo.close()


def test_given_no_network_then_the_verdict_is_kept_told_and_sent_when_it_comes_back(
    chromium: Browser, demo: Pile, dossiers: list[str]
) -> None:
    hugo = Visiteur(chromium, demo.url)
    hugo.sign_in("Hugo")
    hugo.go(dossiers[1])
    hugo.contexte.route("**/verdict/**", lambda route: route.abort())
    hugo.page.locator("#avis-4-non_conforme").check()
    hugo.press("Enregistrer le verdict du critère 4")
    hugo.page.locator("#critere-4 [role=alert]").wait_for()
    assert violations(hugo) == []
    hugo.page.locator("#motif-4").fill("Un prérequis scolaire est exigé.")
    hugo.page.get_by_role("alert").get_by_text("n’est pas encore enregistré").wait_for()
    # Closed and opened again: the text is still there, and leaves by itself.
    hugo.contexte.unroute("**/verdict/**")
    hugo.page.reload()
    hugo.page.get_by_text("1 verdict sur 10.").wait_for()
    assert hugo.page.locator("#motif-4").input_value() == "Un prérequis scolaire est exigé."
    hugo.page.reload()
    assert hugo.page.locator("#motif-4").input_value() == "Un prérequis scolaire est exigé."
    hugo.close()


def test_given_an_answer_that_is_lost_when_one_types_on_then_it_is_no_quarrel_with_oneself(
    chromium: Browser, demo: Pile, dossiers: list[str]
) -> None:
    hugo = Visiteur(chromium, demo.url)
    hugo.sign_in("Hugo")
    hugo.go(dossiers[1])

    def lose(route: Route) -> None:
        """Let the portal save, and its answer go astray."""
        route.fetch()
        route.abort()

    hugo.contexte.route("**/verdict/**", lose)
    hugo.page.locator("#motif-9").fill("Trop court")
    hugo.page.locator("#avis-9-non_conforme").check()
    hugo.page.get_by_role("alert").get_by_text("n’est pas encore enregistré").wait_for()
    hugo.contexte.unroute("**/verdict/**")
    # What an open page hears of others is not somebody else's when it left from here.
    hugo.page.locator("#motif-9").fill("Trop court, sans suite.")
    hugo.page.locator("#motif-9").blur()
    hugo.page.locator("#verdict-etat").get_by_text("Critère 9 : non conforme").wait_for()
    assert hugo.page.locator(".gen-autre").count() == 0
    hugo.page.reload()
    assert hugo.page.locator("#motif-9").input_value() == "Trop court, sans suite."
    hugo.close()


def test_given_a_new_version_of_the_dossier_then_what_was_typed_is_given_back_and_said_to_be_of_the_former(
    chromium: Browser, demo: Pile, dossiers: list[str]
) -> None:
    hugo = Visiteur(chromium, demo.url)
    hugo.sign_in("Hugo")
    hugo.go(dossiers[1])
    hugo.page.locator("#motif-8").fill("Vu sur l’ancienne version.")
    hugo.page.locator("#motif-10").fill("À effacer.")
    demo.data(NOUVEAU_DEPOT.format(pk=dossiers[1].split("/")[-3]))
    hugo.page.reload()
    for numero, motif in ((8, "Vu sur l’ancienne version."), (10, "À effacer.")):
        assert hugo.page.locator(f"#motif-{numero}").input_value() == motif
        hugo.page.locator(f"#critere-{numero} .gen-ancien").get_by_text("version précédente").wait_for()
    assert violations(hugo) == []
    hugo.press("Effacer cette saisie du critère 10")
    hugo.page.reload()
    assert hugo.page.locator("#motif-10").input_value() == ""
    # Chosen, it leaves as a verdict on the new version.
    hugo.page.locator("#avis-8-non_conforme").check()
    hugo.page.locator("#verdict-etat").get_by_text("Critère 8 : non conforme").wait_for()
    assert hugo.page.locator(".gen-ancien").count() == 0
    hugo.page.reload()
    assert hugo.page.locator("#motif-8").input_value() == "Vu sur l’ancienne version."
    hugo.close()


def test_given_two_windows_when_both_judge_then_the_later_one_chooses(
    chromium: Browser, demo: Pile, dossiers: list[str]
) -> None:
    une, autre = Visiteur(chromium, demo.url), Visiteur(chromium, demo.url)
    for fenetre in (une, autre):
        fenetre.sign_in("Hugo")
        fenetre.go(dossiers[1])
    une.page.locator("#avis-7-conforme").check()
    une.page.locator("#verdict-etat").get_by_text("Critère 7").wait_for()
    autre.page.locator("#avis-7-non_conforme").check()
    autre.page.locator("#motif-7").fill("Un reste à charge apparaît au budget.")
    autre.page.get_by_role("alert").get_by_text("Vous avez, dans une autre fenêtre, enregistré").wait_for()
    choix = autre.page.get_by_role("group", name="Deux verdicts sur le critère 7")
    autre.capture("instruction-deux-verdicts")
    assert violations(autre) == []
    choix.get_by_role("button", name="Enregistrer le mien à sa place").click()
    autre.page.locator("#verdict-etat").get_by_text("Critère 7 : non conforme").wait_for()
    # The first window learns it by itself, or as soon as it is looked at again.
    une.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    une.page.locator("#avis-7-non_conforme:checked").wait_for()
    assert une.page.locator("#motif-7").input_value() == "Un reste à charge apparaît au budget."
    for fenetre in (une, autre):
        fenetre.close()


def test_given_no_script_then_a_search_and_a_verdict_are_pages_of_the_server(
    chromium: Browser, demo: Pile, dossiers: list[str]
) -> None:
    hugo = Visiteur(chromium, demo.url, largeur=360, hauteur=740, script=False)
    hugo.page.goto("/")
    hugo.page.get_by_role("button", name="Entrer comme Hugo").click()
    hugo.go(dossiers[1])
    hugo.main.get_by_label("Chercher dans ce dossier").fill("ACCOMPAGNEMENT")
    hugo.press("Chercher")
    assert hugo.page.locator("mark.gen-trouve").count() > 1
    hugo.page.locator("#avis-5-conforme").check()
    hugo.press("Enregistrer le verdict du critère 5")
    assert hugo.page.url.endswith("#critere-6")
    assert hugo.page.locator("#avis-5-conforme").is_checked()
    hugo.page.get_by_text("Voir les pages").first.click()
    hugo.close()
