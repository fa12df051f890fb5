"""The three messages of the portal: two wake-ups that carry an id, and the tick of beat."""

from celery import shared_task
from django.conf import settings
from kombu.transport import redis

from socle import balayages, courriels, travaux

# A worker that loses its broker would put back the messages it had taken, through the very
# connection it has lost, and die of it (kombu 5.7). Ours are wake-ups: the rows are swept anyway.
redis.Channel.do_restore = False


@shared_task(name=travaux.TACHE)
def run_travail(identifiant: str) -> None:
    """Run a job, after the one-time codes that wait."""
    courriels.deliver_codes()
    travaux.run(identifiant)


@shared_task(name=courriels.TACHE)
def deliver_courriel(identifiant: str) -> None:
    """Deliver an e-mail, after the one-time codes that wait."""
    courriels.deliver_codes()
    courriels.deliver(identifiant)


@shared_task(name="socle.sweep", expires=max(60, 5 * settings.GEN_TICK))
def sweep() -> None:
    """Run every sweep. A tick that waited too long for a worker is dropped: the next one does it."""
    balayages.run_all()
