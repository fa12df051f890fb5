"""Who sees what of the labelling; registered by ``AppConfig.ready()``."""

from typing import Any

from django.db.models import Q

from candidatures.politiques import hidden_by_links
from comptes.models import Role
from socle import visibilite
from socle.visibilite import RIEN, TOUT


def register() -> None:
    """Register the filters of this app, and the committee's view of dossiers."""
    visibilite.register("candidatures.candidature", "comite", _dossiers_of_committee, interne=True)
    visibilite.register("labellisation.seance", "membre", _convened, interne=True)
    visibilite.register("labellisation.seance", "direction", _direction, interne=True)
    visibilite.register("labellisation.convention", "porteur", _structure_member)
    visibilite.register("labellisation.convention", "direction", _direction)
    visibilite.register("labellisation.label", "porteur", _structure_member)
    visibilite.register("labellisation.label", "gen", _gen)
    visibilite.register_exclusion("labellisation.convention", "liens_interet", hidden_by_links)
    visibilite.register_exclusion("labellisation.label", "liens_interet", hidden_by_links)


def _dossiers_of_committee(user: Any) -> Q:
    """A member sees the dossiers on the agenda of the séances they are convened to."""
    if not (user.is_authenticated and user.a_role(Role.COMITE)):
        return RIEN
    return Q(pk__in=_inscriptions().filter(seance__participations__membre=user).values("candidature"))


def _inscriptions() -> Any:
    from labellisation.models import Inscription

    return Inscription.objects.filter(retiree_le__isnull=True)


def _convened(user: Any) -> Q:
    if not (user.is_authenticated and user.a_role(Role.COMITE)):
        return RIEN
    return Q(participations__membre=user)


def _direction(user: Any) -> Q:
    return TOUT if user.is_authenticated and user.a_role(Role.DIRECTION) else RIEN


def _gen(user: Any) -> Q:
    return TOUT if user.is_authenticated and user.a_role(Role.DIRECTION, Role.INSTRUCTEUR) else RIEN


def _structure_member(user: Any) -> Q:
    if not user.is_authenticated or not user.pks_structures:
        return RIEN
    return Q(structure__in=user.pks_structures)
