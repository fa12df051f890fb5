"""Members of a structure: taken out by a responsable, or leaving by themselves."""

from django.db import transaction

from comptes.domain.acces import require_in
from comptes.models import Appartenance, RoleMembre, Structure, Utilisateur
from socle import horloge, journal
from socle.erreurs import ErreurMetier
from socle.journal import Visibilite
from socle.references import Acteur
from socle.transition import lock


class DernierResponsable(ErreurMetier):
    """A structure never ends without a responsable by the act of one of its members."""


@transaction.atomic
def remove_member(*, acteur: Acteur, appartenance: Appartenance) -> Appartenance:
    """End a membership, at once.

    Effects: the end date; event ``membre.retire``; an e-mail to the person. Errors: ``ActeurRefuse``;
    ``ErreurMetier`` for a membership already ended; ``DernierResponsable``.
    """
    structure = appartenance.structure
    # Two responsables removing each other wait for one another here: the second is none any more.
    lock(structure)
    require_in(acteur, "comptes.remove_member", structure)
    lock(appartenance)
    if appartenance.au is not None:
        raise ErreurMetier("Cette personne n’est déjà plus membre de la structure.")
    _check_not_last(appartenance)
    return _end(appartenance, "membre.retire", acteur)


@transaction.atomic
def leave_structure(*, acteur: Utilisateur, structure: Structure) -> Appartenance:
    """Leave a structure by oneself.

    Effects: the end date; event ``membre.parti``; an e-mail to the responsables who stay. Errors:
    ``ErreurMetier`` for somebody who is no member; ``DernierResponsable``, with what to do first.
    """
    lock(structure)
    appartenance = structure.appartenances.en_cours().filter(utilisateur=acteur).first()
    if appartenance is None:
        raise ErreurMetier("Vous n’êtes déjà plus membre de cette structure.")
    _check_not_last(appartenance)
    return _end(appartenance, "membre.parti", acteur)


def is_last_responsable(appartenance: Appartenance) -> bool:
    """Tell whether nobody else with an active account answers for the structure."""
    if appartenance.role != RoleMembre.RESPONSABLE:
        return False
    autres = appartenance.structure.appartenances.responsables().exclude(pk=appartenance.pk)
    return not autres.exists()


def _check_not_last(appartenance: Appartenance) -> None:
    if is_last_responsable(appartenance):
        raise DernierResponsable(
            "Une structure garde toujours un responsable. Transmettez d’abord ce rôle à un autre membre, "
            "ou invitez un autre responsable. S’il n’y a plus personne, écrivez à la GEN."
        )


def _end(appartenance: Appartenance, verbe: str, acteur: Acteur) -> Appartenance:
    appartenance.au = horloge.now()
    appartenance.save(update_fields=["au"])
    appartenance.utilisateur.forget_roles()
    if isinstance(acteur, Utilisateur):
        acteur.forget_roles()
    journal.record(
        verbe,
        sujet=appartenance,
        acteur=acteur,
        donnees={"utilisateur": str(appartenance.utilisateur_id)},
        visibilite=Visibilite.PORTEUR,
    )
    return appartenance
