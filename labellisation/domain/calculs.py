"""What the rules of the label compute while the porteur types: the pre-checks' own findings (R15, R17)."""

from typing import Any

from django.db.models import Sum

from candidatures.domain import calculs
from candidatures.domain.calculs import Calcul
from candidatures.domain.instantane import Donnees, fields_of
from candidatures.models import Candidature, Module
from labellisation.domain.prevalidations import (
    Constat,
    Contexte,
    Etat,
    accompaniment_finding,
    accompaniment_share,
    cost_finding,
    duration_findings,
    support_hours,
)
from socle import horloge

_TENU: dict[str, bool | None] = {Etat.TIENT: True, Etat.ECHOUE: False}


def register_all() -> None:
    """Register the figures of the sections that a rule counts."""
    calculs.register("programme", _programme, _frozen_programme)
    calculs.register("accompagnement", _support, _frozen_support)
    calculs.register("budget", _cost, _frozen_cost)


def _calcul(constat: Constat) -> Calcul:
    return Calcul(constat.libelle, constat.valeur, constat.regle, _TENU.get(constat.etat))


def _contexte() -> Contexte:
    return Contexte(aujourd_hui=horloge.today())


# --- While the section is typed ------------------------------------------------------------------
def _programme(donnees: Donnees, candidature: Candidature) -> list[Calcul]:
    return [_calcul(constat) for constat in duration_findings(fields_of(donnees), _contexte())]


def _support(donnees: Donnees, candidature: Candidature) -> list[Calcul]:
    heures: Any = Module.objects.filter(candidature=candidature).aggregate(total=Sum("heures"))["total"]
    soutien = support_hours(fields_of(donnees))
    part = (soutien, heures) if soutien is not None and heures else None
    return [_calcul(accompaniment_finding(part, _contexte()))]


def _cost(donnees: Donnees, candidature: Candidature) -> list[Calcul]:
    return [_calcul(cost_finding(fields_of(donnees)["reste_a_charge"]))]


# --- From a snapshot -----------------------------------------------------------------------------
def _frozen_programme(dossier: dict[str, Any]) -> list[Calcul]:
    return [_calcul(constat) for constat in duration_findings(dossier["programme"], _contexte())]


def _frozen_support(dossier: dict[str, Any]) -> list[Calcul]:
    return [_calcul(accompaniment_finding(accompaniment_share(dossier), _contexte()))]


def _frozen_cost(dossier: dict[str, Any]) -> list[Calcul]:
    return [_calcul(cost_finding(dossier["budget"]["reste_a_charge"]))]
