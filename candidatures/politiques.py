"""Who may see a dossier, its files and its receipts: registered once, applied everywhere."""

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from candidatures import cycle
from candidatures.domain.echanges import POLITIQUE_MESSAGE
from candidatures.domain.edition import COPIE, DOSSIER
from candidatures.domain.pieces import POLITIQUE_PIECE
from candidatures.models import Candidature, Message
from candidatures.models.liens import declared_links
from comptes.models import Role
from socle import fichiers, visibilite
from socle.models import Fichier
from socle.references import Reference, resolve
from socle.visibilite import RIEN

MODELE = "candidatures.candidature"
POLITIQUE_RECU = "candidatures.recu"

_DEPOSE = ~Q(etat=cycle.BROUILLON)


def register() -> None:
    """Register the filters, the exclusion and the file policies of this app."""
    visibilite.register(MODELE, "membres", _members)
    visibilite.register(MODELE, "instructeurs", _instructors)
    visibilite.register(MODELE, "direction", _direction)
    visibilite.register(MODELE, "regions", _regions)
    visibilite.register_exclusion(MODELE, "liens_interet", _conflicts)
    fichiers.register_policy(POLITIQUE_PIECE, reads_dossier)
    fichiers.register_policy(POLITIQUE_RECU, reads_receipt)
    fichiers.register_policy(DOSSIER, reads_dossier)
    fichiers.register_policy(COPIE, reads_working_copy)
    fichiers.register_policy(POLITIQUE_MESSAGE, reads_message)


def _known(utilisateur: Any) -> bool:
    return bool(utilisateur.is_authenticated and utilisateur.is_active)


def _members(utilisateur: Any) -> Q:
    """Members see every dossier of their structures, drafts included."""
    if not _known(utilisateur) or not utilisateur.appartenances_actives:
        return RIEN
    return Q(structure__in=utilisateur.pks_structures)


def _instructors(utilisateur: Any) -> Q:
    return _DEPOSE if _known(utilisateur) and utilisateur.a_role(Role.INSTRUCTEUR) else RIEN


def _direction(utilisateur: Any) -> Q:
    return _DEPOSE if _known(utilisateur) and utilisateur.a_role(Role.DIRECTION) else RIEN


def _regions(utilisateur: Any) -> Q:
    """A Région sees what is deposited on its territory (R35)."""
    codes = utilisateur.codes_regions if _known(utilisateur) else frozenset()
    return _DEPOSE & Q(region__in=sorted(codes)) if codes else RIEN


def _conflicts(utilisateur: Any) -> Q:
    return hidden_by_links(utilisateur, dossier="pk")


def hidden_by_links(utilisateur: Any, *, dossier: str = "candidature", structure: str = "structure") -> Q:
    """Return what a declared link hides, whatever role would show it (R36).

    ``dossier`` and ``structure``: the fields that name them in the rows of the caller.
    """
    if not _known(utilisateur) or not utilisateur.roles_actifs:
        return RIEN
    liens = declared_links(utilisateur)
    conditions = [Q(**{f"{dossier}__in": liens.dossiers})] if liens.dossiers else []
    if liens.structures:
        conditions.append(Q(**{f"{structure}__in": liens.structures}))
    return reduce(or_, conditions) if conditions else RIEN


def reads_dossier(utilisateur: Any, fichier: Fichier) -> bool:
    """A file of a dossier is read by whoever sees the dossier."""
    return _visible(utilisateur, fichier.proprietaire)


def reads_receipt(utilisateur: Any, fichier: Fichier) -> bool:
    """A receipt is read by the structure's members and by GEN, not by the Région nor the committee."""
    if not _known(utilisateur) or not _visible(utilisateur, fichier.proprietaire):
        return False
    candidature: Any = resolve(fichier.proprietaire)
    return bool(
        utilisateur.role_dans(candidature.structure) or utilisateur.a_role(Role.INSTRUCTEUR, Role.DIRECTION)
    )


def reads_working_copy(utilisateur: Any, fichier: Fichier) -> bool:
    """The PDF of what is not deposited is the structure's alone, even once the dossier is deposited."""
    if not _known(utilisateur) or not _visible(utilisateur, fichier.proprietaire):
        return False
    candidature: Any = resolve(fichier.proprietaire)
    return bool(utilisateur.role_dans(candidature.structure))


def reads_message(utilisateur: Any, fichier: Fichier) -> bool:
    """A file of a message is read by both sides of the dossier: its members, and GEN's people."""
    message = resolve(fichier.proprietaire)
    return (
        isinstance(message, Message)
        and _known(utilisateur)
        and bool(utilisateur.has_perm("candidatures.read_messages", message.candidature))
    )


def _visible(utilisateur: Any, proprietaire: Reference) -> bool:
    if proprietaire.genre != MODELE:
        return False
    return Candidature.objects.visible_to(utilisateur).filter(pk=proprietaire.id).exists()
