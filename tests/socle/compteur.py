"""A process that knocks at a rate limit, for tests: prints how often it was let in.

``python -m tests.socle.compteur <door> <times>``; doors are in ``PORTES``, settings in the environment.
"""

import os
import sys
from collections.abc import Callable

import django

#: What the door of allauth lets in; that of the API has its own setting.
LIMITE = 25


def knock_at_allauth() -> bool:
    """Consume a limit as the account pages do."""
    from allauth.core.internal import ratelimit
    from django.test import RequestFactory

    config = {"essai": f"{LIMITE}/m/key"}
    request = RequestFactory().post("/")
    return bool(ratelimit.consume(request, app="gen", action="essai", config=config, key="une clé"))


def knock_at_api() -> bool:
    """Ask the open data what it offers: it needs no base."""
    from django.test import RequestFactory

    from pilotage import api

    reponse = api.racine(RequestFactory().get("/api/v1/"))
    assert reponse.status_code == 200 or int(reponse["Retry-After"]) >= 1
    return reponse.status_code == 200


PORTES: dict[str, Callable[[], bool]] = {"allauth": knock_at_allauth, "api": knock_at_api}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gen_portal.settings")
    django.setup()
    knock, fois = PORTES[sys.argv[1]], int(sys.argv[2])
    # The others are ready too: all knock at once.
    sys.stdout.write("prêt\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(f"{sum(knock() for _ in range(fois))}\n")
