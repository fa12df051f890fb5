"""What a letter of decision says in law: its grounds ("Vu …") and its remedies, as data (R18)."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from labellisation.models import Decision
from socle import horloge
from socle.typographie import date_simple

FICHIER = Path(__file__).resolve().parent.parent / "donnees" / "lettre_decision.toml"
_ATTENDUES = {
    "visas": ("communs", "recevabilite", "comite"),
    "recours": ("introduction", "voies", "conclusion"),
}


@cache
def sentences(fichier: Path = FICHIER) -> dict[str, Any]:
    """Return the sentences; a blank or missing one stops the portal rather than a letter."""
    textes = tomllib.loads(fichier.read_text(encoding="utf-8"))
    vides = [
        f"{partie}.{nom}"
        for partie, noms in _ATTENDUES.items()
        for nom in noms
        if _is_blank(textes.get(partie, {}).get(nom))
    ]
    if vides:
        raise ImproperlyConfigured(f"The letter's sentences {', '.join(vides)} are blank.")
    return textes


def _is_blank(valeur: str | list[str] | None) -> bool:
    phrases = [valeur] if isinstance(valeur, str) else valeur or []
    return not phrases or not all(phrase.strip() for phrase in phrases)


def grounds_in_law(decision: Decision) -> list[str]:
    """Return the "Vu" paragraphs of a decision: the call, the cahier des charges, the séance."""
    textes = sentences()["visas"]
    appel = decision.candidature.appel
    valeurs = {
        "appel": appel.titre,
        "ouvert_le": date_simple(horloge.paris(appel.ouvert_le)),
        "reference": decision.candidature.reference,
        "depose_le": date_simple(horloge.paris(decision.candidature.depots.earliest("numero").arrivee)),
    }
    propres = "recevabilite"
    if decision.inscription is not None:
        seance = decision.inscription.seance
        propres = "comite"
        valeurs |= {
            "seance": seance.intitule,
            "tenue_le": date_simple(horloge.paris(seance.ouverte_le or seance.tenue_le)),
        }
    return [phrase.format(**valeurs) for phrase in (*textes["communs"], *textes[propres])]


def remedies() -> dict[str, Any]:
    """Return the remedies and their delay."""
    textes = sentences()["recours"]
    mois = settings.GEN_REGLES["recours_mois"]
    return {
        "introduction": textes["introduction"].format(recours_mois=_number(mois)),
        "voies": textes["voies"],
        "conclusion": textes["conclusion"],
    }


def _number(mois: int) -> str:
    return {1: "un", 2: "deux", 3: "trois", 4: "quatre", 6: "six"}.get(mois, str(mois))


def notes_of(decision: Decision) -> list[dict[str, Any]]:
    """Return the note of each criterion, in hundredths, of a formation that was scored; else nothing."""
    score = getattr(decision.candidature, "score", None)
    if score is None:
        return []
    criteres = decision.candidature.appel.grille.criteres_selection.order_by("numero")
    return [
        {
            "numero": critere.numero,
            "intitule": critere.intitule,
            "note": getattr(score, f"note_{critere.numero}"),
        }
        for critere in criteres
    ]
