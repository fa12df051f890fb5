"""Error pages: what happened, and what to do. The 500 page needs neither database nor request."""

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from gen_portal.context_processors import brand
from socle.erreurs import ErreurMetier

logger = logging.getLogger(__name__)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None) -> HttpResponse:
    """Answer 400."""
    return HttpResponse(_standalone("errors/400.html", request), status=400)


@login_not_required
def permission_denied(request: HttpRequest, exception: Exception | None) -> HttpResponse:
    """Answer 403, with the sentence of the domain when there is one."""
    motif = str(exception) if isinstance(exception, ErreurMetier) else ""
    return render(request, "errors/403.html", {"motif": motif}, status=403)


@login_not_required
def page_not_found(request: HttpRequest, exception: Exception | None) -> HttpResponse:
    """Answer 404; a hidden object gives the same page as a missing one."""
    return render(request, "errors/404.html", status=404)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 when a form was too old, or came from elsewhere."""
    logger.warning("CSRF refusal: %s", reason)
    return render(request, "errors/403_csrf.html", status=403)


@login_not_required
def too_many_requests(request: HttpRequest) -> HttpResponse:
    """Answer 429 when allauth's rate limits say stop."""
    return render(request, "errors/429.html", status=429)


@login_not_required
@require_safe
def too_large(request: HttpRequest) -> HttpResponse:
    """Say what to do when the proxy has refused a body that is too large (413, deploy/nginx.conf)."""
    return render(request, "errors/413.html", {"maximum": settings.GEN_FICHIER_MAX})


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without session, account, or query: any of them may be what failed."""
    return HttpResponse(_standalone("errors/500.html", request), status=500)


def _standalone(gabarit: str, request: HttpRequest) -> str:
    contexte: dict[str, Any] = brand() | {
        "page_courante": request.path,
        "reference_requete": getattr(request, "identifiant", ""),
    }
    return render_to_string(gabarit, contexte)
