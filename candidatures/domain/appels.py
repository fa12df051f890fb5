"""Calls and relevés: reference data of the year, and the relevé in which a deposit falls (R1 to R4)."""

import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.db import transaction

from candidatures.models import Appel, Candidature, Releve
from comptes.domain.acces import require
from referentiels.models import Grille
from socle import echeances, horloge, journal
from socle.journal import Visibilite
from socle.references import SANS_ID, Acteur, Reference

FICHIER = Path(__file__).resolve().parent.parent / "donnees" / "appels.toml"
#: Who must announce the results: the direction, as a role.
DIRECTION = Reference("role.direction", SANS_ID)


@transaction.atomic
def load_appels(fichier: Path = FICHIER) -> str:
    """Load the calls and their relevés from the data file; again changes nothing that is used.

    Effects: one row per call and per relevé, whose bound never moves once loaded; the obligation to
    announce the results of each relevé. Returns the line that the command prints.
    Errors: ``LookupError`` while the call's grid of criteria is not loaded.
    """
    releves = 0
    appels = tomllib.loads(fichier.read_text(encoding="utf-8"))["appels"]
    for ligne in appels:
        appel = _load_call(ligne)
        for donnees in ligne.get("releves", []):
            _load_releve(appel, donnees)
            releves += 1
    return f"{len(appels)} appel(s), {releves} relevé(s)"


def _load_call(ligne: dict[str, Any]) -> Appel:
    grille = Grille.objects.filter(appel_code=ligne["grille"]).order_by("-en_vigueur_du", "-version").first()
    if grille is None:
        raise LookupError(f"No grid of criteria is loaded for the call {ligne['code']}: load them first.")
    appel, nouveau = Appel.objects.get_or_create(
        code=ligne["code"],
        defaults={
            "titre": ligne["titre"],
            "ouvert_le": horloge.at_paris(ligne["ouvert_le"]),
            "grille": grille,
        },
    )
    if not nouveau and appel.titre != ligne["titre"]:
        appel.titre = ligne["titre"]
        appel.save(update_fields=["titre"])
    return appel


def _load_releve(appel: Appel, ligne: dict[str, Any]) -> Releve:
    fin = time.fromisoformat(ligne["a"])
    releve, nouveau = Releve.objects.get_or_create(
        appel=appel,
        numero=ligne["numero"],
        defaults={
            "borne": horloge.end_of_minute(ligne["le"], fin.hour, fin.minute),
            "debut_au_plus_tot": ligne.get("debut_au_plus_tot"),
            "debut_au_plus_tard": ligne.get("debut_au_plus_tard"),
            "resultats_avant": ligne["resultats_avant"],
            "publie_le": appel.ouvert_le,
        },
    )
    if nouveau:
        _open_releve(releve)
    return releve


@transaction.atomic
def publish_releve(
    *,
    appel: Appel,
    borne: datetime,
    resultats_avant: date,
    acteur: Acteur,
    debut_au_plus_tot: date | None = None,
    debut_au_plus_tard: date | None = None,
) -> Releve:
    """Announce a new dated relevé of a call (R4).

    Effects: the relevé, numbered after the last one; dossiers deposited "relevé à annoncer" take it
    as their relevé, for good; event ``releve.publie``; the obligation to announce its results.
    Errors: ``ActeurRefuse`` for anybody but the direction.
    """
    require(acteur, "candidatures.publish_releve")
    numeros = Releve.objects.filter(appel=appel).values_list("numero", flat=True)
    releve = Releve.objects.create(
        appel=appel,
        numero=max(numeros, default=0) + 1,
        borne=borne,
        debut_au_plus_tot=debut_au_plus_tot,
        debut_au_plus_tard=debut_au_plus_tard,
        resultats_avant=resultats_avant,
        publie_le=horloge.now(),
    )
    journal.record(
        "releve.publie",
        sujet=releve,
        acteur=acteur,
        donnees={"appel": appel.code, "numero": releve.numero},
        visibilite=Visibilite.PUBLIC,
    )
    _open_releve(releve)
    return releve


def _open_releve(releve: Releve) -> None:
    """Fix the relevé of the dossiers that waited for one, and create the direction's obligation."""
    attente = Candidature.objects.filter(
        appel=releve.appel, releve_arrivee__isnull=True, deposee_le__isnull=False, deposee_le__lt=releve.borne
    )
    attente.filter(releve_examen__isnull=True).update(releve_examen=releve)
    attente.update(releve_arrivee=releve)
    echeances.create(
        "candidatures.resultats",
        sujet=releve,
        due=releve.resultats_avant,
        responsable=DIRECTION,
        detail=f"{releve.appel.titre}, relevé {releve.numero}",
        chaine=releve.chaine_journal,
    )


def releve_at(appel: Appel, arrivee: datetime) -> Releve | None:
    """Return the relevé in which a request that arrived at ``arrivee`` falls (R1, R3, R4).

    The first bound strictly after the instant, among the relevés already published then; ``None``
    means "relevé à annoncer". The clock decides, never a state.
    """
    return appel.releves.filter(borne__gt=arrivee, publie_le__lte=arrivee).order_by("borne").first()


def open_call(instant: datetime) -> Appel | None:
    """Return the call that takes dossiers at this instant: the last one opened."""
    return Appel.objects.filter(ouvert_le__lte=instant).order_by("-ouvert_le").first()
