"""The sweeps: what beat ticks, each on its own, so that one that fails stops no other.

Upper apps register theirs in ``AppConfig.ready()`` (label expiry, say). A sweep is a function
without argument that returns how many rows it took, and is safe when two run at once.
"""

import logging
from collections.abc import Callable

from socle import courriels, echeances, horloge, logs, travaux
from socle.models import Passage

logger = logging.getLogger(__name__)

Balayage = Callable[[], int]

_registered: dict[str, Balayage] = {}


class BalayageEnEchec(Exception):
    """At least one sweep failed; the others went on."""


def register(nom: str, fonction: Balayage) -> None:
    """Add a sweep of an upper app; registering the same name again replaces it."""
    _registered[nom] = fonction


def run_all(*, sur_place: bool = False) -> dict[str, int]:
    """Run every sweep and say how many rows each took.

    Effects: theirs; the tick also notes when each ended (``Passage``), commands don't.
    Order: the upper apps', reminders, jobs, outbox, so that what one writes the next one takes.
    With ``sur_place``, jobs and e-mails run here and now instead of waking workers. Errors:
    ``BalayageEnEchec`` at the end, naming the sweeps that failed (each is logged with its trace).
    """
    taken: dict[str, int] = {}
    failed: dict[str, str] = {}
    for nom, fonction in _all(sur_place):
        try:
            with logs.bind(f"balayage:{nom}"), horloge.frozen_offset():
                taken[nom] = fonction()
        except Exception as erreur:
            logger.exception("sweep %s failed", nom)
            failed[nom] = f"{type(erreur).__name__}: {erreur}"[:2000]
    if not sur_place:
        _note_passages(taken, failed)
    if failed:
        raise BalayageEnEchec(", ".join(failed))
    return taken


def _note_passages(taken: dict[str, int], failed: dict[str, str]) -> None:
    """Write when each sweep last ended, so that a stopped beat or a failing sweep is seen."""
    fini = horloge.real_now()
    reussis = [Passage(balayage=nom, fini_le=fini, reussi_le=fini, pris=pris) for nom, pris in taken.items()]
    echoues = [Passage(balayage=nom, fini_le=fini, erreur=erreur) for nom, erreur in failed.items()]
    for passages, champs in (
        (reussis, ["fini_le", "reussi_le", "pris", "erreur"]),
        (echoues, ["fini_le", "erreur"]),
    ):
        Passage.objects.bulk_create(
            passages, update_conflicts=True, unique_fields=["balayage"], update_fields=champs
        )


def drain(*, tours: int = 50) -> int:
    """Run the sweeps here and now until no reminder, job or e-mail is left; return how many there were.

    For commands that walk through the portal without a worker. Errors: ``BalayageEnEchec``, also
    when ``tours`` rounds were not enough.
    """
    total = 0
    for _ in range(tours):
        taken = sum(nombre for nom, nombre in run_all(sur_place=True).items() if nom not in _registered)
        if not taken:
            return total
        total += taken
    raise BalayageEnEchec(f"still rows to take after {tours} rounds")


def _all(sur_place: bool) -> list[tuple[str, Balayage]]:
    return [
        *_registered.items(),
        ("rappels", lambda: echeances.send_due().courriels),
        ("travaux", lambda: travaux.sweep(sur_place=sur_place)),
        ("courriels", lambda: courriels.sweep(sur_place=sur_place)),
    ]
