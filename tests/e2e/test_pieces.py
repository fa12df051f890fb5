"""Files that leave as soon as they are chosen: progress, refusals, a network that goes, a bad file (R12)."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from gen_portal.demo.contenu import PIECE_PDF
from tests.e2e.visiteurs import Entree, Visiteur

pytestmark = [pytest.mark.navigateur, pytest.mark.regle("R12")]

CHAMP = "#id_piece_AUTRE"
#: The network of an old phone, in bytes a second: eight megabytes take long enough to be watched.
LENT = {"offline": False, "latency": 20, "downloadThroughput": 10**7, "uploadThroughput": 400_000}
COUPE = LENT | {"offline": True}
RAPIDE = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


class Depot:
    """The place for other pieces of a draft, on a phone."""

    def __init__(self, porteuse: Visiteur, dossier: str) -> None:
        porteuse.go(f"{dossier}sections/partenaires/")
        self.page = porteuse.page
        self.zone = self.page.locator(f"{CHAMP}-envoi")
        self.pieces = self.page.locator(".gen-piece")
        self.cdp = porteuse.contexte.new_cdp_session(self.page)
        self.cdp.send("Network.enable")

    def network(self, reglage: dict) -> None:
        self.cdp.send("Network.emulateNetworkConditions", reglage)

    def choose(self, fichier: Path, contenu: bytes) -> None:
        fichier.write_bytes(contenu)
        self.page.locator(CHAMP).set_input_files(fichier)

    def says(self, phrase: str) -> None:
        expect(self.zone).to_contain_text(phrase)


def test_given_a_slow_line_when_a_file_leaves_then_its_progress_shows_and_it_can_be_stopped_and_sent_again(
    entrer: Entree, dossier: str, tmp_path: Path
) -> None:
    porteuse = entrer("Amina", largeur=390)
    depot = Depot(porteuse, dossier)
    lourd = PIECE_PDF + b"% " + b"0" * 8_000_000
    depot.network(LENT)
    depot.choose(tmp_path / "lettre.pdf", lourd)
    expect(depot.zone.locator("progress")).to_have_attribute("value", re.compile(r"^[1-9]\d?$"))
    porteuse.press("Annuler l’envoi")
    depot.says("Envoi annulé.")
    expect(depot.pieces).to_have_count(0)
    expect(depot.page.locator(CHAMP)).to_be_focused()
    depot.network(COUPE)
    depot.choose(tmp_path / "lettre.pdf", PIECE_PDF)
    depot.says("n’est pas arrivé")
    expect(depot.pieces).to_have_count(0)
    depot.network(RAPIDE)
    porteuse.press("Réessayer")
    depot.says("La pièce «\u00a0lettre.pdf\u00a0» est jointe.")
    expect(depot.pieces).to_have_count(1)
    # The page follows the verification by itself.
    expect(depot.pieces).to_contain_text("Vérifié", timeout=30_000)


def test_given_bad_files_when_chosen_then_each_is_said_and_what_does_not_open_is_replaced(
    entrer: Entree, dossier: str, tmp_path: Path
) -> None:
    porteuse = entrer("Amina")
    depot = Depot(porteuse, dossier)
    depot.choose(tmp_path / "vide.pdf", b"")
    depot.says("est vide")
    depot.choose(tmp_path / "gros.pdf", PIECE_PDF + b"0" * 21 * 1024**2)
    depot.says("pour 20\u00a0Mo au plus")
    depot.choose(tmp_path / "archive.pdf", b"PK\x03\x04" + b"0" * 100)
    depot.says("n’a pas un contenu d’un type accepté")
    expect(depot.pieces).to_have_count(0)
    depot.choose(tmp_path / "coupé.pdf", PIECE_PDF[:60])
    expect(depot.pieces).to_contain_text("il est abîmé ou incomplet", timeout=30_000)
    porteuse.link("Remplacer coupé.pdf")
    porteuse.heading("Remplacer une pièce")
    depot.page.locator("#id_fichier").set_input_files(
        {"name": "entier.pdf", "mimeType": "application/pdf", "buffer": PIECE_PDF}
    )
    porteuse.heading("Partenaires")
    expect(depot.page.locator(CHAMP)).to_be_focused()
    porteuse.reads("entier.pdf")
    expect(depot.pieces).to_have_count(1)


def test_given_a_row_just_typed_when_its_file_is_chosen_then_the_row_is_saved_and_holds_it(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina", largeur=390)
    porteuse.go(f"{dossier}sections/equipe/")
    page = porteuse.page
    page.locator("#id_formateurs-0-nom").fill("Ana Rossi")
    champ = page.locator("#id_formateurs-0-piece_CV_FORMATEUR")
    champ.set_input_files({"name": "cv.pdf", "mimeType": "application/pdf", "buffer": PIECE_PDF})
    expect(page.locator("#id_formateurs-0-piece_CV_FORMATEUR-envoi")).to_contain_text("est jointe")
    page.reload()
    expect(page.locator("#id_formateurs-0-nom")).to_have_value("Ana Rossi")
    expect(page.locator(".gen-ligne .gen-piece")).to_contain_text("cv.pdf")


def test_given_a_row_without_any_answer_when_a_file_is_chosen_then_it_says_to_fill_the_row_first(
    entrer: Entree, dossier: str
) -> None:
    porteuse = entrer("Amina")
    porteuse.go(f"{dossier}sections/equipe/")
    page = porteuse.page
    champ = page.locator("#id_formateurs-0-piece_CV_FORMATEUR")
    champ.set_input_files({"name": "cv.pdf", "mimeType": "application/pdf", "buffer": PIECE_PDF})
    expect(page.locator("#id_formateurs-0-piece_CV_FORMATEUR-envoi")).to_contain_text("remplissez-la")
    expect(page.locator(".gen-piece")).to_have_count(0)
