"""The proof of reading: what the first opening of a document by its recipient leaves behind (R18, R39).

An app says, per kind of document, what an opening by a person means; opening it otherwise means nothing.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from socle import courriels
from socle.models import Courriel, Document
from socle.references import reference

Lecture = Callable[[Any, Document], None]

_lectures: dict[str, Lecture] = {}


def register(genre: str, lecture: Lecture) -> None:
    """Declare what an opening of this kind of document does (in ``AppConfig.ready()``)."""
    if _lectures.setdefault(genre, lecture) is not lecture:
        raise ValueError(f"The reading of {genre!r} is already registered.")


def note_opening(request: HttpRequest, document: Document) -> None:
    """Let an opening have its effects: the one door to them, which a mode that only looks may shut.

    Effects: those that the document's app registered. A request for the headers alone opens nothing.
    """
    lecture = _lectures.get(document.genre)
    if lecture is not None and request.method == "GET" and request.user.is_authenticated:
        lecture(request.user, document)


def mark_mail_read(lecteur: Any, sujet: Any) -> None:
    """Note as read the e-mails that announced ``sujet`` to this person (R39)."""
    ref, lui = reference(sujet), reference(lecteur)
    annonces = Courriel.objects.filter(
        sujet_genre=ref.genre,
        sujet_id=ref.id,
        destinataire_genre=lui.genre,
        destinataire_id=lui.id,
        lu_le__isnull=True,
    )
    for courriel in annonces:
        courriels.mark_read(courriel)
