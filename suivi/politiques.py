"""Who sees what of the follow-up; registered by ``AppConfig.ready()``."""

from typing import Any

from django.db.models import Q

from candidatures.domain.attentes import DEPOT
from candidatures.models.liens import declared_links
from candidatures.politiques import hidden_by_links
from comptes.models import Role
from socle import visibilite
from socle.visibilite import RIEN, TOUT
from suivi.models import HabilitationOrganisme


def register() -> None:
    """Register the filters of this app, and the training body's view of its labels."""
    visibilite.register("labellisation.label", "organisme", _authorized_labels)
    visibilite.register("suivi.session", "porteur", _porteur_sessions)
    visibilite.register("suivi.session", "organisme", _authorized_sessions)
    visibilite.register("suivi.session", "gen", _gen)
    visibilite.register("socle.echeance", "porteur", _own_obligations)
    visibilite.register("socle.echeance", "direction", _obligations)
    visibilite.register("suivi.reclamation", "direction", _direction)
    visibilite.register_exclusion("suivi.reclamation", "liens_interet", _hidden_sessions)
    visibilite.register_exclusion("suivi.session", "liens_interet", _hidden_sessions)
    visibilite.register_exclusion("socle.echeance", "liens_interet", _hidden_obligations)


def _hidden_sessions(user: Any) -> Q:
    """A declared link hides the sessions of the dossier or of the structure, and the complaints (R36)."""
    return hidden_by_links(user, dossier="label__candidature", structure="label__structure")


def _hidden_obligations(user: Any) -> Q:
    """A declared link hides the obligations of the dossier or of the structure (R36)."""
    if not user.is_authenticated or not user.roles_actifs:
        return RIEN
    liens = declared_links(user)
    if not liens.dossiers and not liens.structures:
        return RIEN
    return Q(chaine__in=[f"dossier:{dossier}" for dossier in liens.dossiers]) | Q(
        responsable_genre="comptes.structure", responsable_id__in=liens.structures
    )


def _is_member(user: Any) -> bool:
    return bool(user.is_authenticated and user.pks_structures)


def _authorized(user: Any) -> Any:
    return HabilitationOrganisme.objects.filter(
        retiree_le__isnull=True, structure__in=user.pks_structures
    ).values("label")


def followed_labels(user: Any) -> Q:
    """Return the labels that a person follows for their own structures: as porteur or as body."""
    return Q(structure__in=user.pks_structures) | Q(pk__in=_authorized(user))


def acted_labels(user: Any) -> Q:
    """Return the labels that a list shows: those of other structures of the person's are left out.

    A label that two of their structures follow (one as porteur, one as body) is in both lists.
    """
    autres = user.autres_structures
    if not autres:
        return TOUT
    return _followed_by([user.structure_courante.pk]) | ~_followed_by(autres)


def _followed_by(structures: Any) -> Q:
    habilitations = HabilitationOrganisme.objects.filter(retiree_le__isnull=True, structure__in=structures)
    return Q(structure__in=structures) | Q(pk__in=habilitations.values("label"))


def _authorized_labels(user: Any) -> Q:
    return Q(pk__in=_authorized(user)) if _is_member(user) else RIEN


def _porteur_sessions(user: Any) -> Q:
    return Q(label__structure__in=user.pks_structures) if _is_member(user) else RIEN


def _authorized_sessions(user: Any) -> Q:
    return Q(label__in=_authorized(user)) if _is_member(user) else RIEN


def _own_obligations(user: Any) -> Q:
    if not _is_member(user):
        return RIEN
    return Q(responsable_genre="comptes.structure", responsable_id__in=user.pks_structures)


def _obligations(user: Any) -> Q:
    """All but what is expected of a draft, which would tell that it exists: its structure alone knows."""
    return ~Q(genre=DEPOT) if user.is_authenticated and user.a_role(Role.DIRECTION) else RIEN


def _gen(user: Any) -> Q:
    """Instructors follow a session without a name of its list (``suivi.read_learners``)."""
    return TOUT if user.is_authenticated and user.a_role(Role.DIRECTION, Role.INSTRUCTEUR) else RIEN


def _direction(user: Any) -> Q:
    return TOUT if user.is_authenticated and user.a_role(Role.DIRECTION) else RIEN
