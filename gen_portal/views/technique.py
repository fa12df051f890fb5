"""Addresses for machines."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from socle import sante as socle_sante


@login_not_required
@never_cache
@require_safe
def sante(request: HttpRequest) -> JsonResponse:
    """Tell how the portal is: 503 only when it cannot do its work."""
    etat = socle_sante.etat()
    status = 503 if etat["statut"] == "indisponible" else 200
    return JsonResponse(etat, status=status, json_dumps_params={"ensure_ascii": False})


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep the personal areas out of search engines."""
    chemins = ("/admin/", "/compte/", "/comptes/", "/candidatures/", "/comite/", "/conventions/", "/suivi/")
    lignes = ["User-agent: *", *(f"Disallow: {chemin}" for chemin in chemins), ""]
    return HttpResponse("\n".join(lignes), content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponsePermanentRedirect:
    """Send browsers that ask for the old name to the icon."""
    return HttpResponsePermanentRedirect(static("portail/favicon.svg"))
