"""Delays to act (R6): same day of the month, then the next working day of the territory.

A relevé is an announced instant and 31 January a fixed date: they do not pass through here.
"""

import calendar
from datetime import date, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

from socle.horloge import PARIS

#: Départements and overseas territories whose public holidays differ, as the library names them.
_SUBDIVISIONS = {
    "57": "57",
    "67": "6AE",
    "68": "6AE",
    "971": "971",
    "972": "972",
    "973": "973",
    "974": "974",
    "975": "PM",
    "976": "976",
    "977": "BL",
    "978": "MF",
    "984": "TF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}
_ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "984": "Indian/Kerguelen",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
}
SAMEDI = 5


def add_months(d: date, n: int) -> date:
    """Return the same day number ``n`` months later (or earlier), else the last day of that month."""
    annee, mois = divmod(d.year * 12 + d.month - 1 + n, 12)
    dernier = calendar.monthrange(annee, mois + 1)[1]
    return date(annee, mois + 1, min(d.day, dernier))


def is_holiday(d: date, departement: str = "") -> bool:
    """Tell whether ``d`` is a public holiday in a département (everywhere in France if empty)."""
    return d in _holidays(_SUBDIVISIONS.get(departement.upper()), d.year)


def is_working_day(d: date, departement: str = "") -> bool:
    """Tell whether ``d`` is neither Saturday, nor Sunday, nor a public holiday."""
    return d.weekday() < SAMEDI and not is_holiday(d, departement)


def next_working_day(d: date, departement: str = "") -> date:
    """Return ``d`` if it is a working day, else the first one after it."""
    while not is_working_day(d, departement):
        d += timedelta(days=1)
    return d


def deadline_after(d: date, mois: int, departement: str = "") -> date:
    """Return the last day to act, ``mois`` months after ``d``, in the territory of the formation."""
    return next_working_day(add_months(d, mois), departement)


def local_zone(departement: str) -> ZoneInfo:
    """Return the time zone of a département; Paris unless it is overseas."""
    nom = _ZONES.get(departement)
    return ZoneInfo(nom) if nom else PARIS


@cache
def _holidays(subdivision: str | None, annee: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", subdiv=subdivision, years=annee))
