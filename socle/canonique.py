"""One canonical JSON for everything that is fingerprinted: same data, same bytes, on any database."""

import hashlib
import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder


def canonical(donnees: Any) -> bytes:
    """Return ``donnees`` as canonical JSON: sorted keys, no spaces, UTF-8.

    Dates, instants and UUIDs are written as text. A float is refused (``ValueError``): it would not
    come back the same from every database.
    """
    _refuse_floats(donnees)
    texte = json.dumps(
        donnees, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return texte.encode()


def frozen(donnees: Any) -> Any:
    """Return ``donnees`` as JSON reads it back: what a row keeps and what is fingerprinted agree."""
    return json.loads(canonical(donnees))


def fingerprint(donnees: Any) -> str:
    """Return the SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(donnees)).hexdigest()


def _refuse_floats(donnees: Any) -> None:
    if isinstance(donnees, float):
        raise ValueError("a float can't be fingerprinted: use an integer of a smaller unit")
    if isinstance(donnees, dict):
        for valeur in donnees.values():
            _refuse_floats(valeur)
    elif isinstance(donnees, list | tuple):
        for valeur in donnees:
            _refuse_floats(valeur)
