"""One look at a page: what it said while loading, what it shows, what axe finds, how wide it is."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    Route,
    ViewportSize,
)

#: A window of 1,280 pixels at 400 %.
ZOOM_400 = 320
ECOUTE = """document.addEventListener("securitypolicyviolation",
  (e) => console.error("CSP " + e.violatedDirective + " " + e.blockedURI));"""
#: What stands out of the window, unless a frame that scrolls holds it.
DEBORDE = """() => {
  const racine = document.documentElement;
  if (racine.scrollWidth <= racine.clientWidth) return [];
  const tenu = (e) => {
    for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
      if (getComputedStyle(p).overflowX !== "visible") return true;
    return false;
  };
  const depasse = (e) => e.getBoundingClientRect().right > racine.clientWidth + 1
    || (e.scrollWidth > racine.clientWidth && getComputedStyle(e).overflowX === "visible");
  const dehors = [...document.body.querySelectorAll("*")].filter((e) => depasse(e) && !tenu(e));
  const nom = (e) => `<${e.tagName.toLowerCase()} class="${e.className}">`;
  return [`${racine.scrollWidth} px for ${racine.clientWidth}`, ...dehors.slice(-3).map(nom)];
}"""
STRUCTURE = """() => {
  const visibles = [...document.querySelectorAll("h1")].filter((h) => h.checkVisibility());
  const niveaux = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")]
    .filter((h) => h.checkVisibility()).map((h) => Number(h.tagName[1]));
  return {h1: visibles.length, premier: niveaux[0], langue: document.documentElement.lang,
    main: document.querySelectorAll("main").length};
}"""
CADRE = ("header", "nav", "footer")
#: The page as axe reads it, its content and what is around, without what changes at each request.
LECTURE = """(cadre) => {
  const lire = (parties) => [...document.querySelectorAll(parties)].map((e) => e.outerHTML
    .replace(/(csrfmiddlewaretoken" value=")[^"]+/g, "$1")
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, ""));
  return [innerWidth, document.documentElement.dataset.frTheme, lire("main, aside"), lire(cadre)];
}"""
#: What the style sheets can tell apart in what is shown: each element by its way from the body.
BATI = """() => {
  const etats = ["class", "type", "role", "disabled", "open", "aria-current", "aria-invalid",
    "aria-expanded"];
  const nom = (e) => [e.tagName, e.id.replace(/[0-9a-f-]{36}|[0-9]+/g, ""),
    ...etats.map((a) => e.getAttribute(a))].join();
  const vus = new Set();
  const lire = (e, chemin) => {
    const ici = `${chemin} > ${nom(e)}`;
    if (e.checkVisibility({visibilityProperty: true, opacityProperty: true})) vus.add(ici);
    for (const enfant of e.children) lire(enfant, ici);
  };
  lire(document.body, [...document.styleSheets].map((f) => f.href).join());
  return [...vus];
}"""
#: ``make eyes`` reads the colours of every page; otherwise, those of a page that shows something new.
TOUT = os.environ.get("GEN_TEST_YEUX") == "tout"
#: Two thirds of what axe costs.
CONTRASTE = ("color-contrast",)
#: What axe has read: contents by address, theme and width; what is around them by theme and width;
#: elements by theme.
LUS: set[tuple[str | int | None, ...]] = set()
#: Half a megabyte: a window has it before its pages come, which costs a third of handing it to each.
AXE = Axe().axe_script
REGARDER = """async ([contexte, options]) => window.axe
  ? (await axe.run(contexte || document, options)).violations : null"""
LIEN_SORTANT = re.compile(r"^(data|blob|about):")


class Regard:
    """A window of one person, whose every word in the console and every request is noted."""

    def __init__(self, chromium: Browser, url: str, session: str = "") -> None:
        self.url = url
        self.contexte: BrowserContext = chromium.new_context(
            base_url=url, viewport={"width": 360, "height": 800}, locale="fr-FR", reduced_motion="reduce"
        )
        if session:
            self.contexte.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        # The machine may be busy; nothing here waits that long on a quiet one.
        self.contexte.set_default_timeout(60_000)
        self.contexte.add_init_script(ECOUTE)
        self.contexte.add_init_script(AXE)
        self.notes: list[str] = []
        self.page: Page = self.contexte.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda erreur: self.notes.append(f"error of a script: {erreur}"))
        self.contexte.on("request", self._left)
        self.contexte.on("response", self._failed)

    def close(self) -> None:
        """Close the window."""
        self.contexte.close()

    def rest(self) -> None:
        """Leave the page: the scripts of the State's design system draw each frame, in every open window."""
        self.page.goto("about:blank")

    def _heard(self, message: ConsoleMessage) -> None:
        # Chromium reports the status of an error page by itself; the status is checked for itself.
        if "Failed to load resource" in message.text and message.location.get("url") == self.page.url:
            return
        self.notes.append(f"console, {message.type}: {message.text}")

    def _left(self, requete: Request) -> None:
        if not requete.url.startswith(f"{self.url}/") and not LIEN_SORTANT.match(requete.url):
            self.notes.append(f"request outside the site: {requete.url}")

    def _failed(self, reponse: Response) -> None:
        if reponse.status >= 400 and not reponse.request.is_navigation_request():
            self.notes.append(f"{reponse.url} answered {reponse.status}")

    # --- Opening -----------------------------------------------------------------------------
    def open(self, chemin: str, largeur: int, statut: int = 200) -> None:
        """Open an address of the portal at a width, and wait until its scripts and fonts are there."""
        self.notes.clear()
        self.resize(largeur)
        reponse = self.page.goto(chemin, wait_until="load")
        obtenu = reponse.status if reponse else 0
        if obtenu != statut:
            self.notes.append(f"answered {obtenu}, not {statut}")
        if not self.page.url.endswith(chemin):
            self.notes.append(f"led to {self.page.url}")
        self.settle()

    def settle(self) -> None:
        """Wait for what a page still does once it is loaded."""
        self.page.evaluate("document.fonts.ready.then(() => true)")

    def resize(self, largeur: int) -> None:
        """Change the width of the window."""
        fenetre: ViewportSize = {"width": largeur, "height": 900 if largeur > 360 else 800}
        if self.page.viewport_size != fenetre:
            self.page.set_viewport_size(fenetre)

    @contextmanager
    def served(self, chemin: str, html: str, statut: int) -> Iterator[None]:
        """Answer an address with a page that the portal shows only when it breaks."""

        def answer(route: Route) -> None:
            route.fulfill(status=statut, body=html, content_type="text/html; charset=utf-8")

        self.page.route(f"{self.url}{chemin}", answer)
        try:
            yield
        finally:
            self.page.unroute(f"{self.url}{chemin}", answer)

    def send(
        self, bouton: str, saisie: Mapping[str, str], statut: int = 200, *, sans_script: bool = False
    ) -> None:
        """Type what is given, and press the button of the content whose name begins so.

        ``sans_script`` sends its form past what the page's script would do of it.
        """
        # What the browser would hold back by itself has to be refused by the portal.
        self.page.evaluate("document.querySelectorAll('form').forEach((f) => { f.noValidate = true; })")
        for champ, valeur in saisie.items():
            place = self.page.locator(f"#{champ}")
            if place.get_attribute("type") == "checkbox":
                place.evaluate(
                    "(boite) => { boite.closest('details')?.setAttribute('open', '');"
                    " boite.checked || boite.click(); }"
                )
            else:
                place.fill(valeur)
        cible = (
            self.page.locator("main")
            .get_by_role("button", name=re.compile(f"^{bouton}"))
            .or_(self.page.locator(f"main input[type=submit][value^='{bouton}']"))
        )
        with self.page.expect_navigation(wait_until="load") as navigation:
            if sans_script:
                cible.first.evaluate("bouton => HTMLFormElement.prototype.submit.call(bouton.form)")
            else:
                cible.first.click()
        obtenu = navigation.value.status if navigation.value else 0
        if obtenu != statut:
            self.notes.append(f"once sent, answered {obtenu}, not {statut}")
        self.settle()

    def summary_has_focus(self) -> bool:
        """Tell whether the summary of errors is where one reads on."""
        return bool(self.page.evaluate("document.activeElement.matches('[role=alert][tabindex=\"-1\"]')"))

    # --- Looking -----------------------------------------------------------------------------
    def faults(self, *, axe: bool = True) -> list[str]:
        """Return everything that is wrong with the page as it stands."""
        vue: dict[str, Any] = self.page.evaluate(STRUCTURE)
        fautes = list(self.notes)
        if vue["h1"] != 1:
            fautes.append(f"{vue['h1']} h1")
        if vue["premier"] != 1:
            fautes.append(f"its first heading is a h{vue['premier']}")
        if vue["main"] != 1:
            fautes.append(f"{vue['main']} main")
        if vue["langue"] != "fr":
            fautes.append(f"in «{vue['langue']}»")
        fautes += self.overflow()
        # The style that axe injects may be refused by the policy: whatever is heard from here is its own.
        if axe:
            fautes += self._violations()
        self.notes.clear()
        return fautes

    def _violations(self) -> list[str]:
        """Return what axe finds in what it has not read yet: roles share contents, pages share colours."""
        largeur, theme, dit, autour = self.page.evaluate(LECTURE, ", ".join(CADRE))
        contenu = (self.page.url, theme, largeur, hash(tuple(dit)))
        cadre = {("cadre", theme, largeur, hash(partie)) for partie in autour}
        if contenu in LUS and cadre <= LUS:
            return []
        sortes = {(theme, sorte) for sorte in self.page.evaluate(BATI)}
        couleurs = TOUT or not sortes <= LUS
        parties = [nom for nom in CADRE if self.page.locator(nom).count()] if contenu in LUS else ()
        LUS.update(sortes, cadre, [contenu])
        return violations(self.page, parties, sans=() if couleurs else CONTRASTE)

    def overflow(self) -> list[str]:
        """Tell what makes the page scroll sideways."""
        dehors: list[str] = self.page.evaluate(DEBORDE)
        if not dehors:
            return []
        largeur = self.page.evaluate("document.documentElement.clientWidth")
        return [f"scrolls sideways at {largeur}: {', '.join(dehors)}"]

    def zoom(self) -> list[str]:
        """Tell what does not fit at 400 %."""
        self.resize(ZOOM_400)
        return self.overflow()

    @property
    def title(self) -> str:
        """The title of the page."""
        return str(self.page.title())


def violations(page: Page, parties: Sequence[str] = (), sans: Sequence[str] = ()) -> list[str]:
    """Return what axe finds in the page, or in parts of it, each with the first elements concerned."""
    options = {"resultTypes": ["violations"], "rules": {regle: {"enabled": False} for regle in sans}}
    demande = [{"include": list(parties)} if parties else None, options]
    defauts = page.evaluate(REGARDER, demande)
    if defauts is None:
        page.evaluate(AXE)
        defauts = page.evaluate(REGARDER, demande)
    return [
        f"axe, {defaut['id']}: " + " | ".join(noeud["html"][:200] for noeud in defaut["nodes"][:3])
        for defaut in defauts
    ]


def wait_until(page: Page, condition: str, essais: int = 600) -> None:
    """Wait until something is true, asked from outside: the policy refuses what is evaluated within."""
    for _ in range(essais):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never true: {condition}")
