"""For which structure the person of a request acts."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase

#: Where the session keeps the id of the structure chosen.
CLE_STRUCTURE = "structure"

Vue = Callable[[Any], HttpResponseBase]


class StructureMiddleware:
    """Tell the person of the request which structure they chose; stands after the messages.

    ``request.user.structure_courante`` is then right in every view, form and card. A membership that
    ended since the choice is said once, and the choice forgotten.
    """

    def __init__(self, get_response: Vue) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        """Read the choice."""
        choix = request.session.get(CLE_STRUCTURE, "")
        if choix and request.user.is_authenticated:
            request.user.structure_choisie = uuid.UUID(choix)
            if not request.user.is_member_of(request.user.structure_choisie):
                self._forget(request)
        return self.get_response(request)

    def _forget(self, request: Any) -> None:
        del request.session[CLE_STRUCTURE]
        request.user.structure_choisie = None
        courante = request.user.structure_courante
        suite = f"Vous agissez maintenant pour «\u00a0{courante}\u00a0»." if courante else ""
        messages.warning(
            request, f"Vous n’êtes plus membre de la structure pour laquelle vous agissiez. {suite}".strip()
        )


def choose(request: Any, structure: uuid.UUID) -> None:
    """Keep the choice in the session, and apply it to this request; the caller has checked it."""
    request.session[CLE_STRUCTURE] = str(structure)
    request.user.structure_choisie = structure
