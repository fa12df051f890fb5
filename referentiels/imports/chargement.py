"""The shipped reference data: which file feeds which table, and how a line becomes a row."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from referentiels.domain.editions import REGISTRES, note_edition
from referentiels.domain.grilles import publish_grille
from referentiels.domain.synchronisation import Bilan, synchronise, synchronise_links
from referentiels.identifiants import valider_certification, valider_code_commune, valider_rome
from referentiels.imports.lecture import FichierIllisible, read_csv, read_toml, to_bool, to_date, to_int
from referentiels.imports.organismes import import_organismes
from referentiels.imports.registre import Edition
from referentiels.models import (
    BesoinRegional,
    CarifOref,
    Certification,
    CodeRome,
    Commune,
    Crous,
    Departement,
    FamilleMetier,
    MembreGIP,
    Metier,
    MetierEmergent,
    Region,
    TypeMembre,
)
from referentiels.texte import normalise, typographie

DONNEES = Path(__file__).resolve().parent.parent / "donnees"
#: The version of the families that the shipped métiers, needs and emerging métiers belong to.
VERSION_FAMILLES = "2021"

#: The day of the demo's lists.
EDITION_DEMO = Edition("2021-06", date(2021, 6, 1), None)

Cellules = Mapping[str, str]


@transaction.atomic
def load_all(dossier: Path = DONNEES) -> list[Bilan]:
    """Bring every table to its file, in one transaction; a second run changes nothing.

    Effects: the reference tables. Errors: ``FichierIllisible`` (file and line), ``GrilleRefusee``;
    then nothing has changed.
    """
    return [
        *_load_territories(dossier),
        *_load_jobs(dossier),
        *_load_needs(dossier),
        *_load_directories(dossier),
        *_load_grids(dossier),
    ]


def load_demo_certifications(dossier: Path = DONNEES) -> Bilan:
    """Load the fictional register sheets of the demo, flagged ``fictive``; only the demo calls this.

    Effects: ``Certification`` rows, and their edition. Errors: ``FichierIllisible``.
    """
    note_edition(genre=REGISTRES, jour=EDITION_DEMO.valide_du, fictive=True)
    return synchronise(
        Certification,
        lignes=_rows(
            dossier / "demo" / "certifications.csv",
            ("code", "intitule", "niveau", "date_fin_enregistrement", "certificateur"),
            _fictional_certification,
        ),
        cle=("code",),
        perimetre=Q(fictive=True),
    )


def load_demo_organismes(dossier: Path = DONNEES) -> Bilan:
    """Load the fictional list of training bodies of the demo, flagged ``fictif``; only the demo calls this.

    Effects: ``OrganismeFormation`` rows, and their edition. Errors: ``FichierIllisible``.
    """
    return import_organismes(dossier / "demo" / "organismes.csv", EDITION_DEMO, fictif=True)


def _fictional_certification(ligne: Cellules) -> dict[str, Any]:
    return {
        "code": valider_certification(ligne["code"]),
        "intitule": typographie(ligne["intitule"]),
        "intitule_recherche": normalise(ligne["intitule"]),
        "niveau": int(ligne["niveau"]),
        "date_fin_enregistrement": to_date(ligne["date_fin_enregistrement"]),
        "actif": True,
        "certificateurs": [{"siret": "", "nom": typographie(ligne["certificateur"])}],
        "fictive": True,
    }


def _load_territories(dossier: Path) -> list[Bilan]:
    return [
        synchronise(
            Region,
            lignes=_rows(
                dossier / "regions.csv",
                ("code", "nom", "outre_mer", "besoins_observes", "prefixes_nda"),
                _region,
            ),
            cle=("code",),
        ),
        synchronise(
            Departement,
            lignes=_rows(dossier / "departements.csv", ("code", "nom", "region"), _department),
            cle=("code",),
        ),
        synchronise(
            Commune,
            lignes=_rows(dossier / "communes.csv.gz", COLONNES_COMMUNES, _commune),
            cle=("code",),
            absentes="marquer",
            champ_absence="actuelle",
        ),
    ]


COLONNES_COMMUNES = (
    "code",
    "nom",
    "departement",
    "commune_mere",
    "codes_postaux",
    "anciens_codes",
    "population",
)


def _region(ligne: Cellules) -> dict[str, Any]:
    return {
        "code": ligne["code"],
        "nom": typographie(ligne["nom"]),
        "nom_recherche": normalise(ligne["nom"]),
        "outre_mer": to_bool(ligne["outre_mer"]),
        "besoins_observes": to_bool(ligne["besoins_observes"]),
        "prefixes_nda": ligne["prefixes_nda"],
    }


def _department(ligne: Cellules) -> dict[str, Any]:
    return {"code": ligne["code"], "nom": typographie(ligne["nom"]), "region_id": ligne["region"]}


def _commune(ligne: Cellules) -> dict[str, Any]:
    return {
        "code": valider_code_commune(ligne["code"]),
        "nom": typographie(ligne["nom"]),
        "nom_recherche": normalise(ligne["nom"]),
        "departement_id": ligne["departement"],
        "commune_mere_id": ligne["commune_mere"] or None,
        "codes_postaux": ligne["codes_postaux"],
        "anciens_codes": ligne["anciens_codes"],
        "population": to_int(ligne["population"]),
        "actuelle": True,
    }


def _load_jobs(dossier: Path) -> list[Bilan]:
    familles = synchronise(
        FamilleMetier,
        lignes=_rows(
            dossier / "familles.csv", ("version", "code", "libelle", "ordre", "description"), _family
        ),
        cle=("version", "code"),
    )
    rome = synchronise(
        CodeRome,
        lignes=_rows(dossier / "rome.csv", ("code", "libelle"), _rome_sheet),
        cle=("code",),
    )
    par_famille = _families()
    metiers = synchronise(
        Metier,
        lignes=_rows(
            dossier / "metiers.csv",
            ("code", "libelle", "famille", "rome", "valide_du", "valide_au"),
            lambda ligne: _job(ligne, par_famille),
        ),
        cle=("code",),
    )
    par_metier = dict(Metier.objects.values_list("code", "pk"))
    emergents = synchronise(
        MetierEmergent,
        lignes=_rows(
            dossier / "metiers_emergents.csv",
            ("libelle", "famille", "metier", "source", "valide_du", "valide_au"),
            lambda ligne: {
                "libelle": typographie(ligne["libelle"]),
                "famille_id": _known(par_famille, ligne["famille"], "famille"),
                "metier_id": _known(par_metier, ligne["metier"], "métier") if ligne["metier"] else None,
                "source": typographie(ligne["source"]),
                **_validity(ligne),
            },
        ),
        cle=("libelle", "source"),
    )
    return [familles, rome, metiers, emergents]


def _family(ligne: Cellules) -> dict[str, Any]:
    return {
        "version": ligne["version"],
        "code": ligne["code"],
        "libelle": typographie(ligne["libelle"]),
        "ordre": int(ligne["ordre"]),
        "description": typographie(ligne["description"]),
    }


def _rome_sheet(ligne: Cellules) -> dict[str, Any]:
    return {
        "code": valider_rome(ligne["code"]),
        "libelle": typographie(ligne["libelle"]),
        "libelle_recherche": normalise(ligne["libelle"]),
    }


def _job(ligne: Cellules, familles: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "code": ligne["code"],
        "libelle": typographie(ligne["libelle"]),
        "libelle_recherche": normalise(ligne["libelle"]),
        "famille_id": _known(familles, ligne["famille"], "famille"),
        "rome": _rome(ligne["rome"]),
        **_validity(ligne),
    }


def _load_needs(dossier: Path) -> list[Bilan]:
    chemin = dossier / "besoins_regionaux.csv"
    colonnes = ("region", "annee", "ordre", "libelle", "specialites", "famille", "metiers", "rome", "source")
    familles = _families()
    metiers = dict(Metier.objects.values_list("code", "pk"))
    besoins = synchronise(
        BesoinRegional,
        lignes=_rows(chemin, colonnes, lambda ligne: _need(ligne, familles)),
        cle=("region_id", "annee", "ordre"),
        absentes="supprimer",
    )
    par_rang = {
        (r, a, o): pk
        for pk, r, a, o in BesoinRegional.objects.values_list("pk", "region_id", "annee", "ordre")
    }
    liens = {
        par_rang[rang]: cibles
        for rang, cibles in _rows(
            chemin,
            colonnes,
            lambda ligne: (
                (ligne["region"], int(ligne["annee"]), int(ligne["ordre"])),
                [_known(metiers, code, "métier") for code in ligne["metiers"].split()],
            ),
        )
    }
    return [besoins, synchronise_links(BesoinRegional, "metiers", liens=liens)]


def _need(ligne: Cellules, familles: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "region_id": ligne["region"],
        "annee": int(ligne["annee"]),
        "ordre": int(ligne["ordre"]),
        "libelle": typographie(ligne["libelle"]),
        "specialites": typographie(ligne["specialites"]),
        "famille_id": _known(familles, ligne["famille"], "famille"),
        "rome": _rome(ligne["rome"]),
        "source": typographie(ligne["source"]),
    }


def _load_directories(dossier: Path) -> list[Bilan]:
    membres = synchronise(
        MembreGIP,
        lignes=_rows(dossier / "membres_gip.csv", ("annee", "ordre", "nom", "type_membre"), _member),
        cle=("annee", "nom"),
    )
    carif = synchronise(
        CarifOref, lignes=_rows(dossier / "carif_oref.csv", ("nom", "region", "site"), _entry), cle=("nom",)
    )
    colonnes = ("nom", "region", "departements", "site")
    crous = synchronise(Crous, lignes=_rows(dossier / "crous.csv", colonnes, _entry), cle=("nom",))
    departements = {code: code for code in Departement.objects.values_list("code", flat=True)}
    par_nom = dict(Crous.objects.filter(corrigee_sur_le_portail=False).values_list("nom", "pk"))
    liens = {
        par_nom[nom]: cibles
        for nom, cibles in _rows(
            dossier / "crous.csv",
            colonnes,
            lambda ligne: (
                typographie(ligne["nom"]),
                [_known(departements, code, "département") for code in ligne["departements"].split()],
            ),
        )
        if nom in par_nom
    }
    return [membres, carif, crous, synchronise_links(Crous, "departements", liens=liens)]


def _member(ligne: Cellules) -> dict[str, Any]:
    return {
        "annee": int(ligne["annee"]),
        "ordre": int(ligne["ordre"]),
        "nom": typographie(ligne["nom"]),
        "type_membre": TypeMembre(ligne["type_membre"]).value,
    }


def _entry(ligne: Cellules) -> dict[str, Any]:
    return {"nom": typographie(ligne["nom"]), "region_id": ligne["region"], "site": ligne["site"]}


def _load_grids(dossier: Path) -> list[Bilan]:
    """Publish every version; the totals of all versions make one line per table."""
    return [
        bilan
        for chemin in sorted((dossier / "grilles").glob("*.toml"))
        for bilan in publish_grille(read_toml(chemin))
    ]


def _rows(chemin: Path, colonnes: tuple[str, ...], to_row: Callable[[Cellules], Any]) -> Iterator[Any]:
    """Yield the rows of a file; a cell that can't be read is told with its file and line."""
    for numero, ligne in read_csv(chemin, colonnes):
        try:
            yield to_row(ligne)
        except ValidationError as erreur:
            raise FichierIllisible(
                f"{chemin.name}, ligne {numero}\u00a0: {' '.join(erreur.messages)}"
            ) from erreur
        except ValueError as erreur:
            raise FichierIllisible(f"{chemin.name}, ligne {numero}\u00a0: {erreur}.") from erreur


def _families() -> dict[str, Any]:
    return dict(FamilleMetier.objects.filter(version=VERSION_FAMILLES).values_list("code", "pk"))


def _known(table: Mapping[str, Any], code: str, nom: str) -> Any:
    if code not in table:
        raise ValueError(f"{nom} inconnu(e), « {code} »")
    return table[code]


def _rome(texte: str) -> str:
    return " ".join(valider_rome(code) for code in texte.split())


def _validity(ligne: Cellules) -> dict[str, Any]:
    return {"valide_du": date_required(ligne["valide_du"]), "valide_au": to_date(ligne["valide_au"])}


def date_required(texte: str) -> Any:
    """Read a date that may not be empty."""
    jour = to_date(texte)
    if jour is None:
        raise ValueError("la date de début de validité manque")
    return jour
