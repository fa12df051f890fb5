"""What became of a relevé's dossiers, counted as each reader may see them (R36).

Every count is that of a list which its ``lien`` names, in the words of ``labellisation.domain.filtres``:
the same condition gives both.
"""

import statistics
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet

from candidatures import cycle
from candidatures.models import Affectation, Candidature, Releve
from labellisation.domain.file_instruction import to_instruct
from labellisation.domain.filtres import AUCUN, ISSUES
from labellisation.domain.prevalidations import CRITERES
from labellisation.domain.verdicts_rendus import ECART, current_verdicts, different
from labellisation.models import Verdict
from socle.horloge import paris
from socle.models import Evenement

_DECLAREE = ("candidature.recevable", "candidature.irrecevable")
DIX = 10


@dataclass(frozen=True)
class Nombre:
    """A count, and the filters of the list that it counts; no filters when no list says the same."""

    valeur: int
    lien: str = ""


@dataclass(frozen=True)
class Delais:
    """How long it took to declare, in days from the deposit; nothing while nobody has declared."""

    nombre: int
    mediane: float | None = None
    #: One in ten took that long, or longer.
    neuf_sur_dix: float | None = None


@dataclass(frozen=True)
class Ligne:
    """A line of a table: a criterion, a person or a région."""

    libelle: str
    nombres: tuple[Nombre, ...]
    delais: Delais | None = None


@dataclass(frozen=True)
class Statistiques:
    """The whole page."""

    total: Nombre
    etats: list[Ligne]
    criteres: list[Ligne]
    instructeurs: list[Ligne]
    regions: list[Ligne]
    delais: Delais


@dataclass(frozen=True)
class _Dossier:
    pk: uuid.UUID
    etat: str
    region: str
    region_nom: str
    deposee_le: datetime

    @property
    def declare(self) -> bool:
        """Whether a declaration stands."""
        return self.etat in ISSUES["recevable"] or self.etat in ISSUES["irrecevable"]


def statistics_of(*, user: Any, releve: Releve | None) -> Statistiques:
    """Return the figures of a relevé of examination (or of "à annoncer"), in five queries.

    What is hidden from ``user`` is neither counted nor timed (R36). Dossiers withdrawn are counted by
    state, and left out of what was examined. Source: R15, R18.
    """
    lien = _Liens(releve=str(releve.pk) if releve else AUCUN)
    visibles = to_instruct(user).filter(releve_examen=releve)
    dossiers = _read(visibles)
    duree = _durations(visibles, dossiers)
    return Statistiques(
        total=Nombre(len(dossiers), lien()),
        etats=_by_state(dossiers, lien),
        criteres=_by_criterion(visibles, lien),
        instructeurs=_by_instructor(visibles, dossiers, duree, lien),
        regions=_by_region(dossiers, duree, lien),
        delais=_delays(duree.values()),
    )


class _Liens:
    """Writes the filters of a list."""

    def __init__(self, **filtres: str) -> None:
        self.filtres = filtres

    def __call__(self, **autres: str) -> str:
        return urlencode({**self.filtres, **autres})

    def of(self, **autres: str) -> "_Liens":
        """Return the links of a part of these dossiers."""
        return _Liens(**self.filtres, **autres)


def _read(visibles: QuerySet[Candidature]) -> dict[uuid.UUID, _Dossier]:
    lignes = visibles.values_list("pk", "etat", "region", "region__nom", "deposee_le")
    return {
        pk: _Dossier(pk, etat, region or "", nom or "", deposee_le)
        for pk, etat, region, nom, deposee_le in lignes
        if deposee_le is not None  # what is deposited has its day: a constraint of the table
    }


def _by_state(dossiers: dict[uuid.UUID, _Dossier], lien: _Liens) -> list[Ligne]:
    nombres = _tally(dossiers.values(), lambda dossier: dossier.etat)
    return [
        Ligne(etat.gen, (Nombre(nombres[etat.code], lien(etat=etat.code)),))
        for etat in cycle.CYCLE.etats
        if nombres[etat.code]
    ]


def _tally(dossiers: Iterable[_Dossier], cle: Callable[[_Dossier], str]) -> dict[str, int]:
    nombres: dict[str, int] = defaultdict(int)
    for dossier in dossiers:
        nombres[cle(dossier)] += 1
    return nombres


