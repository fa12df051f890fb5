"""The portal as the bench serves it: its own settings, the business clock at the day of the data.

Outside the demo nothing moves the clock: the bench shifts it once, at the start of each process, so
that pages cost neither the demo's bar nor its query.
"""

import os
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gen_portal.settings")


def set_up() -> None:
    """Load the portal and put its business clock where the demo's story ends."""
    django.setup()
    from gen_portal.demo.peuplement import ARRIVEE
    from socle import horloge

    decalage: timedelta = ARRIVEE - horloge.real_now()
    horloge._current_offset = lambda: decalage
