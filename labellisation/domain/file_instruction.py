"""What waits for an instructor, list by list, oldest deposit first (*Ma file*).

The lists, their counts and the cards of the home page come from the same querysets, so that a number
always equals what stands behind it.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from candidatures import cycle as cycle_dossier
from candidatures.domain.echanges import unread_by_gen
from candidatures.domain.queries import en_liste
from candidatures.models import Affectation, Candidature, DemandeComplements
from comptes.models import Role
from labellisation.domain.notation import NOTATIONS
from labellisation.models import Notation

EXAMEN = Affectation.Tache.RECEVABILITE
NOTE = Affectation.Tache.NOTATION
#: The list of messages, beside those of the steps.
MESSAGES = "messages"


@dataclass(frozen=True)
class Liste:
    """One list of the file: its anchor, its words, and the dossiers."""

    code: str
    titre: str
    consigne: str
    vide: str
    dossiers: QuerySet[Candidature]
    #: Whether the next act is this person's.
    attend_la_personne: bool = True


def deposited(user: Any) -> QuerySet[Candidature]:
    """Keep the dossiers that ``user`` may see, drafts left out whatever their roles."""
    return Candidature.objects.visible_to(user).exclude(etat=cycle_dossier.BROUILLON)


def with_instructors(dossiers: QuerySet[Candidature]) -> QuerySet[Candidature]:
    """Join what a row of a list shows, in a constant number of queries."""
    charges = Affectation.objects.filter(retiree_le__isnull=True).select_related("instructeur")
    return (
        en_liste(dossiers)
        .select_related("releve_examen")
        .prefetch_related(Prefetch("affectations", charges.order_by("tache", "cree_le"), "charges"))
    )


def file_of(user: Any) -> list[Liste]:
    """Return the lists of this person; those of a task that is not theirs are left out."""
    visibles = deposited(user).order_by("deposee_le", "reference")
    listes = []
    if user.a_role(Role.INSTRUCTEUR):
        listes += [_to_examine(visibles, user), _received(visibles, user), _expected(visibles, user)]
        listes.append(_to_score(visibles, user))
    elif user.a_role(Role.DIRECTION):
        listes.append(_to_assign(visibles))
    return [*listes, _to_harmonise(visibles, user), to_read(user)]


def waiting(user: Any) -> int:
    """Return how many lines of the file wait for the person, messages left out, in one query."""
    premiere, *autres = [
        liste.dossiers.order_by().values("pk")
        for liste in file_of(user)
        if liste.attend_la_personne and liste.code != MESSAGES
    ]
    return premiere.union(*autres, all=True).count()


def to_read(user: Any) -> Liste:
    """Return the dossiers on which a message of the porteur waits for this person."""
    return Liste(
        MESSAGES,
        "Messages à lire",
        "Le porteur a écrit\u00a0: lisez son message et répondez-lui.",
        "Aucun message du porteur n’attend d’être lu.",
        deposited(user).filter(unread_by_gen(user)).order_by("deposee_le", "reference"),
    )


def _to_examine(visibles: QuerySet[Candidature], user: Any) -> Liste:
    a_moi_ou_libre = Q(_in_charge(EXAMEN, user)) | ~Q(_in_charge(EXAMEN))
    return Liste(
        "a-examiner",
        "À examiner",
        "Un verdict sur chacun des dix critères, puis la déclaration.",
        "Aucun dossier n’attend votre examen.",
        visibles.filter(a_moi_ou_libre, etat=cycle_dossier.DEPOSEE).exclude(_answered()),
    )


def _received(visibles: QuerySet[Candidature], user: Any) -> Liste:
    return Liste(
        "complements-recus",
        "Compléments reçus",
        "Le porteur a répondu\u00a0: examinez la nouvelle version.",
        "Aucun complément reçu n’attend votre examen.",
        visibles.filter(
            Q(_in_charge(EXAMEN, user)) | ~Q(_in_charge(EXAMEN)), _answered(), etat=cycle_dossier.DEPOSEE
        ),
    )


def _expected(visibles: QuerySet[Candidature], user: Any) -> Liste:
    return Liste(
        "complements-attendus",
        "Compléments attendus",
        "Rien à faire avant la réponse du porteur ou sa date limite.",
        "Aucune demande de compléments n’attend de réponse.",
        visibles.filter(
            Q(_in_charge(EXAMEN, user)) | ~Q(_in_charge(EXAMEN)), etat=cycle_dossier.EN_COMPLEMENT
        ),
        attend_la_personne=False,
    )


def _to_score(visibles: QuerySet[Candidature], user: Any) -> Liste:
    soumise = _notations(instructeur=user, soumise_le__isnull=False)
    places_prises = (
        Affectation.objects.filter(candidature=OuterRef("pk"), tache=NOTE, retiree_le__isnull=True)
        .order_by()
        .values("candidature")
        .annotate(nombre=Count("pk"))
        .filter(nombre__gte=NOTATIONS)
    )
    return Liste(
        "a-noter",
        "À noter",
        "Votre notation, sans voir l’autre, sur les six critères.",
        "Aucun dossier n’attend votre notation.",
        visibles.filter(
            Q(_in_charge(NOTE, user)) | ~Q(Exists(places_prises)), etat=cycle_dossier.RECEVABLE
        ).exclude(Exists(soumise)),
    )


def _to_assign(visibles: QuerySet[Candidature]) -> Liste:
    return Liste(
        "a-affecter",
        "À affecter",
        "Personne n’est chargé de leur recevabilité.",
        "Chaque dossier à examiner a son instructeur.",
        visibles.filter(~Q(_in_charge(EXAMEN)), etat=cycle_dossier.DEPOSEE),
    )


def _to_harmonise(visibles: QuerySet[Candidature], user: Any) -> Liste:
    """Both notations are in and the dossier has no score: only a gap holds it there (R21)."""
    deux = (
        _notations(soumise_le__isnull=False)
        .order_by()
        .values("candidature")
        .annotate(nombre=Count("pk"))
        .filter(nombre__gte=NOTATIONS)
    )
    concernes = visibles.filter(Exists(deux), etat=cycle_dossier.RECEVABLE)
    if not user.a_role(Role.DIRECTION):
        concernes = concernes.filter(_in_charge(NOTE, user))
    return Liste(
        "a-harmoniser",
        "Écarts à harmoniser",
        "Deux notations trop éloignées\u00a0: une troisième, convenue et motivée, donnera le score.",
        "Aucun écart n’attend d’harmonisation.",
        concernes,
    )


def _notations(**conditions: Any) -> QuerySet[Notation]:
    return Notation.objects.filter(
        candidature=OuterRef("pk"), harmonisation=False, ecartee_le__isnull=True, **conditions
    )


def _in_charge(tache: str, user: Any = None) -> Exists:
    lignes = Affectation.objects.filter(candidature=OuterRef("pk"), tache=tache, retiree_le__isnull=True)
    return Exists(lignes.filter(instructeur=user) if user is not None else lignes)


def _answered() -> Q:
    """The porteur answered a request for compléments."""
    return Q(Exists(DemandeComplements.objects.filter(candidature=OuterRef("pk"), repondue_le__isnull=False)))
