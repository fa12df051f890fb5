"""What follows an event, in its own transaction (DESIGN: the way upwards between apps).

A higher app registers handlers in its ``reactions.py``, imported by its ``AppConfig.ready()``. They
run in order of registration; one that raises undoes the whole act, the event included.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from socle.references import Reference, resolve

if TYPE_CHECKING:
    from socle.models import Evenement

Reaction = Callable[..., None]

_reactions: dict[str, list[Reaction]] = {}


def on(*verbes: str) -> Callable[[Reaction], Reaction]:
    """Register the decorated ``handler(evenement, sujet)`` for the events called ``verbes``."""

    def decorate(reaction: Reaction) -> Reaction:
        for verbe in verbes:
            registered = _reactions.setdefault(verbe, [])
            if reaction not in registered:
                registered.append(reaction)
        return reaction

    return decorate


def react(evenement: "Evenement", sujet: Any) -> None:
    """Call the handlers of an event with its subject, read if only its reference is known.

    They get ``None`` for a subject that is gone or that is no object of the portal.
    """
    registered = tuple(_reactions.get(evenement.verbe, ()))
    objet = resolve(sujet) if registered and isinstance(sujet, Reference) else sujet
    for reaction in registered:
        reaction(evenement, objet)
