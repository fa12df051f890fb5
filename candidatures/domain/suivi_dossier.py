"""What higher floors push down to a dossier."""

from datetime import datetime

from candidatures.models import Candidature
from socle.transition import lock


def record_outcome(*, candidature: Candidature, issue: str, instant: datetime) -> Candidature:
    """Write the outcome that was just announced to the porteur (R39).

    ``issue`` is the nature of the decision, in capitals. Called inside the transaction of the
    notification; the porteur's status derives from this alone.
    """
    lock(candidature)
    candidature.issue_notifiee = issue
    candidature.notifiee_le = instant
    candidature.save(update_fields=["issue_notifiee", "notifiee_le"])
    return candidature
