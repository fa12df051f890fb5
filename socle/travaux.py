"""Jobs in the background: every one is a row; a message is only a wake-up (DESIGN).

A kind of job is a function registered under a name. ``enqueue`` writes the row in the caller's
transaction; a worker takes it by compare-and-swap under a lease; ``sweep`` finds whatever a crash
or a broker left behind. The handler must be idempotent: a worker that dies is replaced.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from socle import horloge, journal, logs, reveil
from socle.erreurs import ActeurRefuse, ErreurMetier
from socle.models import Travail
from socle.models.travail import BailPerdu
from socle.references import SYSTEME, Acteur

logger = logging.getLogger(__name__)

TACHE = "socle.run_travail"
#: Permission to relaunch a job; a floor above says who holds it.
PERMISSION = "socle.relaunch_travail"
#: Longest wait between two tries of a job, in seconds.
RECUL_MAXIMUM = 3600
#: Rows that one sweep takes at most; the next one goes on.
LOT = 500

Fonction = Callable[[Travail], None]


@dataclass(frozen=True)
class GenreTravail:
    """A kind of job: what runs it, how long a lease lasts, how often it is tried."""

    code: str
    fonction: Fonction
    bail: int
    essais: int
    recul: float
    #: For the administrator: what it does, and what somebody waits for while it is given up.
    libelle: str = ""
    suite: str = ""


_genres: dict[str, GenreTravail] = {}


def genre_travail(
    code: str, *, bail: int = 120, essais: int = 5, recul: float = 5, libelle: str = "", suite: str = ""
) -> Callable[[Fonction], Fonction]:
    """Register the function that runs a kind of job.

    ``bail``: seconds after which a silent worker is replaced (``travail.progress`` renews it).
    ``essais``: tries before the job is given up. ``recul``: seconds before the second try, doubled
    each time. ``libelle`` and ``suite`` tell an administrator what was given up.
    """

    def register(fonction: Fonction) -> Fonction:
        known = _genres.get(code)
        if known and known.fonction.__qualname__ != fonction.__qualname__:
            raise ValueError(f"the job kind {code!r} is registered twice")
        _genres[code] = GenreTravail(code, fonction, bail, essais, recul, libelle, suite)
        return fonction

    return register


def lease_of(code: str) -> int:
    """Return the seconds of a lease of this kind."""
    return _genres[code].bail


def words_of(code: str) -> tuple[str, str]:
    """Return what a kind of job does and what waits for it; its bare code if nothing is said."""
    genre = _genres[code] if _known(code) else None
    return (genre.libelle or code, genre.suite) if genre else (code, "")


def _known(code: str) -> bool:
    """Whether a kind is registered; a process that is no worker may have to import the tasks first."""
    if code not in _genres:
        current_app.loader.import_default_modules()
    return code in _genres


def enqueue(genre: str, *, cle: str, charge: dict) -> Travail:
    """Write a job in the caller's transaction and wake a worker after the commit.

    Effects: one row, unique on ``cle``; the same key again returns the row as it is. A broker that
    is away delays the job until the next sweep and nothing else. Errors: ``KeyError`` for an
    unknown kind.
    """
    if not _known(genre):
        raise KeyError(f"no function is registered for the job kind {genre!r}")
    travail, created = Travail.objects.get_or_create(cle=cle, defaults={"genre": genre, "charge": charge})
    if created:
        reveil.wake_after_commit(TACHE, travail.pk)
    return travail


def run(identifiant: uuid.UUID | str) -> bool:
    """Take a job if it is free and run it; ``False`` if it was not ours to take.

    Effects: the handler's, then FAIT; or ECHEC with a later try; or MORT after the last try. The
    outcome is written only while the lease is ours.
    """
    with logs.bind(f"travail:{identifiant}"):
        return _run(uuid.UUID(str(identifiant)))


def _run(identifiant: uuid.UUID) -> bool:
    travail = _claim(identifiant)
    if travail is None:
        return False
    genre = _genres[travail.genre]
    if travail.essais > genre.essais:
        _give_up(travail, travail.erreur or "aucun essai n’est allé à son terme")
        return False
    try:
        with horloge.frozen_offset():
            genre.fonction(travail)
    except BailPerdu:
        logger.warning("job %s (%s): the lease is gone, another worker has it", travail.pk, travail.cle)
        return False
    except Exception as erreur:
        logger.exception("job %s (%s): try %s failed", travail.pk, travail.cle, travail.essais)
        _failed(travail, genre, erreur)
        return False
    if not travail.release(etat=Travail.Etat.FAIT, erreur=""):
        logger.warning("job %s (%s): done after its lease; its outcome is not ours", travail.pk, travail.cle)
        return False
    return True


def _claim(identifiant: uuid.UUID) -> Travail | None:
    code = Travail.objects.filter(pk=identifiant).values_list("genre", flat=True).first()
    if code is None:
        logger.warning("job %s does not exist", identifiant)
        return None
    if not _known(code):
        logger.error("job %s: nothing runs the kind %r here; it stays to be done", identifiant, code)
        return None
    return Travail.claim(identifiant, _genres[code].bail)


def _failed(travail: Travail, genre: GenreTravail, erreur: Exception) -> None:
    texte = f"{type(erreur).__name__}: {erreur}"[:2000]
    if travail.essais >= genre.essais:
        _give_up(travail, texte)
        return
    attente = min(genre.recul * 2 ** (travail.essais - 1), RECUL_MAXIMUM)
    travail.release(
        etat=Travail.Etat.ECHEC,
        erreur=texte,
        prochaine_tentative=horloge.real_now() + timedelta(seconds=attente),
    )


def _give_up(travail: Travail, texte: str) -> None:
    logger.error("job %s (%s) given up after %s tries: %s", travail.pk, travail.cle, travail.essais, texte)
    travail.release(etat=Travail.Etat.MORT, erreur=texte)


def relaunch(travail: Travail, acteur: Acteur) -> Travail:
    """Let a given-up job be tried again from zero.

    Effects: A_FAIRE, tries reset, event ``travail.relance``, a worker woken. Errors: ``ErreurMetier``
    if it was not given up (or somebody has just done it), ``ActeurRefuse``.
    """
    if acteur is not SYSTEME and not acteur.has_perm(PERMISSION, travail):
        raise ActeurRefuse("Seul un administrateur peut relancer un travail abandonné.")
    with transaction.atomic():
        journal.hold(journal.PORTAIL)
        changed = Travail.objects.filter(pk=travail.pk, etat=Travail.Etat.MORT).update(
            etat=Travail.Etat.A_FAIRE,
            essais=0,
            termine_le=None,
            prochaine_tentative=horloge.real_now(),
            reveille_le=None,
        )
        if not changed:
            raise ErreurMetier("Ce travail n’est pas abandonné\u00a0: il n’y a rien à relancer.")
        journal.record(
            "travail.relance",
            sujet=travail,
            acteur=acteur,
            chaine=journal.PORTAIL,
            donnees={"genre": travail.genre},
        )
        reveil.wake_after_commit(TACHE, travail.pk)
    travail.refresh_from_db()
    return travail


def sweep(*, sur_place: bool = False) -> int:
    """Take every overdue job: never taken, lease over, or retry due. Return how many.

    By default each is published again, at most once every few ticks, so that a long queue isn't
    doubled each minute; with ``sur_place`` they run here and now. Two sweeps at once are harmless:
    claims and wake-ups are compare-and-swap.
    """
    rows = Travail.objects.overdue().order_by("prochaine_tentative", "pk")
    if sur_place:
        return sum(run(pk) for pk in rows.values_list("pk", flat=True)[:LOT])
    reveil.forget_failure()
    taken = 0
    for pk in list(rows.filter(not_just_woken()).values_list("pk", flat=True)[:LOT]):
        if not rows.filter(not_just_woken(), pk=pk).order_by().update(reveille_le=horloge.real_now()):
            continue
        if not reveil.wake(TACHE, pk):
            Travail.objects.filter(pk=pk).update(reveille_le=None)
            break
        taken += 1
    return taken


def not_just_woken() -> Q:
    """Rows that no sweep has woken during the last few ticks (also used by the outbox)."""
    seuil = horloge.real_now() - timedelta(seconds=5 * settings.GEN_TICK)
    return Q(reveille_le__isnull=True) | Q(reveille_le__lte=seuil)
