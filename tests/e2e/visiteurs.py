"""People in front of the portal: each with a browser window, watched for anything that goes wrong."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Response, TimeoutError

CAPTURES = Path(__file__).resolve().parents[2] / "build" / "captures"
#: How long a job of the background may take on a busy machine, in seconds.
ATTENTE = 30.0
ECOUTE = """document.addEventListener("securitypolicyviolation",
  (e) => console.error("CSP " + e.violatedDirective + " " + e.blockedURI));"""
#: inner_text would apply the capitals of the style sheet, and text_content would add what is hidden.
TEXTE_VISIBLE = """racine => {
  const marcheur = document.createTreeWalker(racine, NodeFilter.SHOW_TEXT);
  let texte = "";
  while (marcheur.nextNode()) {
    const noeud = marcheur.currentNode;
    if (!noeud.parentElement.checkVisibility()) continue;
    const enLigne = getComputedStyle(noeud.parentElement).display.startsWith("inline");
    texte += (enLigne ? "" : " ") + noeud.data;
  }
  return texte;
}"""


class Visiteur:
    """Somebody with a browser; what the console says and what the server fails is kept in ``incidents``."""

    def __init__(
        self, chromium: Browser, url: str, *, largeur: int = 1280, hauteur: int = 900, script: bool = True
    ) -> None:
        self.url = url
        self.contexte: BrowserContext = chromium.new_context(
            base_url=url,
            viewport={"width": largeur, "height": hauteur},
            locale="fr-FR",
            java_script_enabled=script,
        )
        # A click that finds nothing says so quickly; slow work is waited for by its condition.
        self.contexte.set_default_timeout(15_000)
        self.contexte.add_init_script(ECOUTE)
        self.incidents: list[str] = []
        self.page: Page = self.contexte.new_page()
        self.page.on("console", lambda message: self._note(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda erreur: self._note(str(erreur)))
        self.contexte.on("response", self._check)

    def _note(self, quoi: str) -> None:
        self.incidents.append(f"{self.page.url} {quoi}")

    def _check(self, reponse: Response) -> None:
        if reponse.status >= 500:
            self.incidents.append(f"{reponse.url} answered {reponse.status}")

    def close(self) -> None:
        """Close the window."""
        self.contexte.close()

    # --- Moving about ------------------------------------------------------------------------
    def sign_in(self, prenom: str) -> None:
        """Enter the demo in one click."""
        self.page.goto("/")
        self.page.get_by_role("button", name=f"Entrer comme {prenom}").click()
        self.heading(f"Bonjour {prenom}")

    def go(self, chemin: str) -> None:
        """Open a page of the portal."""
        reponse = self.page.goto(chemin)
        assert reponse is not None
        assert reponse.ok, f"{chemin} answered {reponse.status}"

    def menu(self, entree: str) -> None:
        """Follow an entry of the main menu."""
        self.page.get_by_role("navigation", name="Menu principal").get_by_role(
            "link", name=entree, exact=True
        ).click()

    def link(self, nom: str, *, dans: Locator | None = None) -> None:
        """Follow a link of the page's content."""
        (dans or self.main).get_by_role("link", name=nom).first.click()

    def press(self, nom: str, *, dans: Locator | None = None) -> None:
        """Press a button of the page's content."""
        (dans or self.main).get_by_role("button", name=nom).first.click()

    # --- Reading -----------------------------------------------------------------------------
    @property
    def main(self) -> Locator:
        """The page's content, in the portal as in the admin."""
        return self.page.locator("main")

    def text(self) -> str:
        """Return what the content shows, as written (capitals of a badge are style), spaces made plain."""
        return " ".join(str(self.main.first.evaluate(TEXTE_VISIBLE)).split())

    def heading(self, nom: str) -> None:
        """Wait for a title of the page, as long as a busy machine takes to answer a form and its files."""
        try:
            self.page.get_by_role("heading", name=nom).first.wait_for(timeout=ATTENTE * 1000)
        except TimeoutError as erreur:
            raise AssertionError(f"no title « {nom} » on {self.page.url}: {self.text()[:1500]}") from erreur

    def reads(self, *phrases: str) -> None:
        """Check that the content says each of these sentences."""
        texte = self.text()
        for phrase in phrases:
            assert " ".join(phrase.split()) in texte, (
                f"«\u00a0{phrase}\u00a0» is not on {self.page.url}:\n{texte}"
            )

    def waits(self, condition: Callable[[], bool], quoi: str) -> None:
        """Load the page again until the background has done its work."""
        limite = time.monotonic() + ATTENTE
        while not condition():
            assert time.monotonic() < limite, f"{quoi}: still not on {self.page.url}\n{self.text()}"
            self.page.wait_for_timeout(200)
            self.page.reload()

    def pdf(self, lien: Locator) -> bytes:
        """Return the PDF behind a link of the page, once the worker has made it."""
        adresse = lien.get_attribute("href")
        assert adresse
        limite = time.monotonic() + ATTENTE
        while True:
            reponse = self.contexte.request.get(adresse)
            assert reponse.ok, f"{adresse} answered {reponse.status}"
            if reponse.headers["content-type"] == "application/pdf":
                contenu = reponse.body()
                assert contenu.startswith(b"%PDF")
                return contenu
            assert time.monotonic() < limite, f"{adresse} is still in preparation"
            self.page.wait_for_timeout(200)

    def capture(self, nom: str) -> None:
        """Keep a picture of the whole page."""
        CAPTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=CAPTURES / f"{nom}.png", full_page=True)

    # --- Typing ------------------------------------------------------------------------------
    def answer(self, identifiant: str, valeur: Any) -> None:
        """Answer a question by its field's id, whatever its kind."""
        if isinstance(valeur, bool) and self.page.locator(f"#{identifiant}").count() == 0:
            self.page.locator(f"label[for={identifiant}_{0 if valeur else 1}]").click()
            return
        champ = self.page.locator(f"#{identifiant}")
        if champ.evaluate("champ => champ.tagName") == "SELECT":
            champ.select_option(str(valeur))
        elif isinstance(valeur, bool):
            if champ.is_checked() != valeur:
                self.page.locator(f"label[for={identifiant}]").click()
        else:
            champ.fill(str(valeur))


#: What lets somebody of the demo's list in: their first name, and how their window is.
Entree = Callable[..., Visiteur]


class Courriels:
    """The demo's mail screen, read by somebody who has not signed in."""

    def __init__(self, visiteur: Visiteur) -> None:
        self.visiteur = visiteur

    def subjects(self, email: str) -> list[str]:
        """Return the subjects of what an address received, the latest first."""
        self.visiteur.go(f"/demo/courriels/?a={email}")
        objets = self.visiteur.page.locator("td:nth-child(3) a").all_inner_texts()
        return [" ".join(objet.split()) for objet in objets]

    def read(self, email: str, objet: str) -> str:
        """Wait for an e-mail and return its text."""
        visiteur = self.visiteur
        visiteur.go(f"/demo/courriels/?a={email}")
        lien = visiteur.main.get_by_role("link", name=objet)
        visiteur.waits(lambda: lien.count() > 0, f"the e-mail «\u00a0{objet}\u00a0»")
        lien.first.click()
        visiteur.heading(objet)
        return visiteur.page.locator(".gen-courriel").inner_text()
