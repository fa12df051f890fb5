"""Publishing a version of the criteria and of the scoring grid (R15, R19)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q

from referentiels.domain.synchronisation import Bilan, synchronise
from referentiels.models import (
    NIVEAU_MAX,
    CritereRecevabilite,
    CritereSelection,
    Grille,
    Indicateur,
    NiveauIndicateur,
)
from socle.erreurs import ErreurMetier

CRITERES_RECEVABILITE = range(1, 11)
CRITERES_SELECTION = range(1, 7)
INDICATEURS_PAR_CRITERE = range(2, 6)


class GrilleRefusee(ErreurMetier):
    """A grid that breaks R19, or that would change the structure of a published version."""


@transaction.atomic
def publish_grille(donnees: Mapping[str, Any]) -> list[Bilan]:
    """Write one version of the criteria, from the data of its file.

    A sentence of a published version may be corrected; its structure (numbers, codes, weights,
    levels, the indicator of company partnerships) may not: notes rest on it.

    Effects: ``Grille``, its criteria, indicators and levels. Errors: ``GrilleRefusee``. Rules: R15, R19.
    """
    _check_structure(donnees)
    publiee = Grille.objects.filter(version=donnees["version"]).first()
    if publiee is not None and structure_of(publiee) != _structure(donnees):
        raise GrilleRefusee(
            f"La structure de la grille {publiee.version} (numéros, codes, poids, niveaux) a changé, alors "
            "que des notes peuvent s’y rattacher. Donnez une nouvelle version au fichier."
        )
    entete = {
        champ: donnees.get(champ)
        for champ in ("version", "libelle", "appel_code", "en_vigueur_du", "en_vigueur_au", "source")
    }
    bilans = [synchronise(Grille, lignes=[entete], cle=("version",), perimetre=Q(version=donnees["version"]))]
    grille = Grille.objects.get(version=donnees["version"])
    return bilans + _publish_criteria(grille, donnees)


def structure_of(grille: Grille) -> dict[str, Any]:
    """Return what must never change in a published version."""
    indicateurs = Indicateur.objects.filter(critere__grille=grille).order_by("critere__numero", "ordre")
    par_critere: dict[int, list[tuple[Any, ...]]] = {}
    for indicateur in indicateurs.select_related("critere").prefetch_related("niveaux"):
        par_critere.setdefault(indicateur.critere.numero, []).append(
            (
                indicateur.code,
                indicateur.poids,
                indicateur.est_partenariats_entreprises,
                len(indicateur.niveaux.all()),
            )
        )
    return {
        "appel": grille.appel_code,
        "recevabilite": list(
            grille.criteres_recevabilite.order_by("numero").values_list("numero", "sans_objet_permis")
        ),
        "selection": [
            (critere.numero, critere.poids, par_critere.get(critere.numero, []))
            for critere in grille.criteres_selection.order_by("numero")
        ],
    }


def _structure(donnees: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "appel": donnees["appel_code"],
        "recevabilite": [
            (critere["numero"], critere.get("sans_objet_permis", False))
            for critere in donnees["recevabilite"]
        ],
        "selection": [
            (
                critere["numero"],
                critere.get("poids", 1),
                [
                    (
                        indicateur["code"],
                        indicateur.get("poids", 1),
                        indicateur.get("est_partenariats_entreprises", False),
                        len(indicateur["niveaux"]),
                    )
                    for indicateur in critere["indicateurs"]
                ],
            )
            for critere in donnees["selection"]
        ],
    }


def _check_structure(donnees: Mapping[str, Any]) -> None:
    """Refuse a grid that R15 and R19 do not allow."""
    numeros = [critere["numero"] for critere in donnees["recevabilite"]]
    _require(
        numeros == list(CRITERES_RECEVABILITE), "elle doit compter dix critères de recevabilité, de 1 à 10"
    )
    numeros = [critere["numero"] for critere in donnees["selection"]]
    _require(numeros == list(CRITERES_SELECTION), "elle doit compter six critères de sélection, de 1 à 6")
    for critere in donnees["selection"]:
        _check_criterion(critere)
    _check_partnerships(donnees["selection"])


def _check_criterion(critere: Mapping[str, Any]) -> None:
    nom = f"critère {critere['numero']}"
    indicateurs = critere["indicateurs"]
    _require(len(indicateurs) in INDICATEURS_PAR_CRITERE, f"{nom}\u00a0: il faut de 2 à 5 indicateurs")
    _require(_is_weight(critere.get("poids", 1)), f"{nom}\u00a0: le poids est un entier positif")
    for indicateur in indicateurs:
        code = f"indicateur {indicateur['code']}"
        niveaux = indicateur["niveaux"]
        _require(len(niveaux) == NIVEAU_MAX + 1, f"{code}\u00a0: il faut cinq niveaux, de 0 à 4")
        _require(all(phrase.strip() for phrase in niveaux), f"{code}\u00a0: chaque niveau a sa phrase")
        _require(len(set(niveaux)) == len(niveaux), f"{code}\u00a0: deux niveaux ont la même phrase")
        _require(_is_weight(indicateur.get("poids", 1)), f"{code}\u00a0: le poids est un entier positif")


def _check_partnerships(criteres: list[Mapping[str, Any]]) -> None:
    marques = [
        (critere, indicateur)
        for critere in criteres
        for indicateur in critere["indicateurs"]
        if indicateur.get("est_partenariats_entreprises", False)
    ]
    _require(
        len(marques) == 1 and marques[0][0]["numero"] == 1,
        "un seul indicateur, au critère 1, porte les partenariats avec les entreprises",
    )
    critere, entreprises = marques[0]
    _require(
        all(
            entreprises.get("poids", 1) > autre.get("poids", 1)
            for autre in critere["indicateurs"]
            if autre is not entreprises
        ),
        "les partenariats avec les entreprises sont l’indicateur le plus lourd du critère 1",
    )


def _is_weight(poids: object) -> bool:
    return isinstance(poids, int) and not isinstance(poids, bool) and poids >= 1


def _require(condition: bool, phrase: str) -> None:
    if not condition:
        raise GrilleRefusee(f"La grille ne peut pas être chargée\u00a0: {phrase}.")


def _publish_criteria(grille: Grille, donnees: Mapping[str, Any]) -> list[Bilan]:
    recevabilite = synchronise(
        CritereRecevabilite,
        lignes=[
            {
                "grille_id": grille.pk,
                "numero": critere["numero"],
                "titre": critere["titre"],
                "intitule": critere["intitule"],
                "precisions": critere.get("precisions", ""),
                "sans_objet_permis": critere.get("sans_objet_permis", False),
                "sans_objet_cas": critere.get("sans_objet_cas", ""),
            }
            for critere in donnees["recevabilite"]
        ],
        cle=("grille_id", "numero"),
        perimetre=Q(grille=grille),
    )
    selection = synchronise(
        CritereSelection,
        lignes=[
            {
                "grille_id": grille.pk,
                "numero": critere["numero"],
                "titre": critere["titre"],
                "intitule": critere["intitule"],
                "precisions": critere.get("precisions", ""),
                "poids": critere.get("poids", 1),
            }
            for critere in donnees["selection"]
        ],
        cle=("grille_id", "numero"),
        perimetre=Q(grille=grille),
    )
    return [recevabilite, selection, *_publish_indicators(grille, donnees["selection"])]


def _publish_indicators(grille: Grille, criteres: list[Mapping[str, Any]]) -> list[Bilan]:
    criteres_par_numero = dict(grille.criteres_selection.values_list("numero", "pk"))
    indicateurs = synchronise(
        Indicateur,
        lignes=[
            {
                "critere_id": criteres_par_numero[critere["numero"]],
                "code": indicateur["code"],
                "ordre": ordre,
                "intitule": indicateur["intitule"],
                "poids": indicateur.get("poids", 1),
                "est_partenariats_entreprises": indicateur.get("est_partenariats_entreprises", False),
            }
            for critere in criteres
            for ordre, indicateur in enumerate(critere["indicateurs"], 1)
        ],
        cle=("critere_id", "code"),
        perimetre=Q(critere__grille=grille),
    )
    par_code = dict(Indicateur.objects.filter(critere__grille=grille).values_list("code", "pk"))
    niveaux = synchronise(
        NiveauIndicateur,
        lignes=[
            {"indicateur_id": par_code[indicateur["code"]], "niveau": niveau, "phrase": phrase}
            for critere in criteres
            for indicateur in critere["indicateurs"]
            for niveau, phrase in enumerate(indicateur["niveaux"])
        ],
        cle=("indicateur_id", "niveau"),
        perimetre=Q(indicateur__critere__grille=grille),
    )
    return [indicateurs, niveaux]
