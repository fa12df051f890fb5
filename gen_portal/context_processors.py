"""What every page receives."""

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from gen_portal.navigation import menu
from socle import horloge

#: The four sites that the State's design system asks for in every footer.
LIENS_ETAT = (
    ("info.gouv.fr", "https://www.info.gouv.fr"),
    ("service-public.fr", "https://www.service-public.fr"),
    ("legifrance.gouv.fr", "https://www.legifrance.gouv.fr"),
    ("data.gouv.fr", "https://www.data.gouv.fr"),
)


def brand() -> dict[str, Any]:
    """Return the settings that the shell shows; needs neither a request nor the database."""
    return {
        "marque": settings.GEN_MARQUE.split("\n"),
        "nom_site": settings.GEN_NOM_SITE,
        "courriel_aide": settings.GEN_COURRIEL_AIDE,
        "telephone_aide": settings.GEN_TELEPHONE_AIDE,
        "demo": settings.GEN_DEMO,
        "openid": {"id": settings.GEN_OIDC_ID, "nom": settings.GEN_OIDC_NOM}
        if settings.GEN_OIDC_SERVEUR
        else None,
        "liens_etat": LIENS_ETAT,
        "voir_comme": None,
        # A page of one structure says so (``includes/structure_objet.html``).
        "structure_objet": None,
    }


def shown_path(request: HttpRequest) -> str:
    """Return the path to quote when asking for help; the secret of a personal link is left out."""
    correspondance = getattr(request, "resolver_match", None)
    jeton = correspondance.kwargs.get("jeton") if correspondance else None
    return request.path.replace(str(jeton), "…") if jeton else request.path


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return the brand, the menu, and the reference to quote when asking for help."""
    utilisateur = getattr(request, "user", None) or AnonymousUser()
    contexte = brand() | {
        "navigation": SimpleLazyObject(lambda: menu(utilisateur, request.path)),
        "reference_requete": getattr(request, "identifiant", ""),
        "page_courante": shown_path(request),
        "voir_comme": getattr(request, "voir_comme", None),
        # A page about an object of a structure says which one.
        "structure_objet": None,
    }
    if settings.GEN_DEMO:
        contexte["horloge_demo"] = SimpleLazyObject(lambda: horloge.paris(horloge.now()))
    return contexte
