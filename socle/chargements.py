"""What ``manage.py load_referentiels`` runs besides the reference data: loaders of the upper apps.

An app registers its loader in ``AppConfig.ready()``; loaders run in the order of the floors, are
idempotent, and return the line that the command prints.
"""

from collections.abc import Callable

Chargement = Callable[[], str]

_chargements: dict[str, Chargement] = {}


def register(nom: str, fonction: Chargement) -> None:
    """Add a loader; registering the same name again replaces it."""
    _chargements[nom] = fonction


def registered() -> list[tuple[str, Chargement]]:
    """Return the loaders, in the order of registration."""
    return list(_chargements.items())
