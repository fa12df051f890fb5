"""Who of its structure follows a dossier, and hands it over to a colleague: the porteur's own affair.

Being in charge opens no right: any member edits, any responsable deposits. It says whom what happens is
written to, and whom a colleague asks. GEN, the committee and the Régions never see it.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from candidatures import cycle
from candidatures.domain.queries import active_members
from candidatures.models import Candidature, EtatSection
from candidatures.sections import PAR_CODE, Section
from comptes.domain.acces import require_in
from comptes.models import Appartenance, Utilisateur
from socle import journal
from socle.erreurs import DonneesInvalides, TransitionRefusee
from socle.journal import Visibilite
from socle.references import Acteur
from socle.transition import lock

PLUS_MEMBRE = (
    "Cette personne n’est plus membre de la structure, ou son compte est fermé. "
    "Choisissez un membre de la structure dont le compte est actif."
)
RETIRE = "Ce dossier est retiré\u00a0: il n’y a plus rien à suivre."


@transaction.atomic
def transfer_candidature(*, candidature: Candidature, a: Utilisateur, acteur: Acteur) -> Candidature:
    """Hand a dossier over to an active member of its structure, or take it oneself; twice is once.

    Effects: ``suivie_par``, event ``candidature.transmise``, an e-mail to the person unless they took it.
    Errors: ``ActeurRefuse`` for anybody but a member; ``TransitionRefusee`` for a withdrawn dossier;
    ``DonneesInvalides`` (``a``) for somebody who cannot act for the structure now.
    """
    lock(candidature)
    require_in(acteur, "candidatures.transfer_candidature", candidature)
    if not is_followed(candidature):
        raise TransitionRefusee(RETIRE)
    if not active_members(candidature.structure).filter(utilisateur=a).exists():
        raise DonneesInvalides({"a": [PLUS_MEMBRE]})
    avant = candidature.suivie_par_id
    if avant == a.pk:
        return candidature
    candidature.suivie_par = a
    candidature.save(update_fields=["suivie_par"])
    journal.record(
        "candidature.transmise",
        sujet=candidature,
        acteur=acteur,
        donnees={"de": str(avant) if avant else None, "a": str(a.pk)},
        visibilite=Visibilite.PORTEUR,
    )
    return candidature


def is_followed(candidature: Candidature) -> bool:
    """Whether there is still something to follow: a dossier that is withdrawn is handed over to nobody."""
    return bool(candidature.etat != cycle.SANS_SUITE)


# --- Reading -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Equipier:
    """A member who may act on the dossier, and the last section that they saved."""

    personne: Utilisateur
    role: str
    suit: bool
    enregistree: EtatSection | None
    section: Section | None


@dataclass(frozen=True)
class Equipe:
    """Who works on a dossier; ``parti`` was in charge of it, and can't act for the structure any more."""

    membres: list[Equipier]
    parti: Utilisateur | None

    @property
    def suivie_par(self) -> Utilisateur | None:
        """Return who follows the dossier and can act."""
        return next((membre.personne for membre in self.membres if membre.suit), None)


def read_team(candidature: Candidature) -> Equipe:
    """Return who works on a dossier, in two queries, and a third when who followed it has left."""
    enregistrees = _last_saved(candidature)
    membres = [
        _teammate(ligne, candidature, enregistrees.get(ligne.utilisateur_id))
        for ligne in active_members(candidature.structure).order_by("utilisateur__nom", "utilisateur__prenom")
    ]
    present = candidature.suivie_par_id is None or any(membre.suit for membre in membres)
    return Equipe(
        membres=sorted(membres, key=lambda membre: not membre.suit),
        parti=None if present else candidature.suivie_par,
    )


def _teammate(ligne: Appartenance, candidature: Candidature, etat: EtatSection | None) -> Equipier:
    return Equipier(
        personne=ligne.utilisateur,
        role=ligne.get_role_display(),
        suit=ligne.utilisateur_id == candidature.suivie_par_id,
        enregistree=etat,
        section=PAR_CODE[etat.section] if etat else None,
    )


def _last_saved(candidature: Candidature) -> dict[object, EtatSection]:
    etats = candidature.etats_sections.filter(modifiee_par__isnull=False, modifiee_le__isnull=False)
    return {etat.modifiee_par_id: etat for etat in etats.order_by("modifiee_le", "pk")}


def with_follower(candidatures: QuerySet[Candidature]) -> QuerySet[Candidature]:
    """Join who follows each dossier, and whether they still can, in the query of the dossiers."""
    membre = Appartenance.objects.en_cours().filter(
        structure=OuterRef("structure"), utilisateur=OuterRef("suivie_par"), utilisateur__is_active=True
    )
    return candidatures.select_related("suivie_par").annotate(suivi_en_cours=Exists(membre))
