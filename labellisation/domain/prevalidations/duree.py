"""3. Duration, distance and the description of the modules."""

from collections.abc import Mapping
from typing import Any

from candidatures.domain.completude import is_distance
from labellisation.domain.prevalidations.base import (
    Constat,
    Contexte,
    Instantane,
    Resultat,
    answer,
    answer_finding,
    answers,
    conclude,
    finding,
    is_blank,
    note,
    number,
    row_path,
    rows,
    text_finding,
)

Modules = list[dict[str, Any]]


def check_duration(dossier: Instantane, contexte: Contexte) -> Resultat:
    """3. At least 400 h and at most 18 months, 6 at a distance, immersion left out of both (R15).

    Distance is counted in *modules*: more than half of them; a mixte one above 50 % of distance and
    téléprésentiel count as distance.
    """
    modules = rows(dossier, "programme", "modules")
    constats = duration_findings(answers(dossier, "programme"), contexte)
    if offers_places(modules) is not False:
        constats.append(_collective_places(dossier, modules))
    constats += [
        _module_details(modules),
        text_finding(
            dossier, "programme", "justification_heures", "Justification des heures", "texte demandé"
        ),
        text_finding(
            dossier, "programme", "processus_conception", "Processus de conception", "texte demandé"
        ),
        note(
            "Immersion, non comptée",
            number(answer(dossier, "immersion", "heures"), "heure"),
            "immersion",
            "hors des heures et des mois",
            "heures",
        ),
    ]
    return conclude(3, constats)


def duration_findings(programme: Mapping[str, Any], contexte: Contexte) -> list[Constat]:
    """Return what is computed for criterion 3: hours, modules at a distance, months."""
    modules: Modules = programme.get("modules") or []
    return [
        _hours(modules, contexte),
        _distance_share(modules, contexte),
        _months(programme.get("duree_mois"), is_at_distance(modules), contexte),
    ]


# --- Distance ------------------------------------------------------------------------------------
def has_known_mode(module: Mapping[str, Any]) -> bool:
    """Whether it is known if a module counts as distance: its mode, and its share when it is mixte."""
    mode = module.get("mode")
    return bool(mode) and (mode != "MIXTE" or module.get("part_distance") is not None)


def is_at_distance(modules: Modules) -> bool | None:
    """Whether more than half of the modules are at a distance; none while their modes do not tell."""
    distants = sum(is_distance(module) for module in modules if has_known_mode(module))
    inconnus = sum(not has_known_mode(module) for module in modules)
    if 2 * distants > len(modules):
        return True
    return None if 2 * (distants + inconnus) > len(modules) else False


def is_all_distance(modules: Modules) -> bool | None:
    """Whether every module is at a distance; none while their modes do not tell."""
    if not modules or any(has_known_mode(module) and not is_distance(module) for module in modules):
        return False
    return True if all(map(has_known_mode, modules)) else None


def offers_places(modules: Modules) -> bool | None:
    """Whether collective places are asked for: distance or téléprésentiel; none while that is unknown."""
    if any(module.get("mode") == "TELEPRESENTIEL" for module in modules):
        return True
    a_distance = is_at_distance(modules)
    if a_distance is False and not all(module.get("mode") for module in modules):
        # A module without a mode may be in téléprésentiel.
        return None
    return a_distance


def _collective_places(dossier: Instantane, modules: Modules) -> Constat:
    constat = answer_finding(
        dossier,
        "programme",
        "lieux_collectifs",
        True,
        "Lieux d’accueil collectifs",
        "demandés à distance ou en téléprésentiel",
        ("proposés", "non proposés"),
    )
    if offers_places(modules) is None and answer(dossier, "programme", "lieux_collectifs") is not True:
        return finding(
            None,
            constat.libelle,
            f"{constat.valeur}, et la modalité d’un module manque",
            constat.regle,
            "programme",
            "lieux_collectifs",
        )
    return constat


def _distance_share(modules: Modules, contexte: Contexte) -> Constat:
    part = contexte.regles["module_mixte_part_distance"]
    distants = [module for module in modules if has_known_mode(module) and is_distance(module)]
    inconnus = [module for module in modules if not has_known_mode(module)]
    valeur = f"{len(distants)} sur {len(modules)}"
    valeur += ", formation à distance" if is_at_distance(modules) else ""
    valeur += f", {len(inconnus)} sans modalité" if inconnus else ""
    return note(
        "Modules à distance",
        valeur,
        "programme",
        "à distance au-delà de la moitié des modules\u00a0; un module mixte compte au-delà de "
        f"{part}\u00a0%, le téléprésentiel compte",
        chemins=[row_path("programme", "modules", module, "mode") for module in (*distants, *inconnus)],
    )


# --- Hours and months ----------------------------------------------------------------------------
def total_hours(dossier: Instantane) -> int:
    """Return the hours of the modules that have some, immersion left out."""
    return sum(module.get("heures") or 0 for module in rows(dossier, "programme", "modules"))


def _hours(modules: Modules, contexte: Contexte) -> Constat:
    minimum = contexte.regles["heures_minimum"]
    total = sum(module.get("heures") or 0 for module in modules)
    regle = f"au moins {minimum} heures, hors immersion"
    inconnus = [module for module in modules if module.get("heures") is None]
    valeur = f"{number(total, 'heure')} en {number(len(modules), 'module')}"
    chemins = [row_path("programme", "modules", module, "heures") for module in inconnus or modules]
    chemins = chemins or ["programme.modules"]
    if total < minimum and (inconnus or not modules):
        manque = f"{number(len(inconnus), 'module')} sans durée" if modules else "aucun module décrit"
        return finding(None, "Heures", f"{valeur}, {manque}", regle, "programme", chemins=chemins)
    return finding(total >= minimum, "Heures", valeur, regle, "programme", chemins=chemins)


def _months(mois: int | None, distance: bool | None, contexte: Contexte) -> Constat:
    court, long = contexte.regles["mois_maximum_distance"], contexte.regles["mois_maximum"]
    maximum = court if distance else long
    regle = f"au plus {maximum} mois {'à distance, ' if distance else ''}hors immersion"
    if mois is None:
        return finding(None, "Durée", "non renseignée", regle, "programme", "duree_mois")
    if distance is None and court < mois <= long:
        valeur = f"{mois} mois, et la modalité des modules ne dit pas si la formation est à distance"
        regle = f"au plus {long} mois, {court} à distance, hors immersion"
        return finding(None, "Durée", valeur, regle, "programme", "duree_mois")
    return finding(mois <= maximum, "Durée", f"{mois} mois", regle, "programme", "duree_mois")


def _module_details(modules: Modules) -> Constat:
    regle = "compétences, enseignements et évaluation de chaque module"
    if not modules:
        return finding(None, "Modules détaillés", "aucun module décrit", regle, "programme", "modules")
    champs = ("competences", "enseignements", "evaluation")
    manques = [
        (module.get("titre") or f"module {rang}", row_path("programme", "modules", module, champ))
        for rang, module in enumerate(modules, 1)
        for champ in champs
        if is_blank(module.get(champ))
    ]
    minces = list(dict.fromkeys(titre for titre, _ in manques))
    valeur = f"incomplets\u00a0: {', '.join(minces)}" if minces else f"{len(modules)} sur {len(modules)}"
    chemins = [chemin for _, chemin in manques] or ["programme.modules"]
    return finding(not minces, "Modules détaillés", valeur, regle, "programme", chemins=chemins)
