"""Who may see a structure: its members, and those who work at GEN. Upper apps may add theirs."""

from typing import Any

from django.db.models import Q

from comptes.models import ROLES_GEN, Appartenance
from socle import visibilite
from socle.visibilite import RIEN, TOUT


def register() -> None:
    """Register the filters of this app."""
    visibilite.register("comptes.structure", "membre", _members)
    visibilite.register("comptes.structure", "gen", _gen)


def _members(utilisateur: Any) -> Q:
    if not utilisateur.is_authenticated:
        return RIEN
    return Q(pk__in=Appartenance.objects.en_cours().filter(utilisateur=utilisateur).values("structure"))


def _gen(utilisateur: Any) -> Q:
    return TOUT if utilisateur.is_authenticated and utilisateur.a_role(*ROLES_GEN) else RIEN
