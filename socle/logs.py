"""What is logged: every line under the id of its request or job, one line per request, nobody's address.

A path may hold a secret (a signed link, an invitation) and a message of a server may quote an e-mail
address: paths are logged as their route, and the formatters hide addresses in whatever they write.
"""

import logging
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest
from pythonjsonlogger.json import JsonFormatter

_request_id: ContextVar[str] = ContextVar("request_id", default="-")

_ADRESSE = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_ADRESSE_CACHEE = "(adresse)"


@contextmanager
def bind(identifiant: str) -> Iterator[None]:
    """Give the lines logged inside this id (a request's, or a job's key)."""
    token = _request_id.set(identifiant)
    try:
        yield
    finally:
        _request_id.reset(token)


def request_id() -> str:
    """Return the id of the request under way, or ``-``."""
    return _request_id.get()


class RequestIdFilter(logging.Filter):
    """Add ``request_id`` to each record, and take the paths out of what Django says of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Note the id; every record passes."""
        record.request_id = request_id()
        request = record.__dict__.pop("request", None)
        if isinstance(request, HttpRequest):
            _hide_path(record, request)
        return True


def _hide_path(record: logging.LogRecord, request: HttpRequest) -> None:
    """Write the route where Django wrote the path (« Not Found: %s », « Forbidden (%s): %s »)."""
    route = route_of(request)
    paths = {request.path, request.path_info, request.get_full_path()}
    if isinstance(record.args, tuple):
        record.args = tuple(route if argument in paths else argument for argument in record.args)


def route_of(request: HttpRequest) -> str:
    """Return the pattern that the request matched, never what fills it; unknown paths are not told."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "(inconnue)"


def objects_of(request: HttpRequest) -> str:
    """Return the UUIDs of the route: they name rows, and open nothing by themselves."""
    match = getattr(request, "resolver_match", None)
    valeurs = match.kwargs.values() if match else ()
    return ",".join(str(valeur) for valeur in valeurs if isinstance(valeur, uuid.UUID))


def without_addresses(texte: str) -> str:
    """Hide every e-mail address."""
    return _ADRESSE.sub(_ADRESSE_CACHEE, texte)


class SansAdresse:
    """Mixed into a formatter: what it writes holds no e-mail address, traces included."""

    def format(self, record: logging.LogRecord) -> str:
        """Format, then hide."""
        texte: Any = super().format(record)  # type: ignore[misc]  # the formatter that it is mixed into
        return without_addresses(texte)


class FormatTexte(SansAdresse, logging.Formatter):
    """Lines for a person."""


class FormatJson(SansAdresse, JsonFormatter):
    """One JSON object per line, for a machine."""
