"""What hangs on an account of GEN or of the committee (``comptes.domain.attaches``)."""

from collections.abc import Iterator

from django.urls import reverse

from candidatures import cycle as cycle_dossier
from candidatures.models import Affectation, Candidature
from comptes.domain import attaches
from comptes.domain.attaches import Attache
from comptes.models import Role, Utilisateur
from labellisation import cycle
from labellisation.models import Seance
from socle.typographie import instant_paris, pluriel_fr

_VIVANTS = (cycle_dossier.DEPOSEE, cycle_dossier.EN_COMPLEMENT, cycle_dossier.RECEVABLE)


def register() -> None:
    """Register the assignments of an instructor and the séances of a member."""
    attaches.register("labellisation.affectations", _assignments)
    attaches.register("labellisation.seances", _seances)


def _assignments(personne: Utilisateur, lecteur: Utilisateur) -> Iterator[Attache]:
    """Dossiers to give to somebody else: by name to who may assign them, else how many there are."""
    charges = Affectation.objects.filter(
        instructeur=personne, retiree_le__isnull=True, candidature__etat__in=_VIVANTS
    )
    if not lecteur.a_role(Role.INSTRUCTEUR, Role.DIRECTION):
        if nombre := charges.count():
            yield Attache(
                f"{nombre} tâche{pluriel_fr(nombre)} d’instruction",
                "un instructeur ou la direction les confie à une autre personne.",
            )
        return
    visibles = charges.filter(candidature__in=Candidature.objects.visible_to(lecteur))
    for charge in visibles.select_related("candidature").order_by("candidature__reference", "tache"):
        yield Attache(
            f"{charge.candidature.reference}, {charge.get_tache_display().lower()}",
            "confiez cette tâche à une autre personne.",
            reverse("admin:instruction_affectations", args=[charge.candidature_id]),
        )


def _seances(personne: Utilisateur, lecteur: Utilisateur) -> Iterator[Attache]:
    a_venir = Seance.objects.filter(participations__membre=personne).exclude(etat=cycle.CLOSE)
    for seance in a_venir.order_by("tenue_le"):
        yield Attache(
            f"{seance.intitule}, {instant_paris(seance.tenue_le)}",
            "cette personne y est convoquée, vérifiez le quorum.",
            reverse("labellisation:seance", args=[seance.pk]) if lecteur.a_role(Role.DIRECTION) else "",
        )
