"""Somebody who has a keyboard and a small screen, and nothing else."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import ElementHandle, Locator

from tests.e2e.visiteurs import Visiteur

#: Longer texts are pasted, as people do.
COLLER = 25
#: More presses of Tab than the longest page has stops.
ARRETS = 700


class Clavier(Visiteur):
    """A visitor without a mouse: everything is reached by Tab and done by keys."""

    def __init__(self, *arguments: Any, **fenetre: Any) -> None:
        super().__init__(*arguments, **fenetre)
        # The browser tells of its window of files only to who listens before the key is pressed.
        self.page.on("filechooser", lambda choix: None)

    @property
    def touches(self) -> Any:
        return self.page.keyboard

    def focused(self) -> ElementHandle | None:
        """Return the element that has the focus."""
        return self.page.evaluate_handle("document.activeElement").as_element()

    def reach(self, cible: Locator) -> None:
        """Press Tab until an element has the focus."""
        cible.first.wait_for(state="attached")
        element = cible.first.element_handle()
        for _ in range(ARRETS):
            self.touches.press("Tab")
            if self.page.evaluate("e => document.activeElement === e", element):
                return
        raise AssertionError(f"{cible} is not reached by Tab on {self.page.url}")

    def enter(self, nom: str, role: Any = "link") -> None:
        """Reach a link or a button by its name, and press Enter."""
        self.reach(self.page.get_by_role(role, name=nom))
        self.touches.press("Enter")

    # --- Answers -------------------------------------------------------------------------------
    def fill_section(self, reponses: dict[str, Any]) -> None:
        """Go through the page by Tab and answer each question as it gets the focus."""
        restent = dict(reponses)
        for _ in range(ARRETS):
            if not restent:
                return
            self.touches.press("Tab")
            identifiant = str(self.page.evaluate("document.activeElement.id"))
            nom = identifiant if identifiant in restent else re.sub(r"_[01]$", "", identifiant)
            if nom in restent:
                self._answer(nom, restent.pop(nom))
        raise AssertionError(f"{sorted(restent)} are not reached by Tab on {self.page.url}")

    def _answer(self, nom: str, valeur: Any) -> None:
        genre = self.page.evaluate("document.activeElement.type")
        if genre == "radio":
            self.touches.press("Space")
            if not valeur:
                self.touches.press("ArrowDown")
        elif genre == "checkbox":
            if self.page.evaluate("document.activeElement.checked") != valeur:
                self.touches.press("Space")
        elif genre == "select-one":
            self._choose(str(valeur))
        elif genre == "date":
            self._type_day(str(valeur))
        elif self._value() != str(valeur):
            self._type(str(valeur))

    def _value(self) -> str:
        return str(self.page.evaluate("document.activeElement.value"))

    def _type(self, texte: str) -> None:
        self.touches.press("Control+a")
        if len(texte) > COLLER:
            self.touches.insert_text(texte)
        else:
            self.touches.type(texte)

    def _choose(self, valeur: str) -> None:
        self.touches.press("Home")
        nombre = int(self.page.evaluate("document.activeElement.options.length"))
        for _ in range(nombre):
            if self._value() == valeur:
                return
            self.touches.press("ArrowDown")
        assert self._value() == valeur, f"{valeur} is not among the choices"

    def _type_day(self, jour: str) -> None:
        """Type a day as this browser's calendar wants it: its order is that of the machine's language."""
        annee, mois, quantieme = jour.split("-")
        for ordre in (quantieme + mois + annee, mois + quantieme + annee):
            self.touches.type(ordre)
            if self._value() == jour:
                return
            # Back to the first part of the same field.
            for _ in range(2):
                self.touches.press("ArrowLeft")
        raise AssertionError(f"{jour} can't be typed")

    def join(self, identifiant: str, fichier: Path) -> None:
        """Choose a file by the keyboard, and wait until it has arrived."""
        self.reach(self.page.locator(f"#{identifiant}"))
        with self.page.expect_file_chooser() as choix:
            self.touches.press("Space")
        choix.value.set_files(fichier)
        self.page.locator(f"#{identifiant}-envoi").get_by_text("est jointe").wait_for()
