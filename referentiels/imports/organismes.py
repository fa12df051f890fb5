"""The public list of training bodies (DGEFP): CSV, ``;``, UTF-8 (criterion 10)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from referentiels.domain.editions import ORGANISMES, note_edition
from referentiels.domain.synchronisation import Bilan, synchronise
from referentiels.identifiants import compact, valider_nda, valider_siren, valider_siret
from referentiels.imports.lecture import read_csv, refuse_when_nothing_is_left
from referentiels.imports.registre import Edition, Importeur, register
from referentiels.models import OrganismeFormation
from referentiels.texte import normalise, typographie

COLONNES = (
    "numeroDeclarationActivite",
    "denomination",
    "siren",
    "siretEtablissementDeclarant",
    "certifications.actionsDeFormation",
)
#: Columns that some editions lack.
_ADRESSE = "adressePhysiqueOrganismeFormation"
_NIC = 5
_REPONSES = {"true": True, "vrai": True, "oui": True, "false": False, "faux": False, "non": False, "": None}


@transaction.atomic
def import_organismes(chemin: Path, edition: Edition, *, fictif: bool = False) -> Bilan:
    """Import one edition of the list; the same file again changes nothing.

    A line that can't be read is refused with its number and the reason, the others are taken. A body
    that the edition no longer holds is kept and marked; that of a refused line stays as it was.
    Effects: the ``OrganismeFormation`` rows, and the edition that the portal holds.
    Errors: ``FichierIllisible``, also when no line can be taken; then nothing has changed.
    """
    refus: list[str] = []
    illisibles: set[tuple[Any, ...]] = set()
    bilan = synchronise(
        OrganismeFormation,
        lignes=_rows(chemin, refus, illisibles, fictif=fictif),
        cle=("nda", "fictif"),
        perimetre=Q(fictif=fictif),
        absentes="marquer",
        champ_absence="present",
        illisibles=illisibles,
    )
    bilan.refusees = refus
    refuse_when_nothing_is_left(chemin, bilan)
    note_edition(genre=ORGANISMES, jour=edition.valide_du, fictive=fictif)
    return bilan


def _rows(
    chemin: Path, refus: list[str], illisibles: set[tuple[Any, ...]], *, fictif: bool
) -> Iterator[dict[str, Any]]:
    vues: dict[str, int] = {}
    for numero, ligne in read_csv(chemin, COLONNES, refus=refus):
        try:
            organisme = _organisme(ligne, fictif=fictif)
        except ValidationError as erreur:
            refus.append(f"ligne {numero}\u00a0: {' '.join(erreur.messages)}")
            illisibles.add((compact(ligne["numeroDeclarationActivite"]), fictif))
            continue
        premiere = vues.setdefault(organisme["nda"], numero)
        if premiere != numero:
            refus.append(
                f"ligne {numero}\u00a0: le NDA {organisme['nda']} est déjà celui de la ligne {premiere}."
            )
            continue
        yield organisme


def _organisme(ligne: dict[str, str], *, fictif: bool) -> dict[str, Any]:
    siren = valider_siren(ligne["siren"])
    denomination = _text(ligne["denomination"], 255, "La dénomination")
    if not denomination:
        raise ValidationError("La dénomination manque.")
    return {
        "nda": valider_nda(ligne["numeroDeclarationActivite"]),
        "siren": siren,
        "siret": _siret(siren, ligne["siretEtablissementDeclarant"]),
        "denomination": denomination,
        "denomination_recherche": normalise(denomination)[:255],
        "adresse": _text(ligne.get(f"{_ADRESSE}.voie", ""), 255, "L’adresse"),
        "code_postal": _postcode(ligne.get(f"{_ADRESSE}.codePostal", "")),
        "ville": _text(ligne.get(f"{_ADRESSE}.ville", ""), 100, "La ville"),
        "certifie_actions_formation": _certified(ligne["certifications.actionsDeFormation"]),
        "present": True,
        "fictif": fictif,
    }


def _siret(siren: str, texte: str) -> str:
    """Return the SIRET of a cell that holds all of it, or only its NIC (its last five digits)."""
    chiffres = compact(texte)
    if not chiffres:
        return ""
    if len(chiffres) <= _NIC:
        chiffres = siren + chiffres.zfill(_NIC)
    siret = valider_siret(chiffres)
    if not siret.startswith(siren):
        raise ValidationError(f"Le SIRET {siret} n’est pas celui du SIREN {siren}.")
    return siret


def _text(texte: str, longueur: int, quoi: str) -> str:
    propre = typographie(" ".join(texte.replace("\x00", " ").split()))
    if len(propre) > longueur:
        raise ValidationError(f"{quoi} compte plus de {longueur} caractères.")
    return propre


def _postcode(texte: str) -> str:
    """Return a French postcode, whose first zero a spreadsheet may have dropped; nothing for another."""
    chiffres = compact(texte).zfill(5) if texte else ""
    return chiffres if len(chiffres) == 5 and chiffres.isascii() and chiffres.isdigit() else ""


def _certified(texte: str) -> bool | None:
    reponse = texte.lower()
    if reponse not in _REPONSES:
        raise ValidationError(f"Certification illisible, « {texte} » (attendu\u00a0: true, false ou vide).")
    return _REPONSES[reponse]


register(
    Importeur(
        genre=ORGANISMES, libelle="liste publique des organismes de formation", importer=import_organismes
    )
)
