"""A snapshot that holds all ten criteria, to be altered one answer at a time."""

from copy import deepcopy
from datetime import date
from typing import Any

from labellisation.domain.prevalidations import Contexte, FicheCertification

MODULE: dict[str, Any] = {
    "id": "m",
    "titre": "Module",
    "competences": "Intégrer une maquette.",
    "enseignements": "HTML, CSS.",
    "evaluation": "Projet noté.",
    "heures": 250,
    "mode": "PRESENTIEL",
    "part_distance": None,
}

_BASE: dict[str, Any] = {
    "version": 1,
    "reference": "GEN-2021-0001",
    "intitule": "Développement web inclusif",
    "appel": "2021",
    "structure": {
        "raison_sociale": "École des Alpes",
        "siret": "00000001800012",
        "nda": "84691234567",
        "commune": "69387",
        "qualite": "QUALIOPI",
        "qualite_certificateur": "Certif Qualité",
        "qualite_numero": "CQ-77",
        "qualite_categorie": "ACTIONS_FORMATION",
        "qualite_valide_jusqu_au": "2024-06-30",
        "qualite_attestation_le": "2021-09-01",
        "audit_prevu_le": None,
        "attestation_fiscale_le": "2021-08-02",
        "attestation_sociale_le": "2021-08-03",
        "obligations_reglementaires": True,
        "sous_traitance": False,
        "sous_traitant_raison_sociale": "",
        "sous_traitant_nda": "",
        "controle_contenus": False,
        "controle_ressources": False,
        "controle_recrutement": False,
        "controle_locaux": False,
        "controle_materiels": False,
        "controle_modalites": "",
        "labels_anterieurs": "aucun",
    },
    "formation": {
        "intitule": "Développement web inclusif",
        "famille": {"code": "programmation", "libelle": "Programmation et développement"},
        "metier": {"code": "developpeur-web", "libelle": "Développeur web"},
        "certification_code": "RNCP31114",
        "certification_proprietaire": False,
        "certificateur_nom": "Ministère du Travail",
        "accord_valide_jusqu_au": "2024-12-31",
        "renouvellement": False,
        "label_renouvele": "",
        "prerequis_academique": False,
        "selection_motivation": True,
        "engagement_apprenant": "Un contrat d’engagement.",
        "pedagogie": "Par projets.",
        "sites": [],
    },
    "programme": {
        "duree_mois": 6,
        "justification_heures": "Le rythme convient à des débutants.",
        "processus_conception": "Avec trois entreprises.",
        "lieux_collectifs": None,
        "modules": [MODULE, {**MODULE, "titre": "Projet"}],
    },
    "immersion": {"type_immersion": "STAGE", "heures": 140, "semaines": 4, "periodes": 1},
    "publics": {
        "apprenants_par_session": 15,
        "apprenants_par_an": 30,
        "apprenants_gen_par_session": 12,
        "processus_selection": "Entretien de motivation.",
        "gratuite": True,
    },
    "partenaires": [],
    "equipe": {"formateurs": []},
    "accompagnement": {"heures_social": 20, "heures_professionnel": 20, "heures_pedagogique": 10},
    "budget": {"cout_par_apprenant": 725000, "reste_a_charge": 0, "lignes": []},
    "sessions": [
        {"id": "s1", "debut": "2021-11-15", "fin": "2022-06-10", "places": 15},
        {"id": "s2", "debut": "2022-11-14", "fin": "2023-06-09", "places": 15},
        {"id": "s3", "debut": "2023-11-13", "fin": "2024-06-07", "places": 15},
    ],
    "engagements": {},
    "pieces": [
        {
            "id": type_piece,
            "type": type_piece,
            "nom": f"{type_piece.lower()}.pdf",
            "sha256": "0",
            "fichier": "f",
        }
        for type_piece in (
            "ATTESTATION_QUALITE",
            "ATTESTATION_FISCALE",
            "ATTESTATION_SOCIALE",
            "ACCORD_CERTIFICATION",
        )
    ],
}

#: Relevé 2 of 2021, looked at a week later.
RELEVE = date(2021, 9, 30)
AUJOURD_HUI = date(2021, 10, 7)


def instantane(**sections: Any) -> dict[str, Any]:
    """Return the snapshot; a dict alters answers of its section, anything else replaces it."""
    dossier = deepcopy(_BASE)
    for nom, valeurs in sections.items():
        if isinstance(valeurs, dict):
            dossier[nom] |= valeurs
        else:
            dossier[nom] = valeurs
    return dossier


def sans_piece(type_piece: str) -> list[dict[str, Any]]:
    """Return the attachments but one type."""
    return [piece for piece in deepcopy(_BASE["pieces"]) if piece["type"] != type_piece]


def avec_piece(type_piece: str) -> list[dict[str, Any]]:
    """Return the attachments with one more type."""
    return [*deepcopy(_BASE["pieces"]), {"id": "p", "type": type_piece, "nom": "p.pdf", "sha256": "0"}]


def module(**valeurs: Any) -> dict[str, Any]:
    """Return a module."""
    return {**MODULE, **valeurs}


FICHE = FicheCertification(
    code="RNCP31114", intitule="Développeur web", active_au_releve=True, fin=date(2023, 9, 1)
)


def contexte(**valeurs: Any) -> Contexte:
    """Return a context in which everything is known and nothing stands against the dossier."""
    return Contexte(
        **{
            "aujourd_hui": AUJOURD_HUI,
            "jour_releve": RELEVE,
            "famille_au_referentiel": True,
            "famille_du_metier": "programmation",
            "certification": FICHE,
            "nda_en_liste": True,
            **valeurs,
        }
    )
