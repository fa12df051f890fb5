"""Warnings that belong to no criterion of admissibility (R5, R17): never a refusal."""

from collections.abc import Mapping
from typing import Any

from labellisation.domain.prevalidations.base import (
    Constat,
    Contexte,
    Etat,
    Instantane,
    answers,
    day,
    finding,
    note,
    number,
    row_path,
    rows,
)
from labellisation.domain.prevalidations.duree import total_hours
from labellisation.domain.prevalidations.sessions import first_start
from socle.typographie import date_simple

_HEURES = ("heures_social", "heures_professionnel", "heures_pedagogique")


def start_window(dossier: Instantane, contexte: Contexte) -> Constat | None:
    """Warn if the first session starts outside the relevé's window (R5): never a refusal."""
    sessions = rows(dossier, "sessions")
    debut = first_start(sessions)
    if debut is None:
        return None
    tot, tard = contexte.debut_au_plus_tot, contexte.debut_au_plus_tard
    if tot is not None and debut < tot:
        regle = f"ce relevé attend un début à partir du {date_simple(tot)}"
    elif tard is not None and debut > tard:
        regle = f"ce relevé attend un début au plus tard le {date_simple(tard)}"
    else:
        return None
    chemins = [
        row_path("sessions", "", session, "debut")
        for session in sessions
        if day(session.get("debut")) == debut
    ]
    return note("Première session", date_simple(debut), "sessions", regle, chemins=chemins)


def accompaniment_share(dossier: Instantane) -> tuple[int, int] | None:
    """Return (hours of support, hours of training); none while one of them is not known (R17)."""
    soutien, total = support_hours(answers(dossier, "accompagnement")), total_hours(dossier)
    return (soutien, total) if soutien is not None and total else None


def support_hours(accompagnement: Mapping[str, Any]) -> int | None:
    """Return the hours of support for one learner; none while one of the three is not known."""
    heures = [accompagnement.get(champ) for champ in _HEURES]
    connues = [heure for heure in heures if heure is not None]
    return sum(connues) if len(connues) == len(_HEURES) else None


def accompaniment_warning(dossier: Instantane, contexte: Contexte) -> Constat | None:
    """Warn if support takes less than its share of the hours (R17): never a rejection."""
    constat = accompaniment_finding(accompaniment_share(dossier), contexte)
    if constat.etat != Etat.ECHOUE:
        return None
    return note(constat.libelle, constat.valeur, constat.section, constat.regle, chemins=constat.chemins)


def accompaniment_finding(part: tuple[int, int] | None, contexte: Contexte) -> Constat:
    """Return what the hours of support are worth beside those of the training (R17)."""
    minimum = contexte.regles["accompagnement_part_minimum"]
    regle = f"au moins {minimum}\u00a0% des heures, pour le critère de sélection 5"
    libelle, section = "Accompagnement", "accompagnement"
    if part is None:
        return finding(None, libelle, "heures à renseigner", regle, section, *_HEURES)
    valeur = f"{number(part[0], 'heure')} pour {number(part[1], 'heure')} de formation"
    return finding(100 * part[0] >= minimum * part[1], libelle, valeur, regle, section, *_HEURES)


def alerts(dossier: Instantane, contexte: Contexte) -> list[Constat]:
    """Return the warnings that belong to no criterion of admissibility (R5, R17)."""
    return [
        alerte
        for alerte in (start_window(dossier, contexte), accompaniment_warning(dossier, contexte))
        if alerte is not None
    ]
