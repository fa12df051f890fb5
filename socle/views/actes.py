"""How every page performs an act: one verb, its refusal said in its own words."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.http import HttpRequest

from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier

Objet = TypeVar("Objet")


def perform(request: HttpRequest, verbe: Callable[[], Any], succes: str) -> bool:
    """Call a verb; tell the person that it is done, or why it is refused.

    For buttons without a form: errors by field are told as one message.
    """
    try:
        verbe()
    except ErreurMetier as erreur:
        messages.error(request, str(erreur))
        return False
    messages.success(request, succes)
    return True


def perform_allowed(request: HttpRequest, verbe: Callable[[], Any], succes: str) -> bool:
    """Do as :func:`perform`, but let a right that lacks become the 403 page."""
    try:
        verbe()
    except ActeurRefuse:
        raise
    except ErreurMetier as erreur:
        messages.error(request, str(erreur))
        return False
    messages.success(request, succes)
    return True


def perform_opening(
    request: HttpRequest, verbe: Callable[[], Objet], succes: Callable[[Objet], str]
) -> Objet | None:
    """Do as :func:`perform_allowed`, for a verb that opens something: return it, and say what it is."""
    try:
        ouvert = verbe()
    except ActeurRefuse:
        raise
    except ErreurMetier as erreur:
        messages.error(request, str(erreur))
        return None
    messages.success(request, succes(ouvert))
    return ouvert


def perform_form(request: HttpRequest, form: Any, verbe: Callable[[], Any], succes: str) -> bool:
    """Call the verb of a valid form; errors by field go back beside their fields."""
    try:
        verbe()
    except DonneesInvalides as erreur:
        for champ, phrases in erreur.erreurs.items():
            for phrase in phrases:
                form.add_error(champ if champ in form.fields else None, phrase)
        return False
    except ErreurMetier as erreur:
        form.add_error(None, str(erreur))
        return False
    messages.success(request, succes)
    return True
