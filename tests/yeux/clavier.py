"""The keyboard: Tab from the top of a page to its end, as somebody does who has no mouse."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

#: On a longer page: this many stops from the top, then this many to the end.
DEBUT, FIN = 60, 25

ECOUTER = """() => {
  const style = (e, pseudo) => {
    const s = getComputedStyle(e, pseudo);
    return [s.outlineStyle === "none" ? "" : s.outlineStyle + s.outlineWidth + s.outlineColor,
      s.boxShadow, s.borderColor, s.backgroundColor, s.textDecorationLine].join("/");
  };
  // The State's design system draws the focus of a box on its label, and that of a tile around it.
  const aspect = (e) => [e, ...(e.labels || []), ...(e.closest(".fr-enlarge-link") ? [e.parentElement] : [])]
    .map((un) => [null, "::before", "::after"].map((pseudo) => style(un, pseudo)).join()).join();
  const lieu = (e) => {
    const cadres = [e, ...(e.labels || [])].map((un) => un.getBoundingClientRect());
    return cadres.some((r) => r.width > 1 && r.height > 1 && r.bottom > 0 && r.top < innerHeight
      && r.right > 0 && r.left < innerWidth);
  };
  const nom = (e) => `<${e.tagName.toLowerCase()}${e.id ? " id=" + e.id : ""}> ` +
    (e.getAttribute("aria-label") || e.innerText || e.name || e.value || "").trim().slice(0, 40);
  window.genArrets = [];
  window.genElements = [];
  document.addEventListener("focusin", ({target}) => {
    window.genElements.push(target);
    window.genArrets.push({nom: nom(target), avant: aspect(target), montre: lieu(target)});
  });
  window.genAspect = aspect;
}"""
#: Where Tab starts from is not the focus alone: it stays where the focus was last.
HAUT = """() => {
  const repere = document.createElement("span");
  repere.tabIndex = -1;
  document.body.prepend(repere);
  repere.focus();
  repere.remove();
  scrollTo(0, 0);
}"""
#: Tab stops once in a group of radio buttons: at the one that is checked, else at the first.
ATTEIGNABLES = """() => [...document.querySelectorAll(
    "a[href], button, input, select, textarea, summary, [tabindex], iframe, audio, video")]
  .filter((e, _, tous) => e.type !== "radio" || e === (
    tous.find((r) => r.type === "radio" && r.name === e.name && r.form === e.form && r.checked)
    || tous.find((r) => r.type === "radio" && r.name === e.name && r.form === e.form)))
  .filter((e) => e.tabIndex >= 0 && !e.disabled && e.type !== "hidden" && e.checkVisibility(
    {visibilityProperty: true, opacityProperty: false}) && !e.closest("[inert]"))"""
COMPTE = f"({ATTEIGNABLES})().length"
SAUTE = f"(reste) => ({ATTEIGNABLES})().at(-reste).focus()"
ETAT = """() => ({
  arrets: window.genArrets.length,
  boucle: window.genElements.length > 1 && window.genElements.lastIndexOf(window.genElements[0]) > 0,
  sorti: document.activeElement === document.body || document.activeElement === null,
})"""
BILAN = """() => {
  const actif = document.activeElement;
  // What each looks like without the focus is read once it is nowhere: on the way, timers run late.
  if (window.genElements.includes(actif)) actif.blur();
  const place = (e) => {
    const r = (e.labels && e.labels[0] && e.type !== "text" ? e.labels[0] : e).getBoundingClientRect();
    return {gauche: r.left, droite: r.right, haut: r.top + scrollY, bas: r.bottom + scrollY};
  };
  const cadre = (e) => {
    for (let p = e.parentElement; p; p = p.parentElement) {
      const s = getComputedStyle(p);
      const defile = p !== document.body && ["auto", "scroll"].includes(s.overflowY);
      if (defile || ["fixed", "sticky"].includes(s.position)) return p;
    }
    return null;
  };
  // Past the end, Tab comes round to the first stop: what follows has been walked already.
  const retour = window.genElements.indexOf(window.genElements[0], 1);
  return window.genArrets.slice(0, retour < 0 ? undefined : retour).map((arret, rang) => {
    const e = window.genElements[rang], avant = window.genElements[rang - 1];
    const suit = !avant || avant === e
      || Boolean(avant.compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING);
    let remonte = false;
    if (avant && suit && avant.isConnected && cadre(avant) === cadre(e)) {
      const a = place(avant), b = place(e);
      remonte = b.bas < a.haut - 4 && b.gauche < a.droite && b.droite > a.gauche;
    }
    return {...arret, apres: window.genAspect(e), suit, remonte};
  });
}"""


@dataclass(frozen=True)
class Marche:
    """A walk from the top of the page to its end."""

    arrets: list[dict[str, Any]]
    fautes: list[str]


def walk(page: Page) -> Marche:
    """Press Tab until the focus leaves the page; tell what is wrong on the way."""
    page.evaluate(HAUT)
    page.evaluate(ECOUTER)
    attendus: int = page.evaluate(COMPTE)
    # A date is typed in several stops: day, month, year, calendar.
    marge = 5 + 4 * page.locator("input[type=date], input[type=time], input[type=datetime-local]").count()
    long = attendus > DEBUT + FIN
    fini = _press(page, DEBUT if long else attendus + marge)
    if long:
        page.evaluate(SAUTE, FIN)
        fini = _press(page, FIN + marge)
    arrets: list[dict[str, Any]] = page.evaluate(BILAN)
    fautes = [] if fini else [f"the focus never leaves the page: it stands on {arrets[-1]['nom']}"]
    vus = {arret["nom"] for arret in arrets}
    if not arrets:
        fautes.append("nothing takes the focus")
    for rang, arret in enumerate(arrets):
        if not arret["montre"]:
            fautes.append(f"focus out of sight: {arret['nom']}")
        if arret["avant"] == arret["apres"]:
            fautes.append(f"focus not visible: {arret['nom']}")
        if rang and not arret["suit"]:
            fautes.append(f"focus jumps back: {arrets[rang - 1]['nom']} then {arret['nom']}")
        if arret["remonte"]:
            fautes.append(f"focus climbs: {arrets[rang - 1]['nom']} then {arret['nom']}")
    if not long and len(vus) < min(attendus, 3):
        fautes.append(f"{len(vus)} stops for {attendus} elements: {sorted(vus)}")
    return Marche(arrets, fautes)


def _press(page: Page, fois: int) -> bool:
    """Press Tab so many times, or until the focus has left or come round; tell whether it has."""
    for rang in range(fois):
        page.keyboard.press("Tab")
        if rang % 5 == 4 or rang >= fois - 6:
            etat = page.evaluate(ETAT)
            if etat["boucle"] or etat["sorti"]:
                return True
    return False
