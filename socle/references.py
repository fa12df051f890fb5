"""References: how ``socle`` names people and things that live above it (kind + UUID)."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models


@dataclass(frozen=True)
class Reference:
    """A kind (``_meta.label_lower``, or a word such as ``systeme``) and an identifier."""

    genre: str
    id: uuid.UUID

    def __str__(self) -> str:
        return f"{self.genre}:{self.id}"


class Systeme:
    """The portal itself as an actor: tasks, reactions, seeders."""

    is_authenticated = True
    is_active = True

    def __str__(self) -> str:
        return "le portail"


SYSTEME = Systeme()
SANS_ID = uuid.UUID(int=0)
REFERENCE_SYSTEME = Reference("systeme", SANS_ID)

#: A person (``comptes.Utilisateur``), the portal, or a partner known by a reference only.
Acteur = Any


def reference(objet: models.Model) -> Reference:
    """Return the reference of an aggregate."""
    return Reference(objet._meta.label_lower, objet.pk)


def reference_acteur(acteur: Acteur) -> Reference:
    """Return the reference of whoever acts; a ``Reference`` passes through."""
    if isinstance(acteur, Systeme):
        return REFERENCE_SYSTEME
    if isinstance(acteur, Reference):
        return acteur
    return reference(acteur)


def read_key(valeur: Any) -> uuid.UUID | None:
    """Return the key that an address or a form writes; nothing for what is no key."""
    try:
        return uuid.UUID(str(valeur or ""))
    except ValueError:
        return None


def parse(texte: str) -> Reference:
    """Read ``str(reference)`` back; ``ValueError`` if it is not one."""
    genre, separateur, identifiant = texte.rpartition(":")
    if not separateur or not genre:
        raise ValueError(f"{texte!r} is not a reference")
    return Reference(genre, uuid.UUID(identifiant))


def resolve(ref: Reference) -> models.Model | None:
    """Return the object a reference names, or ``None`` if it is gone or not a model."""
    try:
        modele = apps.get_model(ref.genre)
    except (LookupError, ValueError):
        return None
    return modele._base_manager.filter(pk=ref.id).first()
