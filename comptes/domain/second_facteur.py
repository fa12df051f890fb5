"""The second factor of an account."""

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from comptes.models import Utilisateur

#: Recovery codes stand in for a factor; they are none by themselves.
FACTEURS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def factors_of(utilisateur: Utilisateur) -> "QuerySet[Authenticator]":
    """Return the applications and passkeys of a person, the oldest first."""
    return Authenticator.objects.filter(user=utilisateur, type__in=FACTEURS).order_by("created_at", "pk")


def has_second_factor(utilisateur: Utilisateur) -> bool:
    """Tell whether the person has enrolled a factor."""
    return factors_of(utilisateur).exists()
