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
from referentiels.models.metier import FamilleMetier, Metier, MetierEmergent
from referentiels.models.territoire import Commune, Departement, Region
from referentiels.models.zonage import Classement, Zonage, ZonageCommune

__all__ = [
    "NIVEAU_MAX",
    "BesoinRegional",
    "CarifOref",
    "Certification",
    "Classement",
    "Commune",
    "CritereRecevabilite",
    "CritereSelection",
    "Crous",
    "Departement",
    "FamilleMetier",
    "Grille",
    "Indicateur",
    "MembreGIP",
    "Metier",
    "MetierEmergent",
    "NiveauIndicateur",
    "Region",
    "TypeMembre",
    "Zonage",
    "ZonageCommune",
]
