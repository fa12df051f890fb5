"""Secrets that the database must not hold in clear: the keys of the second factors."""

import base64

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def encrypt(texte: str) -> str:
    """Encrypt with the portal's present key."""
    return _vault().encrypt(texte.encode()).decode()


def decrypt(chiffre: str) -> str:
    """Decrypt what the present key or one of those before it has encrypted."""
    return _vault().decrypt(chiffre.encode()).decode()


def _vault() -> MultiFernet:
    return MultiFernet(
        [Fernet(_derive(cle)) for cle in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    )


def _derive(cle: str) -> bytes:
    kdf = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"gen.comptes.coffre")
    return base64.urlsafe_b64encode(kdf.derive(cle.encode()))