def _by_criterion(visibles: QuerySet[Candidature], lien: _Liens) -> list[Ligne]:
    """Return, for each criterion: conforme, non conforme, sans objet, different from the pre-check."""
    rendus = current_verdicts().filter(candidature__in=visibles.order_by().values("pk"))
    autres = Count("pk", filter=Q(pk__in=different(Verdict.objects.all()).values("pk")))
    lignes = rendus.order_by().values_list("critere", "avis").annotate(nombre=Count("pk"), ecarts=autres)
    nombres: dict[tuple[int, str], int] = defaultdict(int)
    for critere, avis, nombre, ecarts in lignes:
        nombres[critere, avis] = nombre
        nombres[critere, ECART] += ecarts
    return [
        Ligne(
            f"Critère {critere}",
            tuple(
                Nombre(nombres[critere, avis], lien(verdict=f"{critere}-{avis}"))
                for avis in (*Verdict.Avis.values, ECART)
            ),
        )
        for critere in CRITERES
    ]


def _by_instructor(
    visibles: QuerySet[Candidature],
    dossiers: dict[uuid.UUID, _Dossier],
    duree: dict[uuid.UUID, int],
    lien: _Liens,
) -> list[Ligne]:
    """Return a line for each person in charge of a recevabilité, then for the dossiers that nobody has."""
    charges = Affectation.objects.filter(
        tache=Affectation.Tache.RECEVABILITE,
        retiree_le__isnull=True,
        candidature__in=visibles.order_by().values("pk"),
    ).select_related("instructeur")
    siens: dict[Any, list[_Dossier]] = defaultdict(list)
    for charge in charges.order_by("instructeur__nom", "instructeur__prenom", "instructeur"):
        # Another one may have come since the dossiers were read.
        if charge.candidature_id in dossiers:
            siens[charge.instructeur].append(dossiers[charge.candidature_id])
    pris = {dossier.pk for lot in siens.values() for dossier in lot}
    lignes = [
        _examined(personne.nom_complet, lot, duree, lien.of(examen=str(personne.pk)))
        for personne, lot in siens.items()
    ]
    libres = [dossier for dossier in dossiers.values() if dossier.pk not in pris]
    return [*lignes, _examined("Personne", libres, duree, lien.of(examen=AUCUN))] if libres else lignes


def _by_region(dossiers: dict[uuid.UUID, _Dossier], duree: dict[uuid.UUID, int], lien: _Liens) -> list[Ligne]:
    par_region: dict[tuple[str, str], list[_Dossier]] = defaultdict(list)
    for dossier in dossiers.values():
        par_region[dossier.region_nom, dossier.region].append(dossier)
    return [
        _examined(nom or "Sans région", lot, duree, lien.of(region=code) if code else None)
        for (nom, code), lot in sorted(par_region.items())
    ]


def _examined(libelle: str, lot: list[_Dossier], duree: dict[uuid.UUID, int], lien: "_Liens | None") -> Ligne:
    """Return dossiers, then to declare, recevables and irrecevables; no list says those without a région."""
    return Ligne(
        libelle,
        (
            Nombre(len(lot), lien() if lien else ""),
            *(
                Nombre(sum(dossier.etat in etats for dossier in lot), lien(issue=issue) if lien else "")
                for issue, etats in ISSUES.items()
            ),
        ),
        _delays([duree[dossier.pk] for dossier in lot if dossier.pk in duree]),
    )


# --- Delays --------------------------------------------------------------------------------------
def _durations(visibles: QuerySet[Candidature], dossiers: dict[uuid.UUID, _Dossier]) -> dict[uuid.UUID, int]:
    """Return the days from the deposit to the declaration that stands, compléments included.

    One that was reopened, or that waits for compléments again, is not declared any more.
    """
    declarees = Evenement.objects.filter(
        verbe__in=_DECLAREE,
        sujet_genre=Candidature._meta.label_lower,
        sujet_id__in=visibles.order_by().values("pk"),
    )
    derniers: dict[uuid.UUID, datetime] = {}
    for pk, instant in declarees.order_by("instant").values_list("sujet_id", "instant"):
        derniers[pk] = instant
    return {
        pk: (paris(instant).date() - paris(dossiers[pk].deposee_le).date()).days
        for pk, instant in derniers.items()
        if pk in dossiers and dossiers[pk].declare
    }


def _delays(jours: Iterable[int]) -> Delais:
    durees = sorted(jours)
    if not durees:
        return Delais(0)
    if len(durees) < DIX:
        return Delais(len(durees), statistics.median(durees))
    return Delais(
        len(durees), statistics.median(durees), statistics.quantiles(durees, n=DIX, method="inclusive")[-1]
    )
