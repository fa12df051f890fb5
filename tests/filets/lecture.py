"""A page as its readers get it: words, links, forms, and what the security policy would refuse."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

#: Attributes that a person reads or hears.
LUS = ("title", "alt", "aria-label", "aria-description", "placeholder", "data-confirm")
VIDES = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
#: Their content is not text.
MUETS = {"script", "style", "code", "pre"}
DONNEES = {"application/json", "application/ld+json"}


@dataclass
class Formulaire:
    """A form, its fields as the page fills them in."""

    methode: str
    action: str
    champs: dict[str, str] = field(default_factory=dict)
    caches: dict[str, str] = field(default_factory=dict)
    #: A form that only shows has nothing to send it with.
    envoyable: bool = False


class Page(HTMLParser):
    """What a page says (``textes``), where it leads (``liens``), what it may not hold (``refus``)."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.textes: list[str] = []
        self.liens: list[str] = []
        self.ressources: list[str] = []
        self.formulaires: list[Formulaire] = []
        self.refus: list[str] = []
        self.ids: set[str] = set()
        self.classes: set[str] = set()
        self.feuilles: list[str] = []
        self.langue = ""
        self._pile: list[tuple[str, bool]] = []
        self._formulaire: Formulaire | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read a tag and its attributes."""
        valeurs = {nom: valeur or "" for nom, valeur in attrs}
        self._check_policy(tag, valeurs)
        if tag == "html":
            self.langue = valeurs.get("lang", "")
        if "id" in valeurs:
            self.ids.add(valeurs["id"])
        self.classes.update(valeurs.get("class", "").split())
        muet = bool(self._pile and self._pile[-1][1]) or tag in MUETS or valeurs.get("lang", "fr") != "fr"
        if tag not in VIDES:
            self._pile.append((tag, muet))
        if not muet:
            self.textes += [valeurs[nom] for nom in LUS if valeurs.get(nom)]
            if tag == "input" and valeurs.get("type") in {"submit", "button", "reset"}:
                self.textes.append(valeurs.get("value", ""))
        self._follow(tag, valeurs)

    def handle_endtag(self, tag: str) -> None:
        """Close a tag, and those left open inside it."""
        if tag == "form":
            self._formulaire = None
        if any(nom == tag for nom, _ in self._pile):
            while self._pile.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Keep the text that shows."""
        if data.strip() and not (self._pile and self._pile[-1][1]):
            self.textes.append(data.strip())

    def _check_policy(self, tag: str, valeurs: dict[str, str]) -> None:
        self.refus += [f"<{tag} {nom}=…>" for nom in valeurs if nom == "style" or nom.startswith("on")]
        if tag == "style":
            self.refus.append("<style>")
        if tag == "script" and not ({"src", "nonce"} & valeurs.keys() or valeurs.get("type") in DONNEES):
            self.refus.append("<script> en ligne, sans nonce")
        for nom in ("href", "src", "action", "formaction"):
            if valeurs.get(nom, "").strip().lower().startswith("javascript:"):
                self.refus.append(f"<{tag} {nom}=javascript:…>")

    def _follow(self, tag: str, valeurs: dict[str, str]) -> None:
        if tag == "a" and valeurs.get("href"):
            self.liens.append(valeurs["href"])
        if tag in {"img", "script", "iframe"} and valeurs.get("src"):
            self.ressources.append(valeurs["src"])
        if tag == "link" and valeurs.get("href"):
            self.ressources.append(valeurs["href"])
            if valeurs.get("rel") == "stylesheet":
                self.feuilles.append(valeurs["href"])
        if tag == "form":
            self._formulaire = Formulaire(valeurs.get("method", "get").lower(), valeurs.get("action", ""))
            self.formulaires.append(self._formulaire)
        if self._formulaire is not None and tag in {"input", "select", "textarea", "button"}:
            self._fill(self._formulaire, tag, valeurs)

    def _fill(self, formulaire: Formulaire, tag: str, valeurs: dict[str, str]) -> None:
        genre = valeurs.get("type", "submit" if tag == "button" else "text")
        formulaire.envoyable |= genre in {"submit", "image"}
        if nom := valeurs.get("name"):
            rangee = (
                formulaire.caches if tag == "button" or genre in {"hidden", "submit"} else formulaire.champs
            )
            rangee[nom] = valeurs.get("value", "")

    @property
    def texte(self) -> str:
        """Everything that is read, in order."""
        return re.sub(r"\s+", " ", " ".join(self.textes))
