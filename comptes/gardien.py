"""The door behind which every page stands, the admin's, the files' and the API's included."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from comptes.domain.second_facteur import has_second_factor
from comptes.models import Connexion
from comptes.portes import end, keep_alive, overdue, second_factor_due
from socle.erreurs import ActeurRefuse

Vue = Callable[[HttpRequest], HttpResponseBase]

#: What stays open to somebody whose second factor is due. A page that is not named here is closed.
OUVERTES = frozenset(
    {
        "comptes:second-facteur",
        "account_logout",
        "accessibilite",
        "mentions-legales",
        "donnees-personnelles",
        "sante",
        "robots",
        "favicon",
    }
)
#: Without any factor: enrol one.
ENROLEMENT = frozenset({"mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate"})
#: With one already: show it. Enrolling another here would let a stolen password do without the first.
CONFIRMATION = frozenset({"mfa_reauthenticate", "mfa_reauthenticate_webauthn"})
REFUS = (
    "Votre rôle demande un second facteur d’authentification. Ouvrez n’importe quelle page du portail\u00a0: "
    "il vous guidera."
)


FINIES = {
    Connexion.Fin.INACTIVITE: (
        "Votre session s’est terminée\u00a0: elle est restée trop longtemps sans activité."
    ),
    Connexion.Fin.DUREE: "Votre session s’est terminée\u00a0: elle a atteint sa durée maximale.",
}


#: What a page that looks by itself sends: nobody is there because a page is open.
VEILLE = "X-Veille"


class DoorMiddleware:
    """End the sessions whose time is over, and send whoever owes a second factor to the guide.

    Stands after the messages, which tell why, and before whatever lets a person act as another.
    """

    def __init__(self, get_response: Vue) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponseBase:
        """Look at the session's time; once it is over, the request goes on as anybody's."""
        if request.user.is_authenticated:
            if fin := overdue(request):
                end(request, fin)
                logout(request)
                messages.info(request, f"{FINIES[fin]} Connectez-vous pour continuer.")
            elif VEILLE not in request.headers:
                keep_alive(request)
        # Who signed in, even when a middleware behind this one shows the portal as another sees it.
        request.titulaire = request.user
        # Judged here: further in, the session of a « voir comme » is an empty one.
        request.facteur_du = request.user.is_authenticated and second_factor_due(request, request.user)
        return self.get_response(request)

    def process_view(self, request: Any, vue: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """Close every page but those of the enrolment."""
        if not request.facteur_du:
            return None
        return None if _is_open(request) else _to_enrolment(request)


def _is_open(request: Any) -> bool:
    correspondance = request.resolver_match
    nom = correspondance.view_name if correspondance else ""
    if nom in OUVERTES:
        return True
    if nom not in ENROLEMENT | CONFIRMATION:
        return False
    return nom in (CONFIRMATION if has_second_factor(request.titulaire) else ENROLEMENT)


def _to_enrolment(request: HttpRequest) -> HttpResponseBase:
    page = reverse("comptes:second-facteur")
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=403, headers={"HX-Redirect": page})
    if request.method not in ("GET", "HEAD"):
        raise ActeurRefuse(REFUS)
    return HttpResponseRedirect(f"{page}?{urlencode({'next': request.get_full_path()})}")
