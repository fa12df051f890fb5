"""To the OpenID Connect provider, and back. Without one in the settings, these addresses are not found."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from comptes.provider import OpenIDAdapter


def _check(provider_id: str) -> None:
    if not settings.GEN_OIDC_SERVEUR or provider_id != settings.GEN_OIDC_ID:
        raise Http404


@never_cache
@login_not_required
@require_POST
def aller(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the person to the provider."""
    _check(provider_id)
    suite = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(suite, {request.get_host()}, request.is_secure()):
        suite = ""
    provider = get_adapter().get_provider(request, provider=provider_id)
    try:
        reponse: HttpResponse = provider.ask(request, suite)
    except RequestException as erreur:
        reponse = render_authentication_error(request, provider, exception=erreur)
    return reponse


class Retour(OAuth2CallbackView):
    """The provider's answer: it must come back to the session that asked, once."""

    def _get_state(self, request: HttpRequest, provider: Any) -> tuple[Any, Any]:
        etat, refus = super()._get_state(request, provider)
        self.adapter.jeton_etat = etat or {}
        return etat, refus


@never_cache
@login_not_required
@require_safe
def revenir(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Read the provider's answer."""
    _check(provider_id)
    reponse: HttpResponse = Retour.adapter_view(OpenIDAdapter(request, provider_id))(request)
    return reponse
