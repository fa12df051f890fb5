"""The search by typing: what a few letters may mean, for the fields that ask an identifier (R14)."""

from dataclasses import asdict

from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from candidatures.domain.suggestions import GENRES, suggest


@require_GET
@cache_control(private=True, max_age=60)
def suggestions(request: HttpRequest, quoi: str) -> JsonResponse:
    """Answer what the text ``q`` may mean; ten lines at most, none for a text too short or too long."""
    if quoi not in GENRES:
        raise Http404
    trouvees = suggest(quoi, request.GET.get("q", ""))
    return JsonResponse({"suggestions": [asdict(une) for une in trouvees]})
