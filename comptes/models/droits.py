"""What a person may do rests on two short lists, asked for on every page: both are read at once."""

from typing import Any

from django.db.models import Field, FilteredRelation, Model

from comptes.models.periode import q_en_cours
from comptes.models.structure import Structure


def read_rights(utilisateur: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return the roles and the memberships (with their structures) that run now, in one query.

    Both lists are a few rows: their product is small.
    """
    roles_attribues = type(utilisateur)._meta.get_field("roles_attribues").related_model
    appartenances = type(utilisateur)._meta.get_field("appartenances").related_model
    lignes = (
        type(utilisateur)
        ._base_manager.filter(pk=utilisateur.pk)
        .annotate(
            role=FilteredRelation("roles_attribues", condition=q_en_cours("roles_attribues__")),
            membre=FilteredRelation("appartenances", condition=q_en_cours("appartenances__")),
        )
        .order_by(
            "role__role",
            "role__region_code",
            "role__organisation",
            "membre__structure__raison_sociale",
            "membre__pk",
        )
        .values_list(
            *(f"role__{champ.attname}" for champ in _columns(roles_attribues)),
            *(f"membre__{champ.attname}" for champ in _columns(appartenances)),
            *(f"membre__structure__{champ.attname}" for champ in _columns(Structure)),
        )
    )
    roles: dict[Any, Any] = {}
    membres: dict[Any, Any] = {}
    for ligne in lignes:
        role, ligne = _take(roles_attribues, ligne)
        membre, ligne = _take(appartenances, ligne)
        structure, _ = _take(Structure, ligne)
        if role is not None:
            roles.setdefault(role.pk, role)
        if membre is not None and membre.pk not in membres:
            membre.structure = structure
            membres[membre.pk] = membre
    return tuple(roles.values()), tuple(membres.values())


def _columns(modele: Any) -> "tuple[Field, ...]":
    return tuple(modele._meta.concrete_fields)


def _take(modele: Any, ligne: tuple[Any, ...]) -> tuple[Model | None, tuple[Any, ...]]:
    """Return the row that the first values make, if the join found one, and the values left."""
    colonnes = _columns(modele)
    valeurs, suite = ligne[: len(colonnes)], ligne[len(colonnes) :]
    if valeurs[[champ.primary_key for champ in colonnes].index(True)] is None:
        return None, suite
    return modele.from_db(None, [champ.attname for champ in colonnes], valeurs), suite
