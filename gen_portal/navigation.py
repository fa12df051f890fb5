"""The main menu, as a table: who sees which entry. An entry whose page does not exist stays hidden."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import Resolver404, resolve

from comptes.models import ROLES_GEN, Role


@dataclass(frozen=True)
class Entree:
    """A line of the main menu."""

    titre: str
    chemin: str
    pour: Callable[[Any], bool]


def tout_le_monde(utilisateur: Any) -> bool:
    return True


def visiteurs(utilisateur: Any) -> bool:
    return not utilisateur.is_authenticated


def connectes(utilisateur: Any) -> bool:
    return utilisateur.is_authenticated


def porteurs(utilisateur: Any) -> bool:
    """Members of a structure, and newcomers who have neither structure nor role yet."""
    if not utilisateur.is_authenticated:
        return False
    return bool(utilisateur.appartenances_actives) or not utilisateur.roles_actifs


def roles(*attendus: str) -> Callable[[Any], bool]:
    """Return the test « holds one of these roles »."""
    return lambda utilisateur: utilisateur.is_authenticated and utilisateur.a_role(*attendus)


ENTREES = (
    Entree("Accueil", "/", visiteurs),
    Entree("Tableau de bord", "/", connectes),
    Entree("L’appel à labellisation", "/appel/", tout_le_monde),
    Entree("Mes candidatures", "/candidatures/", porteurs),
    Entree("Mes conventions", "/conventions/", porteurs),
    Entree("Suivi des formations", "/suivi/", porteurs),
    Entree("Instruction", "/admin/", roles(*ROLES_GEN)),
    Entree("Comité", "/comite/", roles(Role.COMITE, Role.DIRECTION)),
    Entree("Conventions", "/conventions/", roles(Role.DIRECTION)),
    Entree("Pilotage", "/pilotage/", roles(Role.DIRECTION)),
    Entree("Formations labellisées", "/formations/", tout_le_monde),
    Entree("Chiffres clés", "/chiffres-cles/", tout_le_monde),
)


@cache
def exists(chemin: str) -> bool:
    """Tell whether the portal has a page at this path."""
    try:
        resolve(chemin)
    except Resolver404:
        return False
    return True


def _current(entree: Entree, chemin: str) -> str:
    """Return the value of ``aria-current``: the page itself, a page of its section, or nothing."""
    if chemin == entree.chemin:
        return "page"
    return "true" if entree.chemin != "/" and chemin.startswith(entree.chemin) else ""


def menu(utilisateur: Any, chemin: str) -> list[dict[str, str]]:
    """Return the entries that this person sees from this page."""
    vus: set[str] = set()
    lignes = []
    for entree in ENTREES:
        if entree.chemin in vus or not entree.pour(utilisateur) or not exists(entree.chemin):
            continue
        vus.add(entree.chemin)
        lignes.append({"titre": entree.titre, "chemin": entree.chemin, "courant": _current(entree, chemin)})
    return lignes
