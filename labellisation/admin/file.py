"""*Ma file*: what waits for the person, by date of deposit."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from labellisation.admin.acces import demand_instruction, page
from labellisation.domain.file_instruction import Liste, file_of, with_instructors

PAR_PAGE = 50


@require_safe
def ma_file(request: HttpRequest) -> HttpResponse:
    """Show each list with its count; long ones go by pages."""
    demand_instruction(request)
    listes = [_shown(liste, request) for liste in file_of(request.user)]
    return page(request, "file", "Ma file", listes=listes)


def _shown(liste: Liste, request: HttpRequest) -> dict[str, Any]:
    parametre = f"page_{liste.code.replace('-', '_')}"
    feuille = Paginator(with_instructors(liste.dossiers), PAR_PAGE).get_page(request.GET.get(parametre))
    return {"liste": liste, "feuille": feuille, "nombre": feuille.paginator.count, "parametre": parametre}
