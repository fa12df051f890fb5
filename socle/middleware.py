"""What surrounds every request: its arrival, its id, its clock, and a session that ends under a script."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import resolve_url
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from socle import horloge, logs

logger = logging.getLogger(__name__)
acces = logging.getLogger("gen.acces")

Vue = Callable[[HttpRequest], HttpResponseBase]

_EPOCH_HEADER = re.compile(r"t=(\d{1,11})(?:\.(\d{1,6}))?")
_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
#: A proxy's clock may run ahead of ours by this much, and a slow upload may last that long.
AVANCE_TOLEREE = timedelta(seconds=1)
RETARD_TOLERE = timedelta(hours=1)


class ArrivalMiddleware:
    """Take the instant at which the request's first byte reached the portal (R4); stands outermost.

    ``request.arrivee_reelle`` is by the machine's clock, ``request.arrivee`` by the business clock
    (``ClockMiddleware`` shifts it in the demo).
    """

    def __init__(self, get_response: Vue) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        """Note the arrival, then go on."""
        request.arrivee_reelle = request.arrivee = _arrival(request)
        return self.get_response(request)


def _arrival(request: HttpRequest) -> datetime:
    instant = horloge.real_now()
    if not settings.GEN_ENTETE_ARRIVEE:
        return instant
    header = request.headers.get(settings.GEN_ENTETE_ARRIVEE)
    if header is None:
        # Not through the proxy: a health check inside the network.
        return instant
    noted = _read_epoch(header)
    if noted is None or not instant - RETARD_TOLERE <= noted <= instant + AVANCE_TOLEREE:
        logger.warning("Arrival header %r is not plausible; taking the time here", header[:40])
        return instant
    return min(noted, instant)


def _read_epoch(header: str) -> datetime | None:
    match = _EPOCH_HEADER.fullmatch(header.strip())
    if match is None:
        return None
    seconds, fraction = match.groups(default="")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        seconds=int(seconds), microseconds=int(fraction.ljust(6, "0"))
    )


class RequestIdMiddleware:
    """Name the request: the proxy's ``X-Request-ID`` if its characters are safe, else a new UUID."""

    def __init__(self, get_response: Vue) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        """Bind the id to the logs, and send it back."""
        given = request.headers.get("X-Request-ID", "")
        request.identifiant = given if _SAFE_ID.fullmatch(given) else str(uuid.uuid4())
        with logs.bind(request.identifiant):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = request.identifiant
        return response


class AccessLogMiddleware:
    """Log one line per request: its route, status, duration and who asked, by id; no path, no query."""

    def __init__(self, get_response: Vue) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        """Answer, then say so. The health check, asked every few seconds, is told only when it fails."""
        debut = time.monotonic()
        response = self.get_response(request)
        if request.path != "/sante/" or response.status_code >= 400:
            duree = round((time.monotonic() - debut) * 1000)
            acces.info(
                "%s %s %s",
                request.method,
                logs.route_of(request),
                response.status_code,
                extra={
                    "methode": request.method,
                    "route": logs.route_of(request),
                    "objets": logs.objects_of(request),
                    "statut": response.status_code,
                    "duree_ms": duree,
                    "utilisateur": _user_id(request),
                },
            )
        return response


def _user_id(request: Any) -> str:
    """Return who is known to have asked, without a query for it."""
    user = request.__dict__.get("_cached_user")
    return str(user.pk) if user is not None and user.pk else "-"


class CompressionMiddleware(GZipMiddleware):
    """Compress pages and data, to a length that random bytes blur (BREACH, decision 0013).

    Files go as they are, with their length: a PDF or an image would gain nothing, and a browser shows how
    much is left of a download. Static files come compressed from the disk.
    """

    TYPES = ("text/html", "text/plain", "application/json", "application/ld+json", "image/svg+xml")

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress what is text and whole."""
        if response.streaming or response.get("Content-Type", "").partition(";")[0] not in self.TYPES:
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed


class AddressMiddleware:
    """Refuse what follows an address when it holds a NUL (400): PostgreSQL fails on it in any search.

    In the path itself it is no page's, as any other unknown address (404).
    """

    def __init__(self, get_response: Vue) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Look at what follows the path, then go on."""
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("A NUL in an address.")
        return self.get_response(request)


class MethodsMiddleware:
    """Answer 405 to a method that no page has, whoever asks and wherever.

    The admin's and allauth's views take what they don't know for a GET, or describe themselves to OPTIONS.
    """

    METHODES = ("GET", "HEAD", "POST")

    def __init__(self, get_response: Vue) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Refuse before the session is even read."""
        if request.method not in self.METHODES:
            return HttpResponseNotAllowed(self.METHODES)
        return self.get_response(request)


class ClockMiddleware:
    """Read the demo's clock once for the whole request."""

    def __init__(self, get_response: Vue) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        """Freeze the offset around the request, and put its arrival on the business clock."""
        with horloge.frozen_offset():
            request.arrivee = horloge.business(request.arrivee_reelle)
            return self.get_response(request)


class ScriptLoginMiddleware:
    """Answer 401 with ``HX-Redirect`` where a page's script would take the sign-in page for its answer.

    The scripts say ``HX-Request: true``, and ``HX-Current-URL`` where the person is.
    """

    def __init__(self, get_response: Vue) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Turn a redirect to the sign-in page into an order to the browser, for a script only."""
        response = self.get_response(request)
        if request.headers.get("HX-Request") != "true" or not _is_to_login(response):
            return response
        refusal = HttpResponse(status=401)
        refusal.headers["HX-Redirect"] = redirect_to_login(_current_page(request)).url
        refusal.cookies = response.cookies
        patch_vary_headers(refusal, ("HX-Request",))
        return refusal


def _is_to_login(response: HttpResponseBase) -> bool:
    if response.status_code not in (301, 302, 303, 307, 308):
        return False
    return urlsplit(response.headers.get("Location", "")).path == resolve_url(settings.LOGIN_URL)


def _current_page(request: HttpRequest) -> str:
    """Return the path of the page the person looks at: not the fragment's, which shows nothing alone."""
    current = request.headers.get("HX-Current-URL", "")
    if url_has_allowed_host_and_scheme(current, allowed_hosts={request.get_host()}):
        parts = urlsplit(current)
        return parts._replace(scheme="", netloc="").geturl() or "/"
    return resolve_url(settings.LOGIN_REDIRECT_URL)
