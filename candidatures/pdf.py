"""The documents of a dossier: the receipt (R11), with every mention that the law asks for, and the whole.

What the whole dossier prints, and who asks for it, is in ``domain/edition.py``; what stands beside it in
a ZIP, in ``domain/archive.py``.
"""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from candidatures.domain import archive, edition, silence
from candidatures.domain.lecture import piece_titles
from candidatures.domain.queries import echeance_affichee, releve_affiche
from candidatures.models import Candidature, Depot, Releve
from candidatures.politiques import POLITIQUE_RECU
from candidatures.sections import SECTIONS
from socle import archives, documents
from socle.models import Document
from socle.typographie import date_longue, date_simple, heure_secondes

RECU = "candidatures.recu"
MENTIONS = Path(__file__).resolve().parent / "donnees" / "mentions_recu.toml"
_ATTENDUES = ("reception", "silence", "suspension", "recours", "engagement")


def register() -> None:
    """Register the receipt, and the dossier deposited or not."""
    documents.register(RECU, gabarit="recu", version=1, politique=POLITIQUE_RECU)
    for genre in (edition.DOSSIER, edition.COPIE):
        documents.register(genre, gabarit="dossier", version=edition.VERSION, politique=genre)
    for pdf, genre in edition.ARCHIVES.items():
        # Whoever reads the dossier reads its attachments: the archive has the policy of its PDF.
        archives.register(genre, version=archive.VERSION, politique=pdf, composer=archive.compose)


def request_receipt(candidature: Candidature, depot: Depot) -> Document:
    """Ask for the receipt of a deposit, once; its data is frozen now."""
    return documents.request(
        RECU,
        sujet=candidature,
        donnees=receipt_data(candidature, depot),
        titre=f"Accusé de réception du dossier {candidature.reference}",
        cle=f"{RECU}:{depot.pk}",
    )


def receipt_data(candidature: Candidature, depot: Depot) -> dict[str, Any]:
    """Return everything the receipt prints."""
    dossier = depot.instantane
    titres = piece_titles(dossier)
    return {
        "numero": candidature.reference,
        "intitule": candidature.intitule,
        "appel": candidature.appel.titre,
        "structure": dossier["structure"]["raison_sociale"],
        "siret": dossier["structure"]["siret"],
        "deposant": depot.deposant.nom_complet if depot.deposant else "",
        "jour": date_longue(depot.arrivee),
        "heure": heure_secondes(depot.arrivee),
        "releve": releve_affiche(candidature.releve_arrivee),
        "service": {
            "adresse": settings.GEN_ADRESSE.split("\n"),
            "courriel": settings.GEN_COURRIEL_AIDE,
            "telephone": settings.GEN_TELEPHONE_AIDE,
        },
        "mentions": _mentions_for(depot),
        "etapes": _steps(depot, candidature.releve_arrivee),
        "sections": [f"{section.numero}. {section.titre}" for section in SECTIONS],
        "pieces": [
            {"type": titres[piece["id"]], "nom": piece["nom"], "sha256": piece["sha256"]}
            for piece in dossier["pieces"]
        ],
        "empreinte": depot.empreinte,
    }


def implicit_rejection_day(depot: Depot) -> date:
    """Return the day on which silence becomes a rejection, as it is known at the deposit."""
    return silence.rejection_day(depot.arrivee)


@cache
def mentions() -> dict[str, str]:
    """Return the legal sentences; a blank or missing one stops the portal rather than a receipt."""
    textes = tomllib.loads(MENTIONS.read_text(encoding="utf-8"))
    if vides := [nom for nom in _ATTENDUES if not str(textes.get(nom, "")).strip()]:
        raise ImproperlyConfigured(f"The receipt's sentences {', '.join(vides)} are blank.")
    return {nom: textes[nom] for nom in _ATTENDUES}


def _mentions_for(depot: Depot) -> dict[str, str]:
    valeurs = {
        "mois": _number(settings.GEN_REGLES["rejet_implicite_mois"]),
        "recours_mois": _number(settings.GEN_REGLES["recours_mois"]),
        "rejet_le": date_simple(implicit_rejection_day(depot)),
    }
    return {nom: texte.format(**valeurs) for nom, texte in mentions().items()}


def _number(mois: int) -> str:
    return {1: "un", 2: "deux", 3: "trois", 4: "quatre", 6: "six"}.get(mois, str(mois))


def _steps(depot: Depot, releve: Releve | None) -> list[dict[str, str]]:
    """Return what happens next, each step with its date or what it waits for."""
    if releve is None:
        quand_releve, quand_resultats = "date à annoncer", "après le relevé"
    else:
        quand_releve = echeance_affichee(releve)
        quand_resultats = f"au plus tard le {date_simple(releve.resultats_avant)}"
    return [
        {"quand": date_longue(depot.arrivee), "quoi": "Dépôt du dossier, complet et validé en ligne."},
        {"quand": quand_releve, "quoi": "Relevé des dossiers déposés."},
        {
            "quand": "après le dépôt",
            "quoi": "Examen des dix critères de recevabilité. Des compléments peuvent vous être demandés.",
        },
        {
            "quand": "ensuite",
            "quoi": "Notation sur six critères, contact des partenaires, avis de la Région.",
        },
        {
            "quand": quand_resultats,
            "quoi": "Comité de labellisation et annonce des résultats, par courriel et sur le portail.",
        },
    ]
