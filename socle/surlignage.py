"""Finding words in a text whatever their accents and capitals, and showing where."""

import unicodedata

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

#: Fewer letters would mark everything.
LETTRES_MIN = 2
_LIGATURES = {"œ": "oe", "æ": "ae", "’": "'", "‘": "'", "\u2013": "-", "\u2011": "-"}


def fold(texte: str) -> str:
    """Return a text without accents, capitals nor doubled spaces, as two texts are compared."""
    return " ".join("".join(map(_fold_char, texte)).split())


def _fold_char(signe: str) -> str:
    if signe.isspace():
        return " "
    brut = _LIGATURES.get(signe.lower(), signe)
    decompose = unicodedata.normalize("NFKD", brut)
    return "".join(un for un in decompose if not unicodedata.combining(un)).casefold()


def find(texte: str, cherche: str) -> list[tuple[int, int]]:
    """Return where a text holds ``cherche`` (already folded), as (start, end) of the text itself."""
    if len(cherche) < LETTRES_MIN:
        return []
    plie, places = _folded_with_places(texte)
    trouves, debut = [], 0
    while (debut := plie.find(cherche, debut)) >= 0:
        fin = debut + len(cherche)
        trouves.append((places[debut], places[fin - 1] + 1))
        debut = fin
    return [(un, _end_of_sign(texte, autre)) for un, autre in trouves]


def _folded_with_places(texte: str) -> tuple[str, list[int]]:
    """Return the folded text, and for each of its signs the rank of the sign that gave it."""
    signes: list[str] = []
    places: list[int] = []
    for rang, signe in enumerate(texte):
        for plie in _fold_char(signe):
            if plie == " " and signes and signes[-1] == " ":
                continue
            signes.append(plie)
            places.append(rang)
    return "".join(signes), places


def _end_of_sign(texte: str, fin: int) -> int:
    """Take in the accents that follow the last letter."""
    while fin < len(texte) and unicodedata.combining(texte[fin]):
        fin += 1
    return fin


class Surligneur:
    """Marks what is looked for, text after text, and numbers what it finds."""

    def __init__(self, cherche: str = "") -> None:
        self.texte = cherche.strip()
        self.cherche = fold(cherche)
        self.nombre = 0

    @property
    def actif(self) -> bool:
        """Whether something is looked for."""
        return len(self.cherche) >= LETTRES_MIN

    def mark(self, texte: str) -> SafeString:
        """Return a text as HTML: escaped, its lines kept, what is looked for in numbered marks."""
        morceaux, precedent = [], 0
        for debut, fin in find(texte, self.cherche):
            self.nombre += 1
            morceaux += [
                escape(texte[precedent:debut]),
                f'<mark class="gen-trouve" id="trouve-{self.nombre}" tabindex="-1">',
                escape(texte[debut:fin]),
                "</mark>",
            ]
            precedent = fin
        morceaux.append(escape(texte[precedent:]))
        # Every piece of text above is escaped; what is added is written here.
        return mark_safe("".join(morceaux).replace("\r\n", "\n").replace("\n", "<br>"))
