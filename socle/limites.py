"""How often a visitor may ask for a public page: counted in the shared cache, across processes.

The account pages have allauth's limits; these cover the forms and addresses that need no account.
"""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from socle import horloge

Vue = Callable[..., Any]
#: Given the request and the seconds to wait, says no; the status and Retry-After are put on it.
Refus = Callable[[HttpRequest, int], HttpResponse]


def limited(nom: str, *, lectures: bool = False, refus: Refus | None = None) -> Callable[[Vue], Vue]:
    """Answer 429 once the rate ``GEN_LIMITES[nom]`` is used up, and say after how long to come back.

    ``lectures`` counts GET too; ``refus`` writes the answer, which is otherwise the portal's page.
    """

    def decorate(vue: Vue) -> Vue:
        @wraps(vue)
        def limited_view(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if ratelimit.consume(
                request, app="gen", action=nom, config=settings.GEN_LIMITES, limit_get=lectures
            ):
                return vue(request, *args, **kwargs)
            return _refusal(request, nom, refus)

        return limited_view

    return decorate


def _refusal(request: HttpRequest, nom: str, refus: Refus | None) -> HttpResponse:
    attente = seconds_to_wait(request, nom)
    reponse = refus(request, attente) if refus else ratelimit.respond_429(request)
    reponse.status_code = 429
    reponse["Retry-After"] = str(attente)
    # A cache between us and somebody else must not hand our refusal over.
    reponse["Cache-Control"] = "no-store"
    return reponse


def seconds_to_wait(request: HttpRequest, nom: str) -> int:
    """Return after how many seconds this address is let in again; one at least."""
    attentes = [1]
    for taux in ratelimit.get_rates(app="gen", action=nom, config=settings.GEN_LIMITES):
        cle = ratelimit.get_cache_key(request, app="gen", action=nom, rate=taux)
        # The latest first: the place that frees next is that of the oldest.
        passages = cache.get(cle, [])
        if len(passages) >= taux.amount:
            libre = passages[taux.amount - 1] + taux.duration
            attentes.append(math.ceil(libre - horloge.real_now().timestamp()))
    return max(attentes)
