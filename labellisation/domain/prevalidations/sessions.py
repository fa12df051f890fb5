"""6. Sessions and learners."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from labellisation.domain.prevalidations.base import (
    Constat,
    Contexte,
    Instantane,
    Resultat,
    answer,
    conclude,
    day,
    finding,
    note,
    row_path,
    rows,
)
from labellisation.domain.prevalidations.duree import is_all_distance
from socle.delais import add_months
from socle.typographie import date_simple

#: A label's year, counted from its signature.
MOIS_PAR_AN = 12

Sessions = list[dict[str, Any]]


def check_sessions(dossier: Instantane, contexte: Contexte) -> Resultat:
    """6. Under a year: a session each label year and ten people of the GEN public in each (R15, R15a).

    A year or more, very large, or all at a distance: the number of learners is written in the
    convention, on the porteur's yearly estimate. Exactly twelve months count as a year (a setting).
    """
    mois = answer(dossier, "programme", "duree_mois")
    sessions = rows(dossier, "sessions")
    raison, *champs = _in_convention(dossier, contexte)
    constats: list[Constat] = []
    if raison:
        cas = note(
            "Cas de la formation", raison, champs[0].split(".")[0], "durée hors immersion", chemins=champs
        )
        constats += [cas, _estimate(dossier, contexte)]
    elif mois is None:
        regle = f"moins ou plus de {contexte.regles['mois_un_an']} mois"
        constats.append(finding(None, "Durée", "non renseignée", regle, "programme", "duree_mois"))
    else:
        constats += [
            _short_case(dossier, mois),
            _yearly_sessions(sessions, contexte),
            _gen_people(dossier, contexte),
            _session_places(sessions, contexte),
        ]
    return conclude(6, [*constats, _first_session(sessions, contexte)])


def _in_convention(dossier: Instantane, contexte: Contexte) -> list[str]:
    """Say why the number of learners is for the convention to fix, then what says so; else nothing."""
    mois = answer(dossier, "programme", "duree_mois")
    grand = contexte.regles["apprenants_session_tres_grande"]
    par_session = answer(dossier, "publics", "apprenants_par_session") or 0
    an = contexte.regles["mois_un_an"]
    if mois is not None and mois >= an:
        return [f"{mois} mois\u00a0: un an ou plus ({an} mois comptent pour un an)", "programme.duree_mois"]
    if par_session >= grand:
        return [
            f"{par_session} apprenants par session\u00a0: très grands effectifs à partir de {grand}",
            "publics.apprenants_par_session",
        ]
    if is_all_distance(rows(dossier, "programme", "modules")):
        return ["entièrement à distance", "programme.modules"]
    return [""]


def _short_case(dossier: Instantane, mois: int) -> Constat:
    libelle, regle = "Cas de la formation", "durée hors immersion"
    if is_all_distance(rows(dossier, "programme", "modules")) is None:
        valeur = f"{mois} mois, et la modalité des modules ne dit pas si elle est entièrement à distance"
        return finding(None, libelle, valeur, regle, "programme", "duree_mois", "modules")
    return note(libelle, f"{mois} mois, moins d’un an", "programme", regle, "duree_mois")


def _estimate(dossier: Instantane, contexte: Contexte) -> Constat:
    annees = contexte.regles["label_annees"]
    par_an = answer(dossier, "publics", "apprenants_par_an")
    libelle, regle = "Nombre à inscrire dans la convention", "fondé sur l’estimation annuelle du porteur"
    if not par_an:
        valeur = "estimation annuelle non renseignée"
        return finding(None, libelle, valeur, regle, "publics", "apprenants_par_an")
    valeur = f"{par_an * annees} apprenants en {annees} ans ({par_an} par an)"
    return finding(True, libelle, valeur, regle, "publics", "apprenants_par_an")


def _yearly_sessions(sessions: Sessions, contexte: Contexte) -> Constat:
    annees, delai = contexte.regles["label_annees"], contexte.regles["premiere_session_mois"]
    libelle = "Débuts des sessions prévues"
    regle = f"au moins une par année de label pendant {annees} ans"
    debuts = sorted(debut for session in sessions if (debut := day(session.get("debut"))))
    valeur = ", ".join(map(date_simple, debuts)) or "aucune date"
    chemins = [row_path("sessions", "", session, "debut") for session in sessions]
    tient: bool | None = bool(debuts) and _covers_label_years(debuts, annees, delai)
    if not tient and len(debuts) < max(len(sessions), 1):
        # One more date could make it hold.
        tient = None
        valeur += f", {len(sessions) - len(debuts)} sans date" if debuts else ""
    return finding(tient, libelle, valeur, regle, "sessions", chemins=chemins)


def _covers_label_years(debuts: list[date], annees: int, delai: int) -> bool:
    """Whether a date of signature exists for which each label year has its session.

    The signature is not known yet: it may be any day up to ``delai`` months before the first session
    (criterion 6), and label years count from it.
    """
    signature = add_months(debuts[0], -delai)
    while signature <= debuts[0]:
        bornes = [add_months(signature, MOIS_PAR_AN * rang) for rang in range(annees + 1)]
        if all(any(debut <= jour < fin for jour in debuts) for debut, fin in pairwise(bornes)):
            return True
        signature += timedelta(days=1)
    return False


def _gen_people(dossier: Instantane, contexte: Contexte) -> Constat:
    minimum = contexte.regles["apprenants_minimum_par_session"]
    nombre = answer(dossier, "publics", "apprenants_gen_par_session")
    return finding(
        None if nombre is None else nombre >= minimum,
        "Personnes des publics de la GEN par session",
        "non renseigné" if nombre is None else str(nombre),
        f"au moins {minimum} personnes différentes",
        "publics",
        "apprenants_gen_par_session",
    )


def _session_places(sessions: Sessions, contexte: Contexte) -> Constat:
    """A session with fewer places than the minimum can't train it."""
    minimum = contexte.regles["apprenants_minimum_par_session"]
    connues = [session for session in sessions if session.get("places") is not None]
    petites = [session for session in connues if session["places"] < minimum]
    inconnues = [session for session in sessions if session.get("places") is None]
    valeur = f"{min(session['places'] for session in connues)} places" if connues else "non renseignées"
    valeur += f", {len(inconnues)} sans nombre de places" if connues and inconnues else ""
    tient = False if petites else None if inconnues or not connues else True
    return finding(
        tient,
        "Plus petite session",
        valeur,
        f"au moins {minimum} places dans chaque session",
        "sessions",
        chemins=[row_path("sessions", "", session, "places") for session in petites or inconnues or connues],
    )


def _first_session(sessions: Sessions, contexte: Contexte) -> Constat:
    delai = contexte.regles["premiere_session_mois"]
    libelle = "Première session"
    regle = f"dans les {delai} mois qui suivent la signature de la convention"
    premiere = first_start(sessions)
    if premiere is None:
        return finding(None, libelle, "aucune date", regle, "sessions")
    chemins = [
        row_path("sessions", "", session, "debut")
        for session in sessions
        if day(session.get("debut")) == premiere
    ]
    if premiere < contexte.aujourd_hui:
        valeur = f"{date_simple(premiere)}, déjà passée\u00a0: à redater dans la convention"
        return note(libelle, valeur, "sessions", regle, chemins=chemins)
    au_plus_tot = date_simple(add_months(premiere, -delai))
    valeur = f"{date_simple(premiere)}\u00a0: la convention est à signer entre le {au_plus_tot} et cette date"
    return note(libelle, valeur, "sessions", regle, chemins=chemins)


def first_start(sessions: Sessions) -> date | None:
    """Return the day on which the first planned session starts."""
    return min((debut for session in sessions if (debut := day(session.get("debut")))), default=None)
