"""A process that knocks at a rate limit, for tests: prints how often it was let in.

``python -m tests.socle.compteur <times> <limit>`` with the settings of its environment.
"""

import os
import sys

import django


def knock(fois: int, limite: int) -> int:
    """Consume the same limit again and again."""
    from allauth.core.internal import ratelimit
    from django.test import RequestFactory

    request = RequestFactory().post("/")
    config = {"essai": f"{limite}/m/key"}
    return sum(
        bool(ratelimit.consume(request, app="gen", action="essai", config=config, key="une clé"))
        for _ in range(fois)
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gen_portal.settings")
    django.setup()
    # The others are ready too: all knock at once.
    sys.stdout.write("prêt\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(f"{knock(int(sys.argv[1]), int(sys.argv[2]))}\n")
