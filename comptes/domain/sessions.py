"""Web sessions of a person, ended at once."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session

from comptes.models import Utilisateur
from socle import horloge


def end_sessions(utilisateur: Utilisateur) -> int:
    """End every session of a person; return how many there were.

    A session lives a few hours, so those that live are as many as the people of the day.
    """
    store = import_module(settings.SESSION_ENGINE).SessionStore
    finies = 0
    for session in Session.objects.filter(expire_date__gt=horloge.real_now()).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(utilisateur.pk):
            store(session.session_key).delete()
            finies += 1
    return finies
