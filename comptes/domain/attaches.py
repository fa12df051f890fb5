"""What hangs on an account: upper apps say what somebody must take over when it closes."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from comptes.models import Utilisateur


@dataclass(frozen=True)
class Attache:
    """One thing to take over: what it is, what to do, and where when the reader may go there."""

    titre: str
    consigne: str
    url: str = ""


#: From the account and from who reads: a reader's own declared links hide dossiers here too (R36).
Recherche = Callable[[Utilisateur, Utilisateur], Iterable[Attache]]

_recherches: dict[str, Recherche] = {}


def register(nom: str, recherche: Recherche) -> None:
    """Add what an app knows of (in ``AppConfig.ready()``); the same name again replaces it."""
    _recherches[nom] = recherche


def attached_to(utilisateur: Utilisateur, lecteur: Utilisateur) -> list[Attache]:
    """Return all that hangs on this account, app by app, as the reader may see it."""
    return [attache for recherche in _recherches.values() for attache in recherche(utilisateur, lecteur)]
