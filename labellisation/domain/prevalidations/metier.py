"""1. A digital job."""

from collections.abc import Iterator, Mapping
from typing import Any

from labellisation.domain.prevalidations.base import (
    Constat,
    Contexte,
    Instantane,
    Resultat,
    answer,
    conclude,
    finding,
    note,
)

#: The other métiers, which deposits of the first version do not have.
AUTRES = ("autre_metier_1", "autre_metier_2", "autre_metier_3")


def jobs_of(formation: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the métiers that a formation prepares for, the main one first."""
    return [metier for champ in ("metier", *AUTRES) if (metier := formation.get(champ))]


def check_job(dossier: Instantane, contexte: Contexte) -> Resultat:
    """1. Family and main métier belong to the nine families of the call (R15).

    The other métiers that the formation prepares for are told, and never weigh.
    Whether it is a technical digital job, and not one that has merely gone digital, is asked of the
    instructor.
    """
    return conclude(1, _findings(dossier, contexte))


def _findings(dossier: Instantane, contexte: Contexte) -> Iterator[Constat]:
    famille, metier = answer(dossier, "formation", "famille"), answer(dossier, "formation", "metier")
    yield _family(famille, contexte)
    yield _job(metier, famille, contexte)
    for champ in AUTRES:
        if autre := answer(dossier, "formation", champ):
            yield _other_job(champ, autre, contexte)
    if rome := answer(dossier, "formation", "rome"):
        yield note("Code ROME", rome, "formation", "selon le porteur", "rome")
    yield note(
        "À juger par vous",
        "est-ce un métier technique du numérique, et non un métier qui s’est seulement numérisé",
        "formation",
        "",
        "intitule",
    )


def _family(famille: dict[str, Any] | None, contexte: Contexte) -> Constat:
    connue, regle = contexte.famille_au_referentiel, "l’une des neuf familles de l’appel"
    if not famille:
        connue, valeur = None, "non choisie"
    elif connue is None:
        valeur = f"{famille['libelle']}\u00a0; la liste des familles n’est pas chargée"
    else:
        valeur = famille["libelle"] + ("" if connue else ", hors de la liste de l’appel")
    return finding(connue, "Famille de métiers", valeur, regle, "formation", "famille")


def _job(metier: dict[str, Any] | None, famille: dict[str, Any] | None, contexte: Contexte) -> Constat:
    tient: bool | None = None
    if not metier:
        valeur = "aucun métier de la liste n’est choisi"
    elif contexte.famille_du_metier is None:
        valeur = f"{metier['libelle']}, hors de la liste {contexte.jour_en_mots}"
    elif famille and contexte.famille_du_metier != famille["code"]:
        valeur = f"{metier['libelle']}, rangé dans une autre famille"
    else:
        tient, valeur = True, metier["libelle"]
    return finding(tient, "Métier", valeur, "un métier de la liste de cette famille", "formation", "metier")


def _other_job(champ: str, metier: dict[str, str], contexte: Contexte) -> Constat:
    connu = metier["code"] in contexte.metiers_en_liste
    hors = "" if connu else f", hors de la liste {contexte.jour_en_mots}"
    regle = "pour information\u00a0: le critère se lit sur le métier principal"
    return note("Autre métier", f"{metier['libelle']}{hors}", "formation", regle, champ)
