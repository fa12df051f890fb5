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
#: Filters that open what only GEN and the committee may know: not used for somebody seen by an agent.
_internes: set[tuple[str, str]] = set()


class Visibilite(models.TextChoices):
    """Who may see an event on a timeline."""

    PUBLIC = "PUBLIC", "public"
    PORTEUR = "PORTEUR", "porteur de projet"
    COMITE = "COMITE", "comité de labellisation"
    GEN = "GEN", "GEN"


def register(modele: str, nom: str, filtre: Filtre, *, interne: bool = False) -> None:
    """Open the rows of ``modele`` (``"app.model"``) that ``filtre(user)`` selects.

    ``interne``: what it opens tells of decisions not announced (agenda, ranking, votes), and stays
    closed when an agent sees the portal as ``user`` does (« voir comme »).
    """
    _add(_filtres, modele, nom, filtre)
    if interne:
        _internes.add((modele.lower(), nom))


def register_exclusion(modele: str, nom: str, filtre: Filtre) -> None:
    """Close the rows of ``modele`` that ``filtre(user)`` selects, whatever opens them."""
    _add(_exclusions, modele, nom, filtre)


def _add(registre: dict[str, dict[str, Filtre]], modele: str, nom: str, filtre: Filtre) -> None:
    noms = registre.setdefault(modele.lower(), {})
    if noms.get(nom, filtre) is not filtre:
        raise ValueError(f"Policy {nom!r} of {modele} is already registered.")
    noms[nom] = filtre


def visible(queryset: Jeu, user: Any) -> Jeu:
    """Keep the rows that ``user`` may see; none when no policy opens any. The portal sees all.

    Under « voir comme » both people count: what ``user`` may see, less what the declared links of the
    agent who looks (``user.vu_par``) hide from that agent.
    """
    if isinstance(user, Systeme):
        return queryset
    modele = queryset.model._meta.label_lower
    lecteur = getattr(user, "vu_par", None)
    ouvert = RIEN
    for nom, filtre in _filtres.get(modele, {}).items():
        if lecteur is None or (modele, nom) not in _internes:
            ouvert = _either(ouvert, _not_empty(filtre(user), modele, nom))
    queryset = _less_excluded(queryset.filter(ouvert), modele, user)
    return queryset if lecteur is None else _less_excluded(queryset, modele, lecteur)


def _less_excluded(queryset: Jeu, modele: str, user: Any) -> Jeu:
    for nom, filtre in _exclusions.get(modele, {}).items():
        condition = _not_empty(filtre(user), modele, nom)
        if condition is not RIEN:
            queryset = queryset.exclude(condition)
    return queryset


def _either(une: Q, autre: Q) -> Q:
    """Return one or the other; what adds nothing stays out of the query, which every page builds."""
    if une is RIEN or autre is TOUT:
        return autre
    if autre is RIEN or une is TOUT:
        return une
    return une | autre


def _not_empty(condition: Q, modele: str, nom: str) -> Q:
    if not condition:
        raise ValueError(f"Policy {nom!r} of {modele} answers an empty Q: say TOUT or RIEN.")
    return condition
