"""Who may see what: closed by default, opened by the policies that each app registers.

An app registers filters in ``AppConfig.ready()``; ``Model.objects.visible_to(user)`` applies them.
Filters are OR-ed together, exclusions (a conflict of interest) win over every filter. A filter that
crosses a many-valued relation does so by a subquery (``Exists`` or ``pk__in``), or rows come twice.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import models
from django.db.models import Q

from socle.references import Systeme

Jeu = TypeVar("Jeu", bound=models.QuerySet[Any])
Filtre = Callable[[Any], Q]

#: What a filter answers for "every row" and "no row". An empty ``Q()`` is refused: OR-ed with
#: another it vanishes, alone it opens everything.
TOUT = Q(pk__isnull=False)
RIEN = Q(pk__in=[])

_filtres: dict[str, dict[str, Filtre]] = {}
_exclusions: dict[str, dict[str, Filtre]] = {}


class Visibilite(models.TextChoices):
    """Who may see an event on a timeline."""

    PUBLIC = "PUBLIC", "public"
    PORTEUR = "PORTEUR", "porteur de projet"
    COMITE = "COMITE", "comité de labellisation"
    GEN = "GEN", "GEN"


def register(modele: str, nom: str, filtre: Filtre) -> None:
    """Open the rows of ``modele`` (``"app.model"``) that ``filtre(user)`` selects."""
    _add(_filtres, modele, nom, filtre)


def register_exclusion(modele: str, nom: str, filtre: Filtre) -> None:
    """Close the rows of ``modele`` that ``filtre(user)`` selects, whatever opens them."""
    _add(_exclusions, modele, nom, filtre)


def _add(registre: dict[str, dict[str, Filtre]], modele: str, nom: str, filtre: Filtre) -> None:
    noms = registre.setdefault(modele.lower(), {})
    if noms.get(nom, filtre) is not filtre:
        raise ValueError(f"Policy {nom!r} of {modele} is already registered.")
    noms[nom] = filtre


def visible(queryset: Jeu, user: Any) -> Jeu:
    """Keep the rows that ``user`` may see; none when no policy opens any. The portal sees all."""
    if isinstance(user, Systeme):
        return queryset
    modele = queryset.model._meta.label_lower
    ouvert = RIEN
    for nom, filtre in _filtres.get(modele, {}).items():
        ouvert = ouvert | _not_empty(filtre(user), modele, nom)
    queryset = queryset.filter(ouvert)
    for nom, filtre in _exclusions.get(modele, {}).items():
        queryset = queryset.exclude(_not_empty(filtre(user), modele, nom))
    return queryset


def _not_empty(condition: Q, modele: str, nom: str) -> Q:
    if not condition:
        raise ValueError(f"Policy {nom!r} of {modele} answers an empty Q: say TOUT or RIEN.")
    return condition
