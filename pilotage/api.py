"""Open data: the labelled formations in force, in JSON and CSV (Licence Ouverte 2.0)."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from labellisation.models import Label
from pilotage.domain.catalogue import as_open_data, labels_in_force
from socle import horloge
from socle.limites import limited
from socle.tableur import write_csv

LICENCE = "Licence Ouverte 2.0 (Etalab)"
COLONNES = (
    "code",
    "intitule",
    "structure",
    "siret",
    "region_code",
    "region",
    "famille_code",
    "famille",
    "certification",
    "debut",
    "fin",
    "statut",
    "verification",
)


def _address(label: Label) -> str:
    return settings.GEN_URL + reverse("pilotage:verification", args=[label.code])


def _refuse(request: HttpRequest, secondes: int) -> HttpResponse:
    """Answer a program in JSON: too many questions from one address, and when to ask again."""
    attente = f"{secondes} seconde{'s' if secondes > 1 else ''}"
    return JsonResponse(
        {"erreur": f"Trop de demandes depuis votre adresse\u00a0: recommencez dans {attente}."},
        json_dumps_params={"ensure_ascii": False},
    )


@login_not_required
@require_safe
@limited("api", lectures=True, refus=_refuse)
def racine(request: HttpRequest) -> JsonResponse:
    """Say what the API offers."""
    return JsonResponse(
        {
            "version": "1",
            "licence": LICENCE,
            "ressources": {
                "formations": settings.GEN_URL + reverse("pilotage:api-formations"),
                "formations_csv": settings.GEN_URL + reverse("pilotage:api-formations-csv"),
            },
        }
    )


@login_not_required
@require_safe
@limited("api", lectures=True, refus=_refuse)
def formations(request: HttpRequest) -> JsonResponse:
    """Return the labelled formations in force."""
    labels = labels_in_force().order_by("code")
    return JsonResponse(
        {
            "licence": LICENCE,
            "au": horloge.today().isoformat(),
            "formations": [as_open_data(label, _address(label)) for label in labels],
        },
        json_dumps_params={"ensure_ascii": False},
    )


@login_not_required
@require_safe
@limited("api", lectures=True)
def formations_csv(request: HttpRequest) -> HttpResponse:
    """Return the same rows as CSV, with cells that no spreadsheet takes for formulas.

    It counts with the rest of the API; the refusal is a page, since people follow this link from another.
    """
    reponse = HttpResponse(content_type="text/csv; charset=utf-8")
    reponse["Content-Disposition"] = 'attachment; filename="formations-labellisees.csv"'
    write_csv(reponse, COLONNES, (_row(label) for label in labels_in_force().order_by("code")))
    return reponse


def _row(label: Label) -> list[Any]:
    donnees = as_open_data(label, _address(label))
    donnees |= {"region_code": donnees["region"]["code"], "region": donnees["region"]["nom"]}
    donnees |= {"famille_code": donnees["famille"]["code"], "famille": donnees["famille"]["libelle"]}
    return [donnees[colonne] for colonne in COLONNES]
