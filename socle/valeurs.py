"""Plain JSON values that come back from every database as they went in."""

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from socle.references import Reference

Json = Any


def utc_text(instant: datetime) -> str:
    """Return an aware instant in UTC, always with its microseconds."""
    if instant.tzinfo is None:
        raise TypeError("An instant of the journal is aware.")
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def plain(valeur: Any) -> Json:
    """Turn dates, identifiers and references into text, and refuse what JSON does not keep.

    Errors: ``TypeError`` for a float (databases do not agree on them: store integers) and for any
    other type; ``ValueError`` for characters that PostgreSQL refuses.
    """
    match valeur:
        case None | bool():
            return valeur
        case int():
            return int(valeur)
        case str():
            return _text(valeur)
        case datetime():
            return utc_text(valeur)
        case date():
            return valeur.isoformat()
        case uuid.UUID() | Reference():
            return str(valeur)
        case Mapping():
            return {_key(cle): plain(contenu) for cle, contenu in valeur.items()}
        case list() | tuple():
            return [plain(element) for element in valeur]
    raise TypeError(f"{type(valeur).__name__} does not go into the journal: {valeur!r}")


def _text(valeur: str) -> str:
    if "\x00" in valeur:
        raise ValueError("A text holds no NUL character.")
    # A lone surrogate is refused here too (UnicodeEncodeError is a ValueError).
    return valeur.encode().decode()


def _key(cle: Any) -> str:
    if not isinstance(cle, str):
        raise TypeError(f"A key of JSON is a text, not {cle!r}")
    return _text(cle)
