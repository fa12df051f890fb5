"""The official table of the ZRR: CODGEO, LIBGEO, ZRR_SIMP (R33)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from referentiels.domain.synchronisation import Bilan, synchronise
from referentiels.identifiants import valider_code_commune
from referentiels.imports.lecture import FichierIllisible, read_csv
from referentiels.imports.registre import Edition, Importeur, register
from referentiels.models import Classement, Zonage, ZonageCommune
from referentiels.texte import typographie

COLONNES_ZRR = ("CODGEO", "LIBGEO", "ZRR_SIMP")
CLASSEMENTS_ZRR = {
    "C": Classement.CLASSEE,
    "NC": Classement.NON_CLASSEE,
    "P": Classement.PARTIELLE,
}


def import_zrr(chemin: Path, edition: Edition) -> Bilan:
    """Import one edition of the ZRR table; the same file again changes nothing.

    Effects: the ``ZonageCommune`` rows of this edition, all or none. Errors: ``FichierIllisible``.
    """
    return synchronise(
        ZonageCommune,
        lignes=_zrr_rows(chemin, edition),
        cle=("code_commune", "zonage", "version"),
        perimetre=Q(zonage=Zonage.ZRR, version=edition.version),
        absentes="supprimer",
    )


def _zrr_rows(chemin: Path, edition: Edition) -> Iterator[dict[str, Any]]:
    for numero, ligne in read_csv(chemin, COLONNES_ZRR, separateur=","):
        try:
            yield {
                "code_commune": valider_code_commune(ligne["CODGEO"]),
                "nom_commune": typographie(ligne["LIBGEO"]),
                "zonage": Zonage.ZRR.value,
                "version": edition.version,
                "classement": _classement(ligne["ZRR_SIMP"]),
                "valide_du": edition.valide_du,
                "valide_au": edition.valide_au,
            }
        except ValidationError as erreur:
            raise FichierIllisible(
                f"{chemin.name}, ligne {numero}\u00a0: {' '.join(erreur.messages)}"
            ) from erreur
        except ValueError as erreur:
            raise FichierIllisible(f"{chemin.name}, ligne {numero}\u00a0: {erreur}.") from erreur


def _classement(texte: str) -> str:
    """Read « C - Classée en ZRR », « NC - … » or « P - … »."""
    lettre = texte.split("-")[0].strip()
    if lettre not in CLASSEMENTS_ZRR:
        raise ValueError(f"classement inconnu, « {texte} » (attendu\u00a0: C, NC ou P)")
    return CLASSEMENTS_ZRR[lettre].value


# The zoning of the decree of 16 March 2017 held from 1 July 2017 until FRR took over (R33).
register(
    Importeur(
        genre="zrr",
        libelle="zones de revitalisation rurale, par commune",
        importer=import_zrr,
        edition=Edition("2021", date(2017, 7, 1), date(2024, 6, 30)),
    )
)
