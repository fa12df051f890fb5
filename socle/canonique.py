"""One canonical JSON for everything that is fingerprinted: same data, same bytes, on any database."""

import hashlib
import json
from typing import Any

from socle.valeurs import plain


def canonical(donnees: Any) -> bytes:
    """Return ``donnees`` as canonical JSON: sorted keys, no spaces, UTF-8.

    Values are those of ``socle.valeurs``: dates, instants (UTC, with microseconds), UUIDs and
    references become text. Errors: ``ValueError`` for a float, which would not come back the same
    from every database, and for any other type.
    """
    try:
        valeurs = plain(donnees)
    except TypeError as erreur:
        raise ValueError(str(erreur)) from erreur
    return json.dumps(valeurs, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def frozen(donnees: Any) -> Any:
    """Return ``donnees`` as JSON reads it back: what a row keeps and what is fingerprinted agree."""
    return json.loads(canonical(donnees))


def fingerprint(donnees: Any) -> str:
    """Return the SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(donnees)).hexdigest()
