"""What an OpenID Connect provider says is believed only signed, for us, now, and in answer to us.

ProConnect answers userinfo with a signed JWT: it is verified like the identity token.
"""

from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.utils.crypto import constant_time_compare

#: Asymmetric only: neither "none" nor a secret that both sides know.
ALGORITHMES = ("RS256", "PS256", "ES256")
#: Seconds by which the provider's clock may differ from ours.
TOLERANCE = 30


def fetch_json(adresse: str) -> dict[str, Any]:
    """Read a document of the provider (configuration, keys)."""
    with get_adapter().get_requests_session() as session:
        reponse = session.get(adresse)
        reponse.raise_for_status()
        lu: dict[str, Any] = reponse.json()
    return lu


def verify(jeton: str, *, cles: dict[str, Any], emetteur: str, client: str) -> dict[str, Any]:
    """Return what a signed token says. Errors: ``OAuth2Error`` when anything about it is wrong."""
    try:
        entete = jwt.get_unverified_header(jeton)
        algorithme = entete.get("alg", "")
        if algorithme not in ALGORITHMES:
            raise OAuth2Error(f"token signed with {algorithme!r}")
        cle = jwt.PyJWKSet.from_dict(cles)[entete.get("kid", "")]
        dit: dict[str, Any] = jwt.decode(
            jeton,
            key=cle.key,
            algorithms=[algorithme],
            issuer=emetteur,
            audience=client,
            leeway=TOLERANCE,
            options={"require": ["iss", "aud", "exp", "sub"]},
        )
    except (jwt.PyJWTError, KeyError) as erreur:
        raise OAuth2Error("token refused") from erreur
    if isinstance(dit["aud"], list) and len(dit["aud"]) > 1 and dit.get("azp") != client:
        raise OAuth2Error("token made for several, and first of all for somebody else")
    return dit


def check_nonce(dit: dict[str, Any], attendu: str) -> None:
    """Refuse an identity token that does not answer the question of this very session."""
    if not attendu or not constant_time_compare(str(dit.get("nonce", "")), attendu):
        raise OAuth2Error("identity token with another nonce")


def is_strong(dit: dict[str, Any]) -> bool:
    """Tell whether the settings let this sign-in at the provider stand for our own second factor."""
    moyens = dit.get("amr") or []
    return dit.get("acr") in settings.GEN_OIDC_ACR_FORTS or bool(
        set(moyens if isinstance(moyens, list) else [moyens]) & set(settings.GEN_OIDC_AMR_FORTS)
    )


def says_verified(dit: dict[str, Any]) -> bool:
    """Tell whether the provider vouches for the address: it says so, or is known never to give another."""
    return dit.get("email_verified", settings.GEN_OIDC_COURRIEL_SUR) is True
