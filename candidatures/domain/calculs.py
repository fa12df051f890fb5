"""What is computed while a section is typed, with the rule beside it. Upper apps register the rules."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

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


#: From a section that is being typed, and its dossier for what other sections say.
Fonction = Callable[[Donnees, Candidature], Iterable[Calcul]]
#: The same from a whole snapshot, which alone is read: what is deposited never changes.
FonctionFigee = Callable[[dict[str, Any]], Iterable[Calcul]]

_fonctions: dict[str, list[tuple[Fonction, FonctionFigee]]] = {}


def register(section: str, fonction: Fonction, figee: FonctionFigee) -> None:
    """Add what computes figures of a section, as it is typed and from a snapshot; twice is once."""
    if (fonction, figee) not in _fonctions.setdefault(section, []):
        _fonctions[section].append((fonction, figee))


def calculs(section: str, donnees: Donnees, candidature: Candidature) -> list[Calcul]:
    """Return the figures of a section as it stands."""
    return [
        calcul for fonction, _ in _fonctions.get(section, ()) for calcul in fonction(donnees, candidature)
    ]


def figures(section: str, dossier: dict[str, Any]) -> list[Calcul]:
    """Return the figures of a section of a snapshot, from the snapshot alone."""
    return [calcul for _, figee in _fonctions.get(section, ()) for calcul in figee(dossier)]


def _balance(donnees: Donnees, candidature: Candidature) -> list[Calcul]:
    return _balance_of(donnees)


def _balance_of(donnees: Donnees) -> list[Calcul]:
    charges, ressources = budget_totals(donnees)
    valeur = f"{euros(charges)} de charges, {euros(ressources)} de ressources"
    tenu = charges == ressources if charges or ressources else None
    return [Calcul("Budget d’une session", valeur, "les charges et les ressources s’équilibrent", tenu)]


def _frozen_balance(dossier: dict[str, Any]) -> list[Calcul]:
    return _balance_of(dossier["budget"])


register("budget", _balance, _frozen_balance)
