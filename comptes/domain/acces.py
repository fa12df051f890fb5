"""The question every verb asks first: may this actor do this?"""

from typing import Any

from socle.erreurs import ActeurRefuse
from socle.references import Systeme

REFUS = "Vos droits ne permettent pas cette action. Demandez à un responsable de la structure ou à la GEN."


def require(acteur: Any, permission: str, objet: Any = None, message: str = REFUS) -> None:
    """Refuse (``ActeurRefuse``) an actor without the permission; the portal itself passes."""
    if not isinstance(acteur, Systeme) and not acteur.has_perm(permission, objet):
        raise ActeurRefuse(message)
