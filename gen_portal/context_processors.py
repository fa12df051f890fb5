"""What every page receives."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from gen_portal.navigation import menu
from socle import horloge


def brand() -> dict[str, Any]:
    """Return the settings that the shell shows; needs neither a request nor the database."""
    return {
        "marque": settings.GEN_MARQUE.split("\n"),
        "nom_site": settings.GEN_NOM_SITE,
        "courriel_aide": settings.GEN_COURRIEL_AIDE,
        "telephone_aide": settings.GEN_TELEPHONE_AIDE,
        "demo": settings.GEN_DEMO,
    }


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return the brand, the menu, and the reference to quote when asking for help."""
    utilisateur = getattr(request, "user", None) or AnonymousUser()
    contexte = brand() | {
        "navigation": SimpleLazyObject(lambda: menu(utilisateur, request.path)),
        "reference_requete": getattr(request, "request_id", ""),
        "page_courante": request.path,
    }
    if settings.GEN_DEMO:
        contexte["horloge_demo"] = SimpleLazyObject(lambda: horloge.paris(horloge.now()))
    return contexte
