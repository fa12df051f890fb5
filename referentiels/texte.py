"""Text of the reference data: French typography, and a form without accents for searches."""

import re
import unicodedata

INSECABLE = "\u00a0"

_AVANT = re.compile(r"[ \u00a0\u202f]+([;:!?»])")
_APRES = re.compile(r"«[ \u00a0\u202f]*")
_POURCENT = re.compile(r"(?<=\d)[ \u00a0\u202f]?%")
_NON_MOT = re.compile(r"[^a-z0-9]+")


def typographie(texte: str) -> str:
    """Return the text with typographic apostrophes, ellipses and no-break spaces.

    The data files are typed on a plain keyboard; this is where they become French.
    """
    texte = texte.replace("'", "’").replace("...", "…")
    texte = _AVANT.sub(rf"{INSECABLE}\1", texte)
    texte = _APRES.sub(f"«{INSECABLE}", texte)
    return _POURCENT.sub(f"{INSECABLE}%", texte)


def normalise(texte: str) -> str:
    """Return lower case without accents, marks turned into single spaces: ``saint etienne``."""
    texte = texte.lower().replace("œ", "oe").replace("æ", "ae")
    sans_accents = "".join(
        lettre for lettre in unicodedata.normalize("NFKD", texte) if not unicodedata.combining(lettre)
    )
    return _NON_MOT.sub(" ", sans_accents).strip()
