"""The OpenID Connect provider (ProConnect), found by allauth under this name; set up by settings alone."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import get_random_string

from comptes.openid import check_nonce, fetch_json, is_strong, says_verified, verify


class OpenIDAdapter(OpenIDConnectOAuth2Adapter):
    """Reads the answers of the provider; ``jeton_etat`` is what the session kept of the question."""

    jeton_etat: dict[str, Any]

    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any) -> Any:
        """Verify the identity token and userinfo, which must speak of one and the same person."""
        brut = kwargs["response"].get("id_token", "")
        cles = fetch_json(self.openid_config["jwks_uri"])
        identite = self._verify(brut, cles)
        check_nonce(identite, self.jeton_etat.get("nonce", ""))
        dit = self._userinfo(token.token, cles)
        if dit.get("sub") != identite["sub"]:
            raise OAuth2Error("userinfo about somebody else")
        self.jeton_etat["sortie"] = self._logout_address(brut)
        return self.get_provider().sociallogin_from_response(request, {"userinfo": dit, "id_token": identite})

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Return the address that the provider was told of."""
        return settings.GEN_URL + reverse("openid_callback", args=[self.provider_id])

    def _verify(self, jeton: str, cles: dict[str, Any]) -> dict[str, Any]:
        return verify(
            jeton,
            cles=cles,
            emetteur=self.openid_config["issuer"],
            client=self.get_provider().app.client_id,
        )

    def _userinfo(self, jeton_acces: str, cles: dict[str, Any]) -> dict[str, Any]:
        from allauth.socialaccount.adapter import get_adapter

        with get_adapter().get_requests_session() as session:
            reponse = session.get(self.profile_url, headers={"Authorization": f"Bearer {jeton_acces}"})
            reponse.raise_for_status()
        if reponse.headers.get("Content-Type", "").split(";")[0].strip() == "application/jwt":
            return self._verify(reponse.text.strip(), cles)
        if settings.GEN_OIDC_SIGNE:
            raise OAuth2Error("userinfo is not signed")
        lu: dict[str, Any] = reponse.json()
        return lu

    def _logout_address(self, jeton: str) -> str:
        adresse = self.openid_config.get("end_session_endpoint", "")
        if not adresse:
            return ""
        suite = {"id_token_hint": jeton, "post_logout_redirect_uri": f"{settings.GEN_URL}/"}
        return f"{adresse}?{urlencode(suite)}"


class OpenIDProvider(OpenIDConnectProvider):
    """The provider that ``GEN_OIDC_SERVEUR`` names."""

    id = "openid"
    name = "OpenID Connect"
    oauth2_adapter_class = OpenIDAdapter
    pkce_enabled_default = True

    def ask(self, request: HttpRequest, suite: str) -> HttpResponse:
        """Send the person to the provider, with a nonce that only this session knows."""
        nonce = get_random_string(32)
        reponse: HttpResponse = self.redirect(
            request,
            "login",
            next_url=suite or None,
            nonce=nonce,
            auth_params={**self.get_auth_params(), "nonce": nonce},
        )
        return reponse

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """Keep how the person was recognised, and nothing else about them."""
        return {"fort": is_strong(data["id_token"]), "acr": data["id_token"].get("acr", "")}

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Return the provider's own name for the person, which never changes."""
        return str(data["id_token"]["sub"])

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        """Read the name; ProConnect calls the surname « usual_name »."""
        dit = data["userinfo"]
        return {
            "email": dit.get("email"),
            "first_name": dit.get("given_name"),
            "last_name": dit.get("usual_name") or dit.get("family_name"),
        }

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        """Read the address, and whether the provider vouches for it."""
        dit = data["userinfo"]
        if not dit.get("email"):
            return []
        return [EmailAddress(email=dit["email"], verified=says_verified(dit), primary=True)]


provider_classes = [OpenIDProvider]
