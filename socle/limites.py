"""How often a visitor may ask for a public page: counted in the shared cache, across processes.

The account pages have allauth's limits; these cover the forms and addresses that need no account.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.core.internal import ratelimit
from django.conf import settings

Vue = Callable[..., Any]


def limited(nom: str, *, lectures: bool = False) -> Callable[[Vue], Vue]:
    """Answer 429 once the rate ``GEN_LIMITES[nom]`` is used up; ``lectures`` counts GET too."""

    def decorate(vue: Vue) -> Vue:
        @wraps(vue)
        def limited_view(request: Any, *args: Any, **kwargs: Any) -> Any:
            refus = ratelimit.consume_or_429(
                request, app="gen", action=nom, config=settings.GEN_LIMITES, limit_get=lectures
            )
            return refus or vue(request, *args, **kwargs)

        return limited_view

    return decorate
