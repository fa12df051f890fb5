"""Who works on a dossier, and who must not (R36)."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from candidatures import cycle
from candidatures.domain.repartition import barred, lock_people
from candidatures.models import Affectation, Candidature, LienInteret
from candidatures.models.liens import forget_links
from comptes.domain.acces import require
from comptes.models import Role, Structure, Utilisateur
from socle import horloge, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, TransitionRefusee
from socle.references import Acteur
from socle.transition import lock


@transaction.atomic
def assign(*, candidature: Candidature, instructeur: Utilisateur, tache: str, acteur: Acteur) -> Affectation:
    """Put an instructor in charge of a task on a dossier; twice is once.

    Effects: the assignment, event ``candidature.affectee``. Errors: ``ActeurRefuse``;
    ``TransitionRefusee`` for a draft; ``DonneesInvalides`` for somebody who is no instructor or has a
    declared link with the dossier.
    """
    # People before dossiers: a declared link locks them in this order, by what follows from it.
    if instructeur != acteur:
        lock_people({instructeur.pk})
    lock(candidature)
    require(acteur, "candidatures.assign_candidature", candidature)
    if candidature.etat in (cycle.BROUILLON, cycle.SANS_SUITE):
        raise TransitionRefusee("Ce dossier n’est pas en cours d’examen.")
    _check_instructor(candidature, instructeur, tache)
    affectation, nouvelle = Affectation.objects.get_or_create(
        candidature=candidature, instructeur=instructeur, tache=tache, retiree_le=None
    )
    if nouvelle:
        _record("candidature.affectee", candidature, acteur, affectation)
    return affectation


def _check_instructor(candidature: Candidature, instructeur: Utilisateur, tache: str) -> None:
    if tache not in Affectation.Tache.values:
        raise DonneesInvalides({"tache": ["Cette tâche n’existe pas."]})
    if not instructeur.is_active or not instructeur.a_role(Role.INSTRUCTEUR):
        raise DonneesInvalides({"instructeur": ["Cette personne n’est pas instructrice."]})
    if barred([instructeur.pk], {candidature.pk: candidature.structure_id})[candidature.pk]:
        phrase = "Cette personne a déclaré un lien avec ce dossier, ou appartient à sa structure."
        raise DonneesInvalides({"instructeur": [phrase]})


@transaction.atomic
def unassign(*, affectation: Affectation, acteur: Acteur) -> Affectation:
    """Take an instructor off a task; twice is once.

    Effects: ``retiree_le``, event ``candidature.desaffectee``. Errors: ``ActeurRefuse``.
    """
    require(acteur, "candidatures.assign_candidature", affectation.candidature)
    return _withdraw(affectation, acteur)


@transaction.atomic
def declare_interest(
    *,
    personne: Utilisateur,
    structure: Structure | None = None,
    candidature: Candidature | None = None,
    motif: str = "",
) -> LienInteret:
    """Declare one's own link with a structure or a dossier: from now on it is hidden (R36).

    Effects: the link (again gives the same one), the person's tasks on the dossiers concerned are
    taken away, event ``interet.declare`` without the reason. Errors: ``DonneesInvalides`` unless
    exactly one of both is named; ``ActeurRefuse`` for somebody who works neither for GEN nor in the
    committee.
    """
    # Whoever gives dossiers to this person waits for the end of the declaration, or it waits for them.
    lock_people({personne.pk})
    if (structure is None) == (candidature is None):
        raise DonneesInvalides({"__all__": ["Un lien d’intérêt porte sur une structure ou sur un dossier."]})
    if not personne.a_role(Role.INSTRUCTEUR, Role.COMITE, Role.DIRECTION):
        raise ActeurRefuse("Cette déclaration est réservée à la GEN et au comité.")
    lien, nouveau = LienInteret.objects.get_or_create(
        personne=personne,
        structure=structure,
        candidature=candidature,
        leve_le=None,
        defaults={"motif": motif.strip()[:255]},
    )
    if nouveau:
        forget_links(personne)
        sujet: Any = candidature or structure
        journal.record("interet.declare", sujet=sujet, acteur=personne, donnees={"lien": lien.pk})
        for affectation in _assignments(personne, structure, candidature):
            _withdraw(affectation, personne)
    return lien


@transaction.atomic
def lift_interest(*, lien: LienInteret, acteur: Acteur) -> LienInteret:
    """Lift a declared link that has ended; twice is once.

    Effects: ``leve_le``, event ``interet.leve``. Errors: ``ActeurRefuse`` for anybody but the person
    or the direction.
    """
    lock(lien)
    if acteur != lien.personne and not acteur.a_role(Role.DIRECTION):
        raise ActeurRefuse("Seules la personne concernée et la direction lèvent un lien d’intérêt.")
    if lien.leve_le is None:
        lien.leve_le = horloge.now()
        lien.save(update_fields=["leve_le"])
        forget_links(lien.personne)
        if acteur == lien.personne:
            forget_links(acteur)
        sujet: Any = lien.candidature or lien.structure
        journal.record("interet.leve", sujet=sujet, acteur=acteur, donnees={"lien": lien.pk})
    return lien


def _assignments(
    personne: Utilisateur, structure: Structure | None, candidature: Candidature | None
) -> list[Affectation]:
    concernes = Q(candidature=candidature) if candidature else Q(candidature__structure=structure)
    actives = Affectation.objects.filter(concernes, instructeur=personne, retiree_le__isnull=True)
    return list(actives.select_related("candidature"))


def _withdraw(affectation: Affectation, acteur: Acteur) -> Affectation:
    lock(affectation)
    if affectation.retiree_le is None:
        affectation.retiree_le = horloge.now()
        affectation.save(update_fields=["retiree_le"])
        _record("candidature.desaffectee", affectation.candidature, acteur, affectation)
    return affectation


def _record(verbe: str, candidature: Candidature, acteur: Acteur, affectation: Affectation) -> None:
    journal.record(
        verbe,
        sujet=candidature,
        acteur=acteur,
        donnees={"instructeur": affectation.instructeur_id, "tache": affectation.tache},
    )
