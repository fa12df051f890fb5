"""Social security numbers: recognised to be refused, never stored (R29, R44)."""

import re

#: What people put between the groups of a number: spaces of any kind, dots, dashes, slashes.
_ENTRE = r"[\W_]{0,3}"
#: Sex, year, month, département (2A and 2B too), commune, rank; then the key, or not.
NIR = re.compile(
    rf"(?<!\d)[1-478]{_ENTRE}\d{{2}}{_ENTRE}\d{{2}}{_ENTRE}(?:\d{{2}}|2[AB]){_ENTRE}\d{{3}}{_ENTRE}\d{{3}}"
    rf"(?:{_ENTRE}\d{{2}})?(?!\d)",
    re.IGNORECASE,
)
#: What is answered, which repeats nothing of what was typed.
SANS_NIR = "Ce texte contient un numéro de sécurité sociale\u00a0: retirez-le, le portail ne le garde jamais."


def contains_nir(texte: str) -> bool:
    """Return whether a text holds something shaped like a social security number, key or not.

    Phone numbers (ten digits) and SIRET (fourteen) don't: a number has thirteen or fifteen signs.
    """
    return NIR.search(texte) is not None
