"""What waits for an instructor, list by list, the nearest date first (*Ma file*).

The lists, their counts, the cards of the home page and the neighbours of a dossier come from the same
conditions, so that a number always equals what stands behind it. No dossier is in two lists, that of the
messages apart.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Count, F, Prefetch, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from candidatures import cycle as cycle_dossier
from candidatures.domain.echanges import unread_by_gen
from candidatures.domain.queries import en_liste
from candidatures.domain.repartition import without_instructor
from candidatures.models import Affectation, Candidature, DemandeComplements
from comptes.models import Role
from labellisation.domain.delais import with_deadline
from labellisation.domain.filtres import Filtres
from labellisation.domain.notation import NOTATIONS
from labellisation.models import Notation

EXAMEN = Affectation.Tache.RECEVABILITE
NOTE = Affectation.Tache.NOTATION
#: The list of messages, beside those of the steps.
MESSAGES = "messages"
#: The states that a step of the file can hold.
ETATS_FILE = (cycle_dossier.DEPOSEE, cycle_dossier.EN_COMPLEMENT, cycle_dossier.RECEVABLE)
#: Late first, then by date; between equals the first deposited.
ORDRE = ("echeance_le", "deposee_le", "reference")


@dataclass(frozen=True)
class Liste:
    """One list of the file: its anchor, its words, and the dossiers."""

    code: str
    titre: str
    consigne: str
    vide: str
    #: The dossiers that the person may see and that the filters keep, in the order of the file.
    base: QuerySet[Candidature]
    #: What makes one of them be in this list.
    condition: Q
    #: Whether the next act is this person's.
    attend_la_personne: bool = True

    @property
    def dossiers(self) -> QuerySet[Candidature]:
        """The dossiers of this list."""
        return self.base.filter(self.condition)


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


def file_of(user: Any, filtres: Filtres | None = None) -> list[Liste]:
    """Return the lists of this person; those of a task that is not theirs are left out."""
    visibles = _workable(user, filtres)
    listes = []
    if user.a_role(Role.INSTRUCTEUR):
        listes += [_to_examine(visibles, user), _received(visibles, user), _expected(visibles, user)]
        listes.append(_to_score(visibles, user))
    elif user.a_role(Role.DIRECTION):
        listes.append(_to_assign(visibles))
    return [*listes, _to_harmonise(visibles, user), to_read(user, filtres)]


def waiting(user: Any) -> int:
    """Return how many lines of the file wait for the person, messages left out, in one query."""
    attend = Q(pk__in=[])
    for liste in file_of(user):
        if liste.attend_la_personne and liste.code != MESSAGES:
            attend |= liste.condition
    return _in_play(deposited(user), user).filter(attend).count()


def to_read(user: Any, filtres: Filtres | None = None) -> Liste:
    """Return the dossiers on which a message of the porteur waits for this person."""
    return Liste(
        MESSAGES,
        "Messages à lire",
        "Le porteur a écrit\u00a0: lisez son message et répondez-lui.",
        "Aucun message du porteur n’attend d’être lu.",
        _filtered(deposited(user), filtres).order_by(*ORDRE),
        unread_by_gen(user),
    )


def _filtered(dossiers: QuerySet[Candidature], filtres: Filtres | None) -> QuerySet[Candidature]:
    dossiers = with_deadline(dossiers)
    return filtres.keep(dossiers) if filtres else dossiers


def _workable(user: Any, filtres: Filtres | None) -> QuerySet[Candidature]:
    return _filtered(_in_play(deposited(user), user), filtres).order_by(*ORDRE)


def _in_play(dossiers: QuerySet[Candidature], user: Any) -> QuerySet[Candidature]:
    """Keep the dossiers of a step, but for those of one's own structures: one can't act on them (R36)."""
    return dossiers.filter(etat__in=ETATS_FILE).exclude(structure__in=user.pks_structures)


# --- Counts and first screens, at once -----------------------------------------------------------
@dataclass(frozen=True)
class Apercu:
    """A list as the file shows it: how many, and the first ones."""

    liste: Liste
    nombre: int
    dossiers: list[Candidature]

    @property
    def autres(self) -> int:
        """How many are not shown."""
        return self.nombre - len(self.dossiers)


def overview(listes: Sequence[Liste], premiers: int) -> list[Apercu]:
    """Return each list with its count and its first dossiers, in four queries whatever their number."""
    etapes = [liste for liste in listes if liste.code != MESSAGES]
    lues = [liste for liste in listes if liste.code == MESSAGES]
    rangs = [*_ranks(etapes, premiers), *(rang for liste in lues for rang in _ranks([liste], premiers))]
    dossiers = with_deadline(Candidature.objects.filter(pk__in={pk for _, pk, _ in rangs}))
    par_pk = {candidature.pk: candidature for candidature in with_instructors(dossiers)}
    nombres = {code: nombre for code, _, nombre in rangs}
    return [
        Apercu(
            liste,
            nombres.get(liste.code, 0),
            [par_pk[pk] for code, pk, _ in rangs if code == liste.code and pk in par_pk],
        )
        for liste in listes
    ]


def _ranks(listes: Sequence[Liste], premiers: int) -> list[tuple[str, uuid.UUID, int]]:
    """Return (list, dossier, count of its list) for the first dossiers of each, in their order."""
    if not listes:
        return []
    ordre = [F(colonne).asc() for colonne in ORDRE]
    lesquelles = Q(pk__in=[])
    for liste in listes:
        lesquelles |= liste.condition
    code = Case(
        *(When(liste.condition, then=Value(liste.code)) for liste in listes), output_field=CharField()
    )
    rangs = (
        listes[0]
        .base.order_by()
        .filter(lesquelles)
        .annotate(
            liste=code,
            rang=Window(RowNumber(), partition_by=F("liste"), order_by=ordre),
            nombre=Window(Count("pk"), partition_by=F("liste")),
        )
        .filter(rang__lte=premiers)
        .order_by("liste", "rang")
    )
    return list(rangs.values_list("liste", "pk", "nombre"))


# --- The lists -----------------------------------------------------------------------------------
def _to_examine(visibles: QuerySet[Candidature], user: Any) -> Liste:
    return Liste(
        "a-examiner",
        "À examiner",
        "Un verdict sur chacun des dix critères, puis la déclaration.",
        "Aucun dossier n’attend votre examen.",
        visibles,
        Q(etat=cycle_dossier.DEPOSEE) & _mine_or_free(user) & ~_answered(),
    )


def _received(visibles: QuerySet[Candidature], user: Any) -> Liste:
    return Liste(
        "complements-recus",
        "Compléments reçus",
        "Le porteur a répondu\u00a0: examinez la nouvelle version.",
        "Aucun complément reçu n’attend votre examen.",
        visibles,
        Q(etat=cycle_dossier.DEPOSEE) & _mine_or_free(user) & _answered(),
    )


def _expected(visibles: QuerySet[Candidature], user: Any) -> Liste:
    return Liste(
        "complements-attendus",
        "Compléments attendus",
        "Rien à faire avant la réponse du porteur ou sa date limite.",
        "Aucune demande de compléments n’attend de réponse.",
        visibles,
        Q(etat=cycle_dossier.EN_COMPLEMENT) & _mine_or_free(user),
        attend_la_personne=False,
    )


def _to_score(visibles: QuerySet[Candidature], user: Any) -> Liste:
    prises = _counted(Affectation.objects.filter(tache=NOTE, retiree_le__isnull=True))
    soumises = _notations(instructeur=user, soumise_le__isnull=False)
    return Liste(
        "a-noter",
        "À noter",
        "Votre notation, sans voir l’autre, sur les six critères.",
        "Aucun dossier n’attend votre notation.",
        visibles,
        Q(etat=cycle_dossier.RECEVABLE)
        & (_in_charge(NOTE, user) | ~_among(prises))
        & ~_among(soumises)
        & ~_both_submitted(),
    )


def _to_assign(visibles: QuerySet[Candidature]) -> Liste:
    return Liste(
        "a-affecter",
        "À affecter",
        "Personne n’est chargé de leur recevabilité.",
        "Chaque dossier à examiner a son instructeur.",
        visibles,
        Q(etat=cycle_dossier.DEPOSEE) & without_instructor(),
    )


def _to_harmonise(visibles: QuerySet[Candidature], user: Any) -> Liste:
    """Both notations are in and the dossier has no score: only a gap holds it there (R21)."""
    condition = Q(etat=cycle_dossier.RECEVABLE) & _both_submitted()
    if not user.a_role(Role.DIRECTION):
        condition &= _in_charge(NOTE, user)
    return Liste(
        "a-harmoniser",
        "Écarts à harmoniser",
        "Deux notations trop éloignées\u00a0: une troisième, convenue et motivée, donnera le score.",
        "Aucun écart n’attend d’harmonisation.",
        visibles,
        condition,
    )


# Sets that do not depend on the row: the database reads each once, whatever the number of dossiers.
def _among(lignes: QuerySet[Any]) -> Q:
    return Q(pk__in=lignes.values("candidature"))


def _counted(lignes: QuerySet[Any]) -> QuerySet[Any]:
    """Keep the dossiers of which both places of a scoring are taken."""
    return lignes.order_by().values("candidature").annotate(nombre=Count("pk")).filter(nombre__gte=NOTATIONS)


def _notations(**conditions: Any) -> QuerySet[Notation]:
    return Notation.objects.filter(harmonisation=False, ecartee_le__isnull=True, **conditions)


def _both_submitted() -> Q:
    return _among(_counted(_notations(soumise_le__isnull=False)))


def _in_charge(tache: str, user: Any) -> Q:
    return _among(Affectation.objects.filter(tache=tache, retiree_le__isnull=True, instructeur=user))


def _mine_or_free(user: Any) -> Q:
    """The person is in charge, or nobody is: the first verdict takes the dossier."""
    prises = Affectation.objects.filter(tache=EXAMEN, retiree_le__isnull=True)
    return _in_charge(EXAMEN, user) | ~_among(prises)


def _answered() -> Q:
    """The porteur answered a request for compléments."""
    return _among(DemandeComplements.objects.filter(repondue_le__isnull=False))
