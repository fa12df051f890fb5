"""The metrics, for a machine that knows the token or for a person who may; nobody else sees the page."""

import hmac

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from socle import mesures

PERMISSION = "socle.view_metriques"


@login_not_required
@never_cache
@require_safe
def metriques(request: HttpRequest) -> HttpResponse:
    """Answer in the text format of Prometheus."""
    if not (_knows_the_token(request) or request.user.has_perm(PERMISSION)):
        raise Http404("metriques")
    return HttpResponse(mesures.text(), content_type=mesures.TYPE_CONTENU)


def _knows_the_token(request: HttpRequest) -> bool:
    jeton = settings.GEN_METRIQUES_JETON
    donne = request.headers.get("Authorization", "")
    return bool(jeton) and hmac.compare_digest(donne.encode(), f"Bearer {jeton}".encode())
