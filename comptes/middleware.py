"""For whom a request acts: the structure chosen, and « voir comme »."""

import re
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from comptes import voir_comme
from comptes.domain.voir_comme import current_view
from comptes.models import VoirComme
from socle.erreurs import ActeurRefuse

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


# --- Voir comme -------------------------------------------------------------------------------
#: Where the agent's session keeps the view that runs.
CLE_VOIR_COMME = "voir_comme"

_LECTURES = ("GET", "HEAD", "OPTIONS")
#: What the database is asked under « voir comme »: nothing else gets through, whatever a page does.
_SQL_DE_LECTURE = re.compile(
    r"\s*\(?\s*(SELECT|WITH|PRAGMA|BEGIN|SAVEPOINT|RELEASE|ROLLBACK|COMMIT|SET)\b", re.I
)


class EcritureRefusee(ActeurRefuse):
    """A page tried to write under « voir comme »."""


class SessionDeVue(SessionBase):
    """What stands for the session while an agent sees as somebody: empty, and never saved."""

    def load(self) -> dict[str, Any]:
        """Return nothing."""
        return {}

    def exists(self, session_key: str) -> bool:
        """Say no."""
        return False

    def create(self) -> None:
        """Do nothing."""

    def save(self, must_create: bool = False) -> None:
        """Do nothing."""

    def delete(self, session_key: str | None = None) -> None:
        """Do nothing."""


class VoirCommeMiddleware:
    """Put the person seen in the place of the agent, for the views alone; stands innermost.

    The one place where ``request.user`` is swapped. Outside it, in and out, the request is the
    agent's: sign-in, second factor, limits and the session are theirs. Inside: ``request.user`` is
    the person, ``request.agent`` the agent, ``request.voir_comme`` the view; the session is a dummy;
    the database refuses to write; a page not marked ``open_to_view`` and a method that is no reading
    are refused.
    """

    def __init__(self, get_response: Vue) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        """Look for a view that runs in this session."""
        request.voir_comme = None
        identifiant = request.session.get(CLE_VOIR_COMME, "")
        if not identifiant or not request.user.is_authenticated:
            return self.get_response(request)
        if request.path == reverse("comptes:voir-comme-quitter"):
            return self.get_response(request)
        if request.facteur_du:
            # The agent's own door first; it stands above, and answers once the page is known.
            return self.get_response(request)
        vue = current_view(agent=request.user, identifiant=identifiant)
        if vue is None:
            del request.session[CLE_VOIR_COMME]
            return redirect("comptes:voir-comme-terminee")
        return self._seen(request, vue)

    def _seen(self, request: Any, vue: VoirComme) -> HttpResponseBase:
        agent, session = request.user, request.session
        vue.personne.vu_par = agent
        request.voir_comme, request.agent = vue, agent
        self._put(request, vue.personne, SessionDeVue())
        try:
            with connection.execute_wrapper(_refuse_writes):
                response = self.get_response(request)
        finally:
            self._put(request, agent, session)
        add_never_cache_headers(response)
        return response

    def _put(self, request: Any, personne: Any, session: SessionBase) -> None:
        async def auser() -> Any:
            return personne

        request.user = request._cached_user = personne
        request.auser = auser
        request.session = session

    def process_view(self, request: Any, vue: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Refuse acts and closed pages before the view is called."""
        if request.voir_comme is None:
            return None
        if request.method not in _LECTURES:
            return render(request, "comptes/voir_comme_refus.html", {"acte": True}, status=403)
        if not voir_comme.is_open(vue):
            return render(request, "comptes/voir_comme_refus.html", {"acte": False}, status=403)
        return None


def _refuse_writes(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if not _SQL_DE_LECTURE.match(sql):
        raise EcritureRefusee("Pendant «\u00a0voir comme\u00a0», cette page ne peut rien enregistrer.")
    return execute(sql, params, many, context)
