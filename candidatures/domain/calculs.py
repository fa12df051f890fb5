"""What is computed while a section is typed, with the rule beside it. Upper apps register the rules."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from candidatures.domain.completude import budget_totals, euros
from candidatures.domain.instantane import Donnees
from candidatures.models import Candidature


@dataclass(frozen=True)
class Calcul:
    """A figure of the section, and the rule that it meets (``True``), misses, or does not decide yet."""

    libelle: str
    valeur: str
    regle: str
    tenu: bool | None = None


Fonction = Callable[[Donnees, Candidature], Iterable[Calcul]]

_fonctions: dict[str, list[Fonction]] = {}


def register(section: str, fonction: Fonction) -> None:
    """Add what computes figures of a section; registering it again changes nothing."""
    if fonction not in _fonctions.setdefault(section, []):
        _fonctions[section].append(fonction)


def calculs(section: str, donnees: Donnees, candidature: Candidature) -> list[Calcul]:
    """Return the figures of a section as it stands."""
    return [calcul for fonction in _fonctions.get(section, ()) for calcul in fonction(donnees, candidature)]


def _balance(donnees: Donnees, candidature: Candidature) -> list[Calcul]:
    charges, ressources = budget_totals(donnees)
    valeur = f"{euros(charges)} de charges, {euros(ressources)} de ressources"
    tenu = charges == ressources if charges or ressources else None
    return [Calcul("Budget d’une session", valeur, "les charges et les ressources s’équilibrent", tenu)]


register("budget", _balance)
