"""Accounts and structures for tests, made in one line; every other app's tests may use them."""

import itertools
from typing import Any

from comptes import domain
from comptes.models import Appartenance, RoleMembre, Structure, Utilisateur
from socle.references import SYSTEME

_numeros = itertools.count(1)

DONNEES_STRUCTURE: dict[str, str] = {
    "raison_sociale": "École des Alpes numériques",
    "forme_juridique": "association",
    "nda": "84691234567",
    "adresse": "12 rue des Ateliers",
    "code_postal": "69007",
    "commune": "Lyon",
    "representant_prenom": "Amina",
    "representant_nom": "Lefebvre",
    "representant_fonction": "Présidente",
    "representant_email": "presidence@alpes.example",
}


def _luhn_key(chiffres: str) -> str:
    """Return the last digit that makes the whole number right."""
    total = 0
    for rang, chiffre in enumerate(reversed(chiffres)):
        valeur = int(chiffre) * (2 if rang % 2 == 0 else 1)
        total += valeur - 9 if valeur > 9 else valeur
    return str(-total % 10)


def siret() -> str:
    """Return a fresh SIRET with right keys, that starts with 0 as no real one does."""
    siren = f"{next(_numeros):08d}"
    siren += _luhn_key(siren)
    nic = "0001"
    return siren + nic + _luhn_key(siren + nic)


def utilisateur(*roles: str, email: str = "", **champs: Any) -> Utilisateur:
    """Return an account with a verified address, holding the roles."""
    numero = next(_numeros)
    personne = domain.register_user(
        email=email or f"personne{numero}@essai.example",
        mot_de_passe="un-mot-de-passe-solide",
        prenom=champs.pop("prenom", "Camille"),
        nom=champs.pop("nom", f"Durand{numero}"),
        email_verifie=True,
        **champs,
    )
    for role in roles:
        domain.grant_role(
            acteur=SYSTEME, utilisateur=personne, role=role, region_code="84" if role == "region" else ""
        )
    return personne


def structure(responsable: Utilisateur | None = None, **champs: str) -> Structure:
    """Return a structure and its responsable (``structure.appartenances``)."""
    return domain.create_structure(
        acteur=SYSTEME,
        donnees={**DONNEES_STRUCTURE, "siret": siret(), **champs},
        responsable=responsable or utilisateur(),
    )


def membre(lieu: Structure, role: str = RoleMembre.CONTRIBUTEUR) -> Utilisateur:
    """Return a new member of a structure."""
    personne = utilisateur()
    Appartenance.objects.create(structure=lieu, utilisateur=personne, role=role)
    return personne
