"""When the silence of GEN becomes a rejection (R11, CRPA L. 231-4; suspension: R16, L. 114-5).

The day is kept beside the dossier, since lists of ten thousand are sorted by it; the events that move
it write it again (``candidatures.reactions``).
"""

from datetime import date, datetime, timedelta

from django.conf import settings

from candidatures.models import Candidature, DemandeComplements
from socle import horloge
from socle.delais import add_months


def rejection_day(recu_le: datetime, suspendu: timedelta = timedelta()) -> date:
    """Return the day on which silence becomes a rejection, for a request received at this instant.

    ``suspendu``: how long the delay was suspended. The delay is not one to act: it does not wait for a
    working day (R6). Source: R11; the delay is a setting, to be confirmed by counsel.
    """
    fin = add_months(horloge.paris(recu_le).date(), settings.GEN_REGLES["rejet_implicite_mois"])
    return fin + suspendu


def date_rejection(candidature: Candidature) -> date | None:
    """Write the day again from the deposit and the requests for compléments; return it.

    A recours accepted starts the whole delay again: GEN is asked anew from that day [choice]. An error put
    right before the notification does not: the porteur, who knows nothing of it, waits since the deposit.
    Effects: ``rejet_implicite_le``, empty for a draft and while a request waits for its answer. It is no
    state: no event of its own.
    """
    candidature.rejet_implicite_le = _day(candidature)
    Candidature.objects.filter(pk=candidature.pk).update(rejet_implicite_le=candidature.rejet_implicite_le)
    return candidature.rejet_implicite_le


def _day(candidature: Candidature) -> date | None:
    depart = candidature.rouverte_le or candidature.deposee_le
    if depart is None:
        return None
    demandes = list(DemandeComplements.objects.filter(candidature=candidature, cree_le__gte=depart))
    if any(demande.repondue_le is None and demande.close_le is None for demande in demandes):
        return None
    return rejection_day(depart, sum(map(suspension, demandes), timedelta()))


def suspension(demande: DemandeComplements) -> timedelta:
    """Return how long a request that has ended suspended the delay: until the answer, at most its date.

    The text suspends it for the time that is given, and an earlier answer ends it (CRPA L. 114-5).
    """
    debut = horloge.paris(demande.cree_le).date()
    fin_donnee = demande.reponse_avant + timedelta(days=1)
    ends = [horloge.paris(instant).date() for instant in (demande.repondue_le, demande.close_le) if instant]
    return max(min([fin_donnee, *ends]) - debut, timedelta())
