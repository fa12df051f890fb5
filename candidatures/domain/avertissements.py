"""Warnings shown before the deposit (R5, R15): they never block.

Upper apps register functions that read a snapshot: the ten pre-checks of ``labellisation`` warn the
porteur with the same code that will help the instructor.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Avertissement:
    """A criterion that the dossier seems not to meet, and where to correct it.

    ``champ`` names an answer of the section or of the row ``ligne`` of its table, the table, or a piece
    (``piece:<TYPE>``); without it, the section alone is known.
    """

    critere: int
    phrase: str
    section: str
    champ: str = ""
    ligne: int | None = None


#: A snapshot, a day, and who looks from GEN at the porteur's page, if somebody does (R36).
Controle = Callable[[dict[str, Any], date, Any], Iterable[Avertissement]]

_controles: list[Controle] = []


def register(fonction: Controle) -> None:
    """Add a function that warns; registering it again changes nothing."""
    if fonction not in _controles:
        _controles.append(fonction)


def unproved_partnerships(
    instantane: dict[str, Any], jour: date, lecteur: Any = None
) -> Iterator[Avertissement]:
    """Warn of the concluded partnerships that no attachment proves: the porteur may deposit without (R34)."""
    prouves = {piece.get("ligne") for piece in instantane["pieces"] if piece["type"] == "PREUVE_PARTENARIAT"}
    noms = [
        f"«\u00a0{partenaire['nom'] or 'partenaire sans nom'}\u00a0»"
        for partenaire in instantane["partenaires"]
        if partenaire.get("partenariat") == "CONCLU" and partenaire["id"] not in prouves
    ]
    if noms:
        phrase = (
            f"Sélection\u00a0: joignez une preuve du partenariat conclu avec {', '.join(noms)} "
            "(convention, lettre d’engagement). La GEN contacte chaque partenaire."
        )
        yield Avertissement(1, phrase, "partenaires", "partenaires")


register(unproved_partnerships)


def warnings_for(instantane: dict[str, Any], jour: date, lecteur: Any = None) -> list[Avertissement]:
    """Return every warning about a snapshot, in the order of the criteria.

    ``lecteur``: who looks at the porteur's page from GEN; what a link hides from them is not named (R36).
    """
    trouves = [
        avertissement for controle in _controles for avertissement in controle(instantane, jour, lecteur)
    ]
    return sorted(trouves, key=lambda avertissement: avertissement.critere)
