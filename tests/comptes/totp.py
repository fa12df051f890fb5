"""A person's telephone, for tests: their application, their codes, their way through the pages."""

import re
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.test import Client

from comptes.models import Utilisateur
from socle import horloge
from socle.models import Courriel

MOT_DE_PASSE = "un-mot-de-passe-solide"


def enrol(personne: Utilisateur) -> str:
    """Give the person an application and recovery codes; return the application's secret."""
    secret = generate_totp_secret()
    TOTP.activate(personne, secret)
    RecoveryCodes.activate(personne)
    return secret


def code_now(secret: str, *, pas: int = 0) -> str:
    """Return what the application shows now, or ``pas`` steps of 30 s from now."""
    return format_hotp_value(hotp_value(secret, int(horloge.real_now().timestamp()) // 30 + pas))


def recovery_codes(personne: Utilisateur) -> list[str]:
    """Return the recovery codes that have not served."""
    return personne.authenticator_set.get(type="recovery_codes").wrap().get_unused_codes()


def mailed_code(email: str) -> str:
    """Return the code of the last mail sent to an address: it stands alone on its line."""
    courriel = Courriel.objects.filter(email=email, est_code=True).latest("cree_le")
    trouve = re.search(r"^([A-Z0-9]{4,}(?:-[A-Z0-9]+)*)$", courriel.texte, re.MULTILINE)
    assert trouve, courriel.texte
    return trouve[1]


def sign_in(client: Client, personne: Utilisateur) -> Any:
    """Sign in by password, as far as the password leads."""
    cache.clear()
    return client.post("/compte/login/", {"login": personne.email, "password": MOT_DE_PASSE}, follow=True)


def sign_in_fully(client: Client, personne: Utilisateur, secret: str) -> Any:
    """Sign in by password and by the application's code."""
    sign_in(client, personne)
    return client.post("/compte/second-facteur/authenticate/", {"code": code_now(secret)}, follow=True)
