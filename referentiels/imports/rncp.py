"""The national registers of certifications (France compétences): the CSV set of the RNCP and the RS."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from referentiels.domain.editions import REGISTRES, note_edition
from referentiels.domain.synchronisation import Bilan, synchronise
from referentiels.identifiants import compact, valider_certification
from referentiels.imports.lecture import FichierIllisible, read_csv, refuse_when_nothing_is_left
from referentiels.imports.registre import Edition, Importeur, register
from referentiels.models import Certification
from referentiels.texte import normalise, typographie

COLONNES = ("Numero_Fiche", "Intitule", "Nomenclature_Europe_Niveau", "Date_Fin_Enregistrement", "Actif")
COLONNES_CERTIFICATEURS = ("Numero_Fiche", "Siret_Certificateur", "Nom_Certificateur")
_INTITULE_MAX = 700
_CODE_MAX = 12
_ETATS = {"ACTIVE": True, "INACTIVE": False}
_SANS_NIVEAU = ("", "REPRISE")

Certificateurs = dict[str, list[dict[str, str]]]


@transaction.atomic
def import_rncp(chemin: Path, edition: Edition) -> Bilan:
    """Import one edition of the registers: the folder of its files, or its « Standard » file.

    The « Certificateurs » file is read with it when it stands in the folder; without it, the certifiers
    that are known stay. A line that can't be read is refused with its number and the reason, the others
    are taken; the sheet of a refused line stays as it was. A sheet that the edition no longer holds is
    kept and marked inactive.
    Effects: the ``Certification`` rows that are not fictive, and the edition that the portal holds.
    Errors: ``FichierIllisible``, also when no line can be taken; then nothing has changed.
    """
    standard, second = _files(chemin)
    refus: list[str] = []
    illisibles: set[tuple[str, ...]] = set()
    certificateurs = _certifiers(second, refus) if second else None
    bilan = synchronise(
        Certification,
        lignes=_rows(standard, certificateurs, refus, illisibles),
        cle=("code",),
        perimetre=Q(fictive=False),
        absentes="marquer",
        champ_absence="actif",
        illisibles=illisibles,
    )
    bilan.refusees = refus
    refuse_when_nothing_is_left(standard, bilan)
    note_edition(genre=REGISTRES, jour=edition.valide_du)
    return bilan


def _files(chemin: Path) -> tuple[Path, Path | None]:
    """Return the file of the sheets, and that of their certifiers if it is there."""
    if not chemin.is_dir():
        voisin = chemin.with_name(chemin.name.replace("Standard", "Certificateurs"))
        return chemin, voisin if voisin != chemin and voisin.exists() else None
    standard = _only(chemin, "Standard")
    if standard is None:
        raise FichierIllisible(
            f"{chemin} ne contient pas de fichier CSV «\u00a0Standard\u00a0»\u00a0: indiquez le dossier où "
            "l’archive de France compétences est décompressée."
        )
    return standard, _only(chemin, "Certificateurs")


def _only(dossier: Path, partie: str) -> Path | None:
    trouves = sorted(dossier.glob(f"*{partie}*.csv"))
    if len(trouves) > 1:
        raise FichierIllisible(
            f"{dossier} contient plusieurs fichiers «\u00a0{partie}\u00a0»\u00a0: n’y gardez qu’une édition."
        )
    return trouves[0] if trouves else None


def _certifiers(chemin: Path, refus: list[str]) -> Certificateurs:
    """Return the certifiers of each sheet, in the order of the file."""
    par_code: Certificateurs = defaultdict(list)
    for _, ligne in read_csv(chemin, COLONNES_CERTIFICATEURS, refus=refus):
        # A wrong number is no reason to lose the name: who compares it reads only whole ones.
        siret, nom = (ligne[cle].replace("\x00", " ") for cle in ("Siret_Certificateur", "Nom_Certificateur"))
        fiche = {"siret": compact(siret), "nom": typographie(" ".join(nom.split()))}
        if fiche not in par_code[compact(ligne["Numero_Fiche"])]:
            par_code[compact(ligne["Numero_Fiche"])].append(fiche)
    return par_code


def _rows(
    chemin: Path,
    certificateurs: Certificateurs | None,
    refus: list[str],
    illisibles: set[tuple[str, ...]],
) -> Iterator[dict[str, Any]]:
    vues: dict[str, int] = {}
    for numero, ligne in read_csv(chemin, COLONNES, refus=refus):
        try:
            fiche = _sheet(ligne)
        except ValidationError as erreur:
            refus.append(f"ligne {numero}\u00a0: {' '.join(erreur.messages)}")
            illisibles.add((compact(ligne["Numero_Fiche"]),))
            continue
        premiere = vues.setdefault(fiche["code"], numero)
        if premiere != numero:
            refus.append(
                f"ligne {numero}\u00a0: la fiche {fiche['code']} est déjà celle de la ligne {premiere}."
            )
            continue
        if certificateurs is not None:
            fiche["certificateurs"] = certificateurs.get(fiche["code"], [])
        yield fiche


def _sheet(ligne: dict[str, str]) -> dict[str, Any]:
    code = valider_certification(ligne["Numero_Fiche"])
    intitule = typographie(" ".join(ligne["Intitule"].replace("\x00", " ").split()))
    if len(code) > _CODE_MAX or not intitule or len(intitule) > _INTITULE_MAX:
        raise ValidationError(
            f"La fiche {code[:_CODE_MAX]} doit avoir un intitulé de {_INTITULE_MAX} caractères au plus, "
            f"et un code de {_CODE_MAX}."
        )
    if ligne["Actif"].upper() not in _ETATS:
        raise ValidationError(f"État inconnu, « {ligne['Actif']} » (attendu\u00a0: ACTIVE ou INACTIVE).")
    return {
        "code": code,
        "intitule": intitule,
        "intitule_recherche": normalise(intitule)[:_INTITULE_MAX],
        "niveau": _level(ligne["Nomenclature_Europe_Niveau"]),
        "date_fin_enregistrement": _date(ligne["Date_Fin_Enregistrement"]),
        "actif": _ETATS[ligne["Actif"].upper()],
        "fictive": False,
    }


def _level(texte: str) -> int | None:
    """Read « NIV5 », or nothing."""
    chiffre = compact(texte).removeprefix("NIV")
    if chiffre in _SANS_NIVEAU:
        return None
    if not chiffre.isascii() or not chiffre.isdigit() or not 1 <= int(chiffre) <= 8:
        raise ValidationError(f"Niveau inconnu, « {texte} » (attendu\u00a0: NIV1 à NIV8, ou vide).")
    return int(chiffre)


def _date(texte: str) -> date | None:
    """Read « 31/12/2026 » or « 2026-12-31 », with or without an hour; empty means none."""
    if not texte:
        return None
    for forme in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(texte[:10], forme).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
    raise ValidationError(f"Date illisible, « {texte} » (attendu\u00a0: jour/mois/année).")


register(Importeur(genre=REGISTRES, libelle="répertoires RNCP et RS", importer=import_rncp))
