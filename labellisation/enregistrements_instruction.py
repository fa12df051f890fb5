"""What the instruction registers with lower floors."""

from candidatures.domain import avertissements
from labellisation.domain.prevalidations import warn_porteur


def register() -> None:
    """Let the ten pre-checks warn the porteur before the deposit (R15)."""
    avertissements.register(warn_porteur)
