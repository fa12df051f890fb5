"""A complete dossier, from the home page to its receipt, by the keyboard alone on a phone-sized screen."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from candidatures.sections import PAR_CODE
from gen_portal.demo.contenu import PIECE_PDF
from tests.e2e.clavier import Clavier
from tests.e2e.pile import Pile

pytestmark = [pytest.mark.navigateur, pytest.mark.regle("R8", "R10", "R11", "R12")]

#: The pictures of docs/parcours.md: written there when GEN_IMAGES says so, else among the others.
IMAGES = Path(__file__).resolve().parents[2] / (
    "docs/images/parcours" if os.environ.get("GEN_IMAGES") else "build/captures"
)


def picture(personne: Clavier, nom: str) -> None:
    """Keep a picture of what the screen shows."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    personne.page.screenshot(path=IMAGES / f"{nom}.png")


def test_given_a_phone_and_a_keyboard_when_a_newcomer_follows_the_pages_then_a_complete_dossier_is_deposited(
    chromium: Browser, pile: Pile, tmp_path: Path
) -> None:
    sections = pile.data("from tests.e2e.reponses import print_answers; print_answers()")
    piece = tmp_path / "attestation.pdf"
    piece.write_bytes(PIECE_PDF)
    personne = Clavier(chromium, pile.url, largeur=390, hauteur=844)
    personne.page.goto("/")
    personne.enter("Entrer comme Amina", "button")
    personne.heading("Bonjour Amina")
    picture(personne, "01-accueil")
    personne.enter("Présenter une formation")
    personne.heading("Présenter une formation")
    personne.reach(personne.main.get_by_label("Intitulé de la formation"))
    personne.touches.type("Développement web au clavier")
    personne.enter("Ouvrir le brouillon", "button")
    personne.heading("Les onze sections")
    picture(personne, "02-brouillon")
    personne.enter("1. Structure")
    for section in sections:
        personne.heading(section["titre"])
        _fill(personne, section, piece)
        dernier = section is sections[-1]
        personne.enter(
            "Enregistrer et revenir au dossier" if dernier else "Enregistrer et continuer", "button"
        )
    personne.heading("Les onze sections")
    personne.reads("11 sections terminées sur 11")
    picture(personne, "14-complet")
    personne.enter("Vérifier et déposer")
    personne.heading("Vérifier et déposer")
    personne.reads("Le dossier est complet.")
    picture(personne, "15-recapitulatif")
    personne.enter("Déposer le dossier", "button")
    personne.heading("Ce qui se passe maintenant")
    personne.reads("est déposé", "relevé 2", "L’accusé de réception vous est envoyé par courriel")
    picture(personne, "16-depose")
    assert personne.pdf(personne.main.get_by_role("link", name="Télécharger l’accusé")).startswith(b"%PDF")
    assert personne.incidents == []
    personne.close()


def _fill(personne: Clavier, section: dict, piece: Path) -> None:
    premiere, *autres = section["lignes"] or [{}]
    personne.fill_section(section["champs"] | premiere)
    for ligne in autres:
        personne.enter("Enregistrer et ajouter une ligne", "button")
        personne.page.locator(f"#{next(iter(ligne))}").wait_for()
        personne.fill_section(ligne)
    for identifiant in section["pieces"]:
        personne.join(identifiant, piece)
    personne.page.locator("#saisie-etat").get_by_text("Enregistré à").wait_for()
    # Two pictures come before that of the first section.
    picture(personne, f"{PAR_CODE[section['code']].numero + 2:02}-{section['code']}")
