"""From HTML to PDF: tagged (PDF/UA-1), in French, the same bytes for the same HTML, and off line.

WeasyPrint is imported when first used: only the workers need Pango.
"""

import functools
import hashlib
import mimetypes
import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousFileOperation

if TYPE_CHECKING:
    from weasyprint.urls import URLFetcher

#: Templates name static files as ``statique:pdf/style.css``: no address of the web, none of the disk.
SCHEMA = "statique:"
_EXTENSIONS = {".css", ".woff2", ".png", ".svg", ".jpg"}


class RenduImpossible(Exception):
    """The document cannot be made: a resource that is missing or not allowed."""


def write_pdf(html: str) -> bytes:
    """Return the PDF of a whole HTML page.

    Dates, title and author come from the page's own metadata, and the file's identifier from its
    text, so that the bytes depend on the HTML, the static files and the image only.
    """
    from weasyprint import HTML
    from weasyprint.urls import FatalURLFetchingError

    # A font of pictures (emoji) is cut down by fontTools, which writes the time inside unless told one.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    identifiant = hashlib.sha256(html.encode()).hexdigest()[:32].encode()
    try:
        return HTML(string=html, base_url=SCHEMA, url_fetcher=_fetcher_class()()).write_pdf(
            pdf_variant="pdf/ua-1", pdf_identifier=identifiant
        )
    except FatalURLFetchingError as erreur:
        # It derives from BaseException: left alone it would end the worker.
        raise RenduImpossible(f"{erreur} ({erreur.__cause__})") from erreur


def read_static(url: str) -> tuple[bytes, str]:
    """Return the content and type of a ``statique:`` resource; ``ValueError`` for anything else."""
    if not url.startswith(SCHEMA):
        raise ValueError(f"Only {SCHEMA} and data: resources are read, not {url!r}.")
    chemin = url.removeprefix(SCHEMA).lstrip("/")
    if PurePosixPath(chemin).suffix.lower() not in _EXTENSIONS:
        raise ValueError(f"{chemin!r} is no stylesheet, font or image.")
    try:
        trouve = finders.find(chemin)
    except SuspiciousFileOperation as erreur:
        raise ValueError(f"{chemin!r} leaves the static files.") from erreur
    if not trouve:
        raise ValueError(f"No static file {chemin!r}.")
    with open(trouve, "rb") as flux:
        return flux.read(), mimetypes.guess_type(chemin)[0] or "application/octet-stream"


@functools.cache
def _fetcher_class() -> "type[URLFetcher]":
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class StaticFetcher(URLFetcher):
        """Reads static files and ``data:``; any other address stops the rendering."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols=("data",), fail_on_errors=True)

        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            contenu, type_mime = read_static(url)
            return URLFetcherResponse(url, contenu, {"Content-Type": type_mime})

    return StaticFetcher
