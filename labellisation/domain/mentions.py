"""What a letter of decision says in law: its grounds ("Vu …") and its remedies, as data (R18)."""

import tomllib
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from candidatures.domain.queries import a_venir, echeance_affichee
from labellisation.cycle import DEFAVORABLES
from labellisation.models import Decision
from socle import horloge
from socle.delais import add_months, next_working_day
from socle.typographie import date_longue, date_simple

FICHIER = Path(__file__).resolve().parent.parent / "donnees" / "lettre_decision.toml"
_ATTENDUES = {
    "visas": ("communs", "recevabilite", "comite"),
    "suites": ("introduction", "voies", "releve_annonce", "sans_releve"),
    "recours": ("introduction", "voies", "delai", "conclusion"),
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


def remedies(recue_le: date | None = None) -> dict[str, Any]:
    """Return the remedies and their delay; with a day of receipt, the last day to act."""
    textes = sentences()["recours"]
    mois = settings.GEN_REGLES["recours_mois"]
    return {
        "introduction": textes["introduction"].format(recours_mois=_number(mois)),
        "voies": textes["voies"],
        "delai": (
            textes["delai"].format(
                recue_le=date_simple(recue_le), jusqu_au=date_longue(last_day_to_appeal(recue_le))
            )
            if recue_le
            else ""
        ),
        "conclusion": textes["conclusion"],
    }


def last_day_to_appeal(recue_le: date) -> date:
    """Return the last day of a recours against a letter received on this day.

    The delay is « franc »: neither the day of receipt nor the last one counts, and a last day that is not
    worked moves to the next one (CJA R. 421-1 and R. 421-5, R6); to be confirmed by counsel.
    """
    echue = add_months(recue_le, settings.GEN_REGLES["recours_mois"])
    return next_working_day(echue + timedelta(days=1))


def what_can_be_done(decision: Decision) -> dict[str, Any]:
    """Return what a porteur who is refused can do and by when; nothing for anybody else (R18)."""
    if decision.nature not in DEFAVORABLES:
        return {}
    textes = sentences()["suites"]
    releve = a_venir(decision.candidature.appel.releves.all()).first()
    prochain = (
        textes["releve_annonce"].format(releve=echeance_affichee(releve)) if releve else textes["sans_releve"]
    )
    return {
        "introduction": textes["introduction"],
        "voies": [voie.format(prochain_releve=prochain) for voie in textes["voies"]],
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
