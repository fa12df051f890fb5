"""The one clock of the portal (R7).

Business dates and link expiries come from :func:`now`; sessions, second factors, leases and Celery
use :func:`real_now`. The demo shifts the business clock by one database row, read once per request
or task, that never goes backwards; production reads none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from socle.erreurs import HorlogeRefusee

PARIS = ZoneInfo("Europe/Paris")

_offset: ContextVar[timedelta | None] = ContextVar("decalage_horloge", default=None)


def real_now() -> datetime:
    """Return the machine's instant, aware, in UTC."""
    return timezone.now()


def now() -> datetime:
    """Return the business instant, aware, in UTC."""
    return real_now() + _current_offset()


def business(instant_reel: datetime) -> datetime:
    """Return what the business clock shows at an instant of the machine's clock."""
    return instant_reel + _current_offset()


def today(zone: ZoneInfo = PARIS) -> date:
    """Return the business day in ``zone``."""
    return now().astimezone(zone).date()


def paris(instant: datetime) -> datetime:
    """Return ``instant`` as the Paris wall clock shows it."""
    return instant.astimezone(PARIS)


def at_paris(jour: date, heure: int = 0, minute: int = 0) -> datetime:
    """Return the instant at which the Paris wall clock shows this day and hour."""
    return datetime.combine(jour, time(heure, minute), tzinfo=PARIS).astimezone(UTC)


def end_of_minute(jour: date, heure: int, minute: int) -> datetime:
    """Return the exclusive bound of a whole Paris minute (R3): 23:59 counts until 00:00:00.

    A minute that the wall clock shows twice, or jumps over, ends as late as it can.
    """
    wall = datetime.combine(jour, time(heure, minute), tzinfo=PARIS)
    return max(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1)) + timedelta(minutes=1)


def _current_offset() -> timedelta:
    if not settings.GEN_DEMO:
        return timedelta()
    offset = _offset.get()
    return _stored_offset() if offset is None else offset


def _stored_offset() -> timedelta:
    from socle.models import DecalageHorloge

    row = DecalageHorloge.objects.filter(pk=1).values_list("secondes", flat=True).first()
    return timedelta(seconds=row or 0)


@contextmanager
def frozen_offset() -> Iterator[None]:
    """Read the demo's offset once, for the length of a request or a task."""
    if not settings.GEN_DEMO:
        yield
        return
    token = _offset.set(_stored_offset())
    try:
        yield
    finally:
        _offset.reset(token)


def advance_to(instant: datetime) -> datetime:
    """Move the demo's clock forward to ``instant``.

    Effects: the single offset row. Errors: ``HorlogeRefusee`` outside the demo or backwards.
    """
    from socle.models import DecalageHorloge

    if not settings.GEN_DEMO:
        raise HorlogeRefusee("L’horloge ne se déplace que dans la démonstration.")
    DecalageHorloge.advance(instant - real_now(), instant)
    if _offset.get() is not None:
        _offset.set(_stored_offset())
    return now()
