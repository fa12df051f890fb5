"""The three messages of the portal: two wake-ups that carry an id, and the tick of beat."""

from celery import shared_task
from django.conf import settings
from kombu.transport import redis

from socle import balayages, courriels, travaux

# Our messages are wake-ups, and the rows are swept: a message that was taken is done with. Kombu's own
# bookkeeping (acknowledge, or put back) goes through the connection on which the message came: a
# worker that has lost its broker in the middle of a task dies of it (kombu 5.7, AttributeError).
redis.Channel.ack_emulation = False
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
