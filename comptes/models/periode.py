"""Periods of roles and memberships: from ``du``, until ``au`` (empty: still running)."""

from typing import TypeVar

from django.db import models
from django.db.models import Q

from socle import horloge

Modele = TypeVar("Modele", bound=models.Model)


def q_en_cours() -> Q:
    """Return the filter of rows that run at the present business instant (``droits`` writes it in SQL)."""
    instant = horloge.now()
    return Q(du__lte=instant) & (Q(au__isnull=True) | Q(au__gt=instant))


def en_cours(lignes: "models.QuerySet[Modele]") -> "models.QuerySet[Modele]":
    """Keep the rows that run at the present business instant."""
    return lignes.filter(q_en_cours())
