"""The question every verb asks first: may this actor do this?"""

from typing import Any

from socle.erreurs import ActeurRefuse
from socle.references import Systeme

REFUS = "Vos droits ne permettent pas cette action. Demandez à un responsable de la structure ou à la GEN."


def require(acteur: Any, permission: str, objet: Any = None, message: str = REFUS) -> None:
    """Refuse (``ActeurRefuse``) an actor without the permission; the portal itself passes."""
    if not isinstance(acteur, Systeme) and not acteur.has_perm(permission, objet):
        raise ActeurRefuse(message)


def require_in(acteur: Any, permission: str, structure: Any, message: str = REFUS) -> None:
    """Ask the same once the structure's row is locked, by memberships read again.

    What the actor held when the page was asked for may have ended while this act waited for the row.
    """
    if not isinstance(acteur, Systeme):
        acteur.forget_roles()
    require(acteur, permission, structure, message)
