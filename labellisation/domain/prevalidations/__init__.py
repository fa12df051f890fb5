"""The ten automatic pre-checks of admissibility: pure functions that propose, never decide (R15).

Each reads a deposited snapshot (``candidatures.domain.instantane``) and a ``Contexte`` in which every
look-up is already done, and returns a ``Resultat``: a proposition with its evidence. Nothing here
touches the database, the clock or the settings (but for the choices that a ``Contexte`` carries), so that
the instructor, the porteur's recap and the tests read the same thing.
"""

from collections.abc import Callable

from labellisation.domain.prevalidations.acces import check_access, check_immersion
from labellisation.domain.prevalidations.alertes import (
    accompaniment_finding,
    accompaniment_share,
    accompaniment_warning,
    alerts,
    start_window,
    support_hours,
)
from labellisation.domain.prevalidations.base import (
    CRITERES,
    BilanConnu,
    Constat,
    Contexte,
    Etat,
    FicheCertification,
    Instantane,
    LigneOrganisme,
    Proposition,
    Resultat,
)
from labellisation.domain.prevalidations.certification import check_certification
from labellisation.domain.prevalidations.duree import check_duration, duration_findings, total_hours
from labellisation.domain.prevalidations.endroits import element_of_path, place_to_correct
from labellisation.domain.prevalidations.gratuite import check_free, cost_finding
from labellisation.domain.prevalidations.label_en_cours import check_not_labelled
from labellisation.domain.prevalidations.metier import check_job, jobs_of
from labellisation.domain.prevalidations.obligations import check_duties
from labellisation.domain.prevalidations.qualite import check_quality
from labellisation.domain.prevalidations.sessions import check_sessions, first_start

Precontrole = Callable[[Instantane, Contexte], Resultat]

PRECONTROLES: dict[int, Precontrole] = {
    1: check_job,
    2: check_certification,
    3: check_duration,
    4: check_access,
    5: check_immersion,
    6: check_sessions,
    7: check_free,
    8: check_not_labelled,
    9: check_quality,
    10: check_duties,
}


def run_all(dossier: Instantane, contexte: Contexte) -> list[Resultat]:
    """Return the ten pre-checks, in the order of the criteria."""
    return [controle(dossier, contexte) for controle in PRECONTROLES.values()]


__all__ = [
    "CRITERES",
    "PRECONTROLES",
    "BilanConnu",
    "Constat",
    "Contexte",
    "Etat",
    "FicheCertification",
    "Instantane",
    "LigneOrganisme",
    "Precontrole",
    "Proposition",
    "Resultat",
    "accompaniment_finding",
    "accompaniment_share",
    "accompaniment_warning",
    "alerts",
    "check_access",
    "check_certification",
    "check_duration",
    "check_duties",
    "check_free",
    "check_immersion",
    "check_job",
    "check_not_labelled",
    "check_quality",
    "check_sessions",
    "cost_finding",
    "duration_findings",
    "element_of_path",
    "first_start",
    "jobs_of",
    "place_to_correct",
    "run_all",
    "start_window",
    "support_hours",
    "total_hours",
]
