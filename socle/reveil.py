"""Waking a worker: a message that carries an id and nothing else (DESIGN, work in the background).

A wake-up may be lost: the row stays and the sweep finds it. So publishing is tried once, for a
second at most, after the commit; a broker that has just failed is left alone for a few seconds, so
that a request that writes ten rows waits for it once and not ten times.
"""

import logging
import time
import uuid
from importlib import import_module

from celery import current_app
from django.db import transaction

logger = logging.getLogger(__name__)

#: Seconds during which a broker that failed is not tried again by this process.
TREVE = 10.0

_broker_down_until = 0.0


def wake_after_commit(tache: str, identifiant: uuid.UUID) -> None:
    """Wake a worker for this row once the caller's transaction is committed."""
    transaction.on_commit(lambda: wake(tache, identifiant), robust=True)


def wake(tache: str, identifiant: uuid.UUID) -> bool:
    """Publish one wake-up; ``False``, with a warning that names the row, if the broker is away."""
    global _broker_down_until
    if time.monotonic() < _broker_down_until:
        logger.warning(
            "%s %s not published: the broker failed just before; the sweep takes it", tache, identifiant
        )
        return False
    # A web process has not imported the tasks yet; they import the modules that call us.
    import_module("socle.tasks")
    try:
        current_app.tasks[tache].apply_async(args=[str(identifiant)], retry=False)
    except Exception as erreur:
        # Whatever the transport raises (OperationalError, OSError, redis errors), the row is safe.
        _broker_down_until = time.monotonic() + TREVE
        logger.warning("%s %s not published (%s); the sweep takes it", tache, identifiant, erreur)
        return False
    return True


def forget_failure() -> None:
    """Try the broker again at the next wake-up (the sweep does so, and the tests)."""
    global _broker_down_until
    _broker_down_until = 0.0
