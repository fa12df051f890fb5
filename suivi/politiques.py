"""Who sees what of the follow-up; registered by ``AppConfig.ready()``."""

from typing import Any

from django.db.models import Q

from comptes.models import Appartenance, Role
from socle import visibilite
from suivi.models import HabilitationOrganisme

RIEN = Q(pk__in=())
TOUT = ~RIEN


def register() -> None:
    """Register the filters of this app, and the training body's view of its labels."""
    visibilite.register("labellisation.label", "organisme", _authorized_labels)
    visibilite.register("suivi.session", "porteur", _porteur_sessions)
    visibilite.register("suivi.session", "organisme", _authorized_sessions)
    visibilite.register("suivi.session", "direction", _direction)
    visibilite.register("socle.echeance", "porteur", _own_obligations)
    visibilite.register("socle.echeance", "direction", _direction)


def _structures(user: Any) -> Any:
    return Appartenance.objects.en_cours().filter(utilisateur=user).values("structure")


def _authorized(user: Any) -> Any:
    return HabilitationOrganisme.objects.filter(
        retiree_le__isnull=True, structure__in=_structures(user)
    ).values("label")


def _authorized_labels(user: Any) -> Q:
    return Q(pk__in=_authorized(user)) if user.is_authenticated else RIEN


def _porteur_sessions(user: Any) -> Q:
    return Q(label__structure__in=_structures(user)) if user.is_authenticated else RIEN


def _authorized_sessions(user: Any) -> Q:
    return Q(label__in=_authorized(user)) if user.is_authenticated else RIEN


def _own_obligations(user: Any) -> Q:
    if not user.is_authenticated:
        return RIEN
    return Q(responsable_genre="comptes.structure", responsable_id__in=_structures(user))


def _direction(user: Any) -> Q:
    return TOUT if user.is_authenticated and user.a_role(Role.DIRECTION) else RIEN
