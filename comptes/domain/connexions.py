"""Sign-ins: what is kept of them, and the sessions they opened, which end by a verb or by time."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet

from comptes.models import Connexion, Utilisateur
from socle import horloge
from socle.erreurs import ErreurMetier

Fin = Connexion.Fin


def limits(utilisateur: Utilisateur) -> tuple[timedelta, timedelta]:
    """Return how long a session of this person may stay idle, and last: less for a role of GEN."""
    roles = utilisateur.doit_second_facteur
    return (
        timedelta(
            minutes=settings.GEN_SESSION_INACTIVITE_ROLES if roles else settings.GEN_SESSION_INACTIVITE
        ),
        timedelta(minutes=settings.GEN_SESSION_DUREE_ROLES if roles else settings.GEN_SESSION_DUREE),
    )


def open_session(
    *,
    utilisateur: Utilisateur,
    session_cle: str,
    moyen: str,
    second_facteur: bool,
    adresse: str,
    appareil: str,
) -> Connexion:
    """Note a sign-in and the session it opens. A key that served before now belongs to this one."""
    # Signing in again as oneself keeps the session: its row must live on.
    _end(Connexion.objects.filter(session_cle=session_cle), Fin.DECONNEXION, garder=session_cle)
    return Connexion.objects.create(
        utilisateur=utilisateur,
        issue=Connexion.Issue.REUSSIE,
        moyen=moyen,
        second_facteur=second_facteur,
        adresse=adresse,
        appareil=appareil,
        session_cle=session_cle,
    )


def note_failure(*, utilisateur: Utilisateur, moyen: str, adresse: str, appareil: str) -> Connexion:
    """Note a failed sign-in on an account, which its owner will see."""
    return Connexion.objects.create(
        utilisateur=utilisateur,
        issue=Connexion.Issue.ECHOUEE,
        moyen=moyen,
        adresse=adresse,
        appareil=appareil,
    )


def note_activity(*, session_cle: str, instant: datetime, adresse: str) -> None:
    """Note when and from where a session was last used."""
    Connexion.objects.filter(session_cle=session_cle).update(vue_le=instant, adresse=adresse)


def follow_session(*, avant: str, apres: str) -> None:
    """Follow a session whose key has changed."""
    Connexion.objects.filter(session_cle=avant).update(session_cle=apres)


def end_session(*, session_cle: str, fin: str) -> None:
    """Note that a session has ended. Effects: the session itself is erased."""
    if session_cle:
        _end(Connexion.objects.filter(session_cle=session_cle), fin)


@transaction.atomic
def end_sessions(*, utilisateur: Utilisateur, fin: str, sauf: str = "") -> int:
    """End the sessions of a person at once, all but the one whose key is ``sauf``.

    Effects: the sessions are erased, so that their next request is anonymous. Return how many.
    """
    return _end(Connexion.objects.ouvertes().filter(utilisateur=utilisateur).exclude(session_cle=sauf), fin)


def close_session(*, acteur: Utilisateur, connexion: Connexion) -> None:
    """Close one of one's own sessions from another one. Errors: ``ErreurMetier`` when it has ended."""
    mienne = Connexion.objects.ouvertes().filter(utilisateur=acteur, pk=connexion.pk)
    if not _end(mienne, Fin.FERMEE):
        raise ErreurMetier("Cette session est déjà fermée.")


def _end(connexions: "QuerySet[Connexion]", fin: str, garder: str = "") -> int:
    with transaction.atomic():
        lignes = list(connexions.select_for_update().values_list("pk", "session_cle"))
        if not lignes:
            return 0
        mortes = {cle for _, cle in lignes} - {"", garder}
        Session.objects.filter(session_key__in=mortes).delete()
        return Connexion.objects.filter(pk__in=[pk for pk, _ in lignes]).update(
            session_cle="", fin=fin, finie_le=horloge.real_now()
        )


def open_sessions(*, utilisateur: Utilisateur) -> list[Connexion]:
    """Return the sessions of a person that can still be used, the last used first.

    A session whose time is over, or that Django has let expire, is left out: its next request ends it.
    """
    inactivite, duree = limits(utilisateur)
    instant = horloge.real_now()
    vivantes = Session.objects.filter(expire_date__gt=instant).values("session_key")
    lignes = Connexion.objects.ouvertes().filter(
        utilisateur=utilisateur,
        session_cle__in=vivantes,
        instant__gt=instant - duree,
        vue_le__gt=instant - inactivite,
    )
    return list(lignes.order_by("-vue_le", "-pk"))


def last_sign_ins(*, utilisateur: Utilisateur, nombre: int = 20) -> Iterable[Connexion]:
    """Return the last sign-ins and failures of a person, the latest first."""
    return Connexion.objects.filter(utilisateur=utilisateur)[:nombre]


def forget_old() -> int:
    """Erase the traces of sign-ins whose retention is over, and the sessions that Django has let expire."""
    instant = horloge.real_now()
    Session.objects.filter(expire_date__lt=instant).delete()
    limite = instant - timedelta(days=settings.GEN_TRACES_JOURS)
    efface, _ = Connexion.objects.avant(limite).delete()
    return efface


def forget_old_daily() -> int:
    """Erase the old traces if nobody did within the day (the tick comes each minute)."""
    if not cache.add("comptes.connexions.traces", True, 24 * 3600):
        return 0
    return forget_old()
