"""What a person may do rests on two short lists, asked for on every page: both are read at once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connections, router
from django.utils import timezone

from comptes.models.structure import Structure
from socle import horloge

#: What rights rest on, and what the portal says of them.
_ROLE = ("id", "role", "region_code", "organisation", "du")
_MEMBRE = ("id", "role", "structure_id", "du")
_STRUCTURE = ("id", "raison_sociale", "siret")
_COLONNES = {"attribue": _ROLE, "membre": _MEMBRE, "structure": _STRUCTURE}
#: Written out: built by the ORM, this one query costs as much as the rest of a small page.
_REQUETE = f"""
SELECT {", ".join(f"{table}.{nom}" for table, noms in _COLONNES.items() for nom in noms)}
FROM comptes_utilisateur personne
LEFT JOIN comptes_roleattribue attribue ON attribue.utilisateur_id = personne.id
    AND attribue.du <= %(instant)s AND (attribue.au IS NULL OR attribue.au > %(instant)s)
LEFT JOIN comptes_appartenance membre ON membre.utilisateur_id = personne.id
    AND membre.du <= %(instant)s AND (membre.au IS NULL OR membre.au > %(instant)s)
LEFT JOIN comptes_structure structure ON structure.id = membre.structure_id
WHERE personne.id = %(personne)s
ORDER BY attribue.role, attribue.region_code, attribue.organisation, structure.raison_sociale, membre.id
"""


def read_rights(utilisateur: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the roles and the memberships (with their structures) that run now, in one query.

    Both lists are a few rows: their product is small. What their rows do not hold (the address of a
    structure, say) is read from the database when it is asked for.
    """
    modele_role = type(utilisateur)._meta.get_field("roles_attribues").related_model
    modele_membre = type(utilisateur)._meta.get_field("appartenances").related_model
    roles: dict[Any, Any] = {}
    membres: dict[Any, Any] = {}
    for ligne in _rows(utilisateur):
        role, suite = _take(modele_role, _ROLE, ligne)
        membre, suite = _take(modele_membre, _MEMBRE, suite)
        structure, _ = _take(Structure, _STRUCTURE, suite)
        if role is not None:
            role.utilisateur = utilisateur
            roles.setdefault(role.pk, role)
        if membre is not None:
            membre.utilisateur, membre.structure = utilisateur, structure
            membres.setdefault(membre.pk, membre)
    return tuple(roles.values()), tuple(membres.values())


def _rows(utilisateur: Any) -> list[tuple[Any, ...]]:
    connection = connections[router.db_for_read(type(utilisateur), instance=utilisateur)]
    valeurs = {
        "personne": utilisateur._meta.pk.get_db_prep_value(utilisateur.pk, connection),
        "instant": connection.ops.adapt_datetimefield_value(horloge.now()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_REQUETE, valeurs)
        return list(cursor.fetchall())


def _take(modele: Any, noms: Sequence[str], ligne: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
    """Return the row that the first values make, if the join found one, and the values left."""
    lues = dict(zip(noms, ligne, strict=False))
    suite = ligne[len(noms) :]
    if lues["id"] is None:
        return None, suite
    # A row is made of its columns in the model's own order.
    champs = [champ for champ in modele._meta.concrete_fields if champ.attname in lues]
    valeurs = [_as_python(champ, lues[champ.attname]) for champ in champs]
    return modele.from_db(None, [champ.attname for champ in champs], valeurs), suite


def _as_python(champ: Any, valeur: Any) -> Any:
    # SQLite keeps an instant without its zone: that of the connection.
    if isinstance(valeur, datetime) and timezone.is_naive(valeur):
        return valeur.replace(tzinfo=UTC)
    return champ.to_python(valeur)
