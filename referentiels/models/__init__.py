from referentiels.models.annuaire import CarifOref, Crous, MembreGIP, TypeMembre
from referentiels.models.besoin import BesoinRegional
from referentiels.models.certification import Certification
from referentiels.models.grille import (
    NIVEAU_MAX,
    CritereRecevabilite,
    CritereSelection,
    Grille,
    Indicateur,
    NiveauIndicateur,
)
from referentiels.models.metier import CodeRome, FamilleMetier, Metier, MetierEmergent
from referentiels.models.organisme import EditionReferentiel, OrganismeFormation
from referentiels.models.territoire import Commune, Departement, Region
from referentiels.models.zonage import Classement, Zonage, ZonageCommune

__all__ = [
    "NIVEAU_MAX",
    "BesoinRegional",
    "CarifOref",
    "Certification",
    "Classement",
    "CodeRome",
    "Commune",
    "CritereRecevabilite",
    "CritereSelection",
    "Crous",
    "Departement",
    "EditionReferentiel",
    "FamilleMetier",
    "Grille",
    "Indicateur",
    "MembreGIP",
    "Metier",
    "MetierEmergent",
    "NiveauIndicateur",
    "OrganismeFormation",
    "Region",
    "TypeMembre",
    "Zonage",
    "ZonageCommune",
]
