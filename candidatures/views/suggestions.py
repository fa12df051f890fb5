"""The search by typing: what a few letters may mean, for the fields that ask an identifier (R14)."""

import uuid
from dataclasses import asdict

from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from candidatures.domain.suggestions import GENRES, suggest, suggest_places
from candidatures.views.acces import dossier_de_membre


@require_GET
@cache_control(private=True, max_age=60)
def suggestions(request: HttpRequest, quoi: str) -> JsonResponse:
    """Answer what the text ``q`` may mean; ten lines at most, none for a text too short or too long."""
    if quoi not in GENRES:
        raise Http404
    trouvees = suggest(quoi, request.GET.get("q", ""))
    return JsonResponse({"suggestions": [asdict(une) for une in trouvees]})


@require_GET
@cache_control(private=True, max_age=0)
def lieux(request: HttpRequest, pk: uuid.UUID) -> JsonResponse:
    """Answer where a session of this dossier may take place: its sites, then the communes of ``q``."""
    trouvees = suggest_places(dossier_de_membre(request, pk), request.GET.get("q", ""))
    return JsonResponse({"suggestions": [asdict(une) for une in trouvees]})
