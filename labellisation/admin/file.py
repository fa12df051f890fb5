"""*Ma file*: what waits for the person, the nearest date first; filters stand in the address."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from candidatures.models import Candidature
from labellisation.admin.acces import demand_instruction, page
from labellisation.domain.delais import delay_of
from labellisation.domain.file_instruction import (
    ETATS_FILE,
    MESSAGES,
    Liste,
    as_rows,
    file_of,
    overview,
)
from labellisation.domain.filtres import FILTRES, Filtres, choices, ignored, read

PAR_PAGE = 50
#: On the first screen, of each list.
PREMIERS = 5
#: Where a dossier's next act is, list by list; elsewhere, its own screen.
ECRANS = {
    "a-noter": "admin:instruction_notation",
    "a-harmoniser": "admin:instruction_harmonisation",
    MESSAGES: "admin:instruction_messages",
    "a-affecter": "admin:instruction_affectations",
}


@require_safe
def ma_file(request: HttpRequest) -> HttpResponse:
    """Show each list with its count and its first dossiers; ``?liste=`` shows one whole, by pages."""
    demand_instruction(request)
    offerts = choices(ETATS_FILE)
    filtres = read(request.GET).among(offerts)
    listes = file_of(request.user, filtres)
    demandee = request.GET.get("liste", "")
    choisie = next((liste for liste in listes if liste.code == demandee), None)
    contexte = {
        "filtres": filter_fields(filtres, offerts),
        "filtre": bool(filtres.valeurs),
        "adresse_filtres": filtres.adresse,
        "avertissement": filtres.avertissement
        or (ignored(["liste"]) if demandee and choisie is None else ""),
    }
    if choisie is not None:
        return page(request, "file_liste", choisie.titre, **contexte, **_whole(choisie, request, filtres))
    blocs = [
        {
            "liste": apercu.liste,
            "nombre": apercu.nombre,
            "lignes": [_row(dossier, apercu.liste, filtres) for dossier in apercu.dossiers],
            "autres": apercu.autres,
            "adresse": _address(apercu.liste, filtres),
        }
        for apercu in overview(listes, PREMIERS)
    ]
    return page(request, "file", "Ma file", listes=blocs, liste=None, **contexte)


def filter_fields(filtres: Filtres, offerts: dict[str, list[tuple[str, str]]]) -> list[dict[str, Any]]:
    """Return the filters of a form, each with what is chosen."""
    return [
        {
            "nom": filtre.nom,
            "libelle": filtre.libelle,
            "tous": filtre.tous,
            "choix": offerts[filtre.nom],
            "valeur": filtres.valeurs.get(filtre.nom, ""),
        }
        for filtre in FILTRES
        if filtre.nom in offerts
    ]


def _whole(liste: Liste, request: HttpRequest, filtres: Filtres) -> dict[str, Any]:
    dossiers = as_rows(liste.dossiers)
    feuille = Paginator(dossiers, PAR_PAGE).get_page(request.GET.get("page"))
    return {
        "liste": liste,
        "nombre": feuille.paginator.count,
        "feuille": feuille,
        "lignes": [_row(dossier, liste, filtres) for dossier in feuille],
        "adresse": _address(liste, filtres),
    }


def _address(liste: Liste, filtres: Filtres) -> str:
    suite = f"&{filtres.adresse}" if filtres.valeurs else ""
    return f"?liste={liste.code}{suite}"


def _row(candidature: Candidature, liste: Liste, filtres: Filtres) -> dict[str, Any]:
    """Return a dossier as a row shows it, and the screen of its next act."""
    ecran = reverse(ECRANS.get(liste.code, "admin:instruction_dossier"), args=[candidature.pk])
    ancre = "#dernier" if liste.code == MESSAGES else ""
    return {
        "candidature": candidature,
        "adresse": f"{ecran}{_address(liste, filtres)}{ancre}",
        "delai": delay_of(candidature),
    }
