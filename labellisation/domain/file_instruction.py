"""What waits for an instructor, list by list, the nearest date first (*Ma file*).

The lists, their counts, the cards of the home page and the neighbours of a dossier come from the same
conditions, so that a number always equals what stands behind it. No dossier is in two lists, that of the
messages apart.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Value, When

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
#: The step of scoring, one object for its two lists: what a step asks is computed once (``_code``).
A_NOTER = Q(etat=cycle_dossier.RECEVABLE)
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
    #: What makes one of them be in this list: what its step asks, shared by several lists, then its own.
    etape: Q
    propre: Q
    #: Whether the next act is this person's.
    attend_la_personne: bool = True

    @property
    def condition(self) -> Q:
        """What makes a dossier of the base be in this list."""
        return self.etape & self.propre

    @property
    def dossiers(self) -> QuerySet[Candidature]:
        """The dossiers of this list."""
        return self.base.filter(self.condition)


def deposited(user: Any) -> QuerySet[Candidature]:
    """Keep the dossiers that ``user`` may see, drafts left out whatever their roles."""
    return Candidature.objects.visible_to(user).exclude(etat=cycle_dossier.BROUILLON)


def to_instruct(user: Any) -> QuerySet[Candidature]:
    """Keep those on which ``user`` may work: an agent reads those of their own structures as a porteur does.

    What is decided, scored or said among instructors is not theirs to know before the notification (R36).
    """
    return deposited(user).exclude(structure__in=user.pks_structures)


def with_instructors(dossiers: QuerySet[Candidature]) -> QuerySet[Candidature]:
    """Join what a row of a list shows, in a constant number of queries."""
    return (
        en_liste(dossiers)
        .select_related("releve_examen")
        .prefetch_related(Prefetch("affectations", _en_charge(), "charges"))
    )


def as_rows(dossiers: QuerySet[Candidature]) -> QuerySet[Candidature]:
    """Read what a row of a long list shows, and nothing more: the nearest date, who is in charge."""
    charges = _en_charge().only(
        "tache", "candidature", "instructeur__prenom", "instructeur__nom", "instructeur__email"
    )
    return (
        with_deadline(dossiers)
        .select_related("structure", "region", "releve_examen")
        .only(*_COLONNES)
        .prefetch_related(Prefetch("affectations", charges, "charges"))
    )


_COLONNES = (
    "reference",
    "intitule",
    "etat",
    "deposee_le",
    "rejet_implicite_le",
    "structure__raison_sociale",
    "region__nom",
    "releve_examen__numero",
    "releve_examen__resultats_avant",
)


def _en_charge() -> QuerySet[Affectation]:
    charges = Affectation.objects.filter(retiree_le__isnull=True).select_related("instructeur")
    return charges.order_by("tache", "cree_le")


def file_of(user: Any, filtres: Filtres | None = None) -> list[Liste]:
    """Return the lists of this person; those of a task that is not theirs are left out."""
    tous = _filtered(deposited(user), filtres).order_by(*ORDRE)
    visibles = _in_play(tous, user)
    listes = []
    if user.a_role(Role.INSTRUCTEUR):
        examen = Q(etat__in=(cycle_dossier.DEPOSEE, cycle_dossier.EN_COMPLEMENT)) & _mine_or_free(user)
        listes += [_to_examine(visibles, examen), _received(visibles, examen), _expected(visibles, examen)]
        listes.append(_to_score(visibles, user))
    elif user.a_role(Role.DIRECTION):
        listes.append(_to_assign(visibles))
    return [*listes, _to_harmonise(visibles, user), _to_read(tous, user)]


def waiting(user: Any) -> int:
    """Return how many lines of the file wait for the person, messages left out, in one query."""
    attend = Q(pk__in=[])
    for liste in file_of(user):
        if liste.attend_la_personne and liste.code != MESSAGES:
            attend |= liste.condition
    return _in_play(deposited(user), user).filter(attend).count()


def to_read(user: Any) -> Liste:
    """Return the dossiers on which a message of the porteur waits for this person."""
    return _to_read(with_deadline(deposited(user)).order_by(*ORDRE), user)


def _to_read(tous: QuerySet[Candidature], user: Any) -> Liste:
    return Liste(
        MESSAGES,
        "Messages à lire",
        "Le porteur a écrit\u00a0: lisez son message et répondez-lui.",
        "Aucun message du porteur n’attend d’être lu.",
        tous,
        Q(),
        unread_by_gen(user),
    )


def _filtered(dossiers: QuerySet[Candidature], filtres: Filtres | None) -> QuerySet[Candidature]:
    dossiers = with_deadline(dossiers)
    return filtres.keep(dossiers) if filtres else dossiers


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
    dossiers = as_rows(Candidature.objects.filter(pk__in={pk for _, pk, _ in rangs}))
    par_pk = {candidature.pk: candidature for candidature in dossiers}
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
    """Return (list, dossier, count of its list) for the first dossiers of each, in their order.

    The window is written out around the query of the dossiers: built by the ORM, the conditions of the
    lists would be compiled, then computed, four times. So are they if the database filters by their result:
    what is in no list is dropped here.
    """
    if not listes:
        return []
    dossiers = listes[0].base.order_by()
    if len(listes) == 1:
        dossiers = dossiers.filter(listes[0].condition)
    code = Value(listes[0].code) if len(listes) == 1 else _code(listes)
    colonnes = {"cle": F("pk"), "liste": code, "echeance": F("echeance_le"), "depot": F("deposee_le")}
    sql, parametres = (
        dossiers.annotate(**colonnes).values_list(*colonnes, "reference").query.sql_with_params()
    )
    with connection.cursor() as curseur:
        curseur.execute(_RANGS.format(dossiers=sql), [*parametres, premiers])
        return [(liste, uuid.UUID(str(cle)), nombre) for liste, cle, nombre in curseur.fetchall() if liste]


def _code(listes: Sequence[Liste]) -> Case:
    """Return the expression that names the list of a dossier; what a step asks is computed once."""
    etapes: list[list[Liste]] = []
    for liste in listes:
        if etapes and etapes[-1][0].etape is liste.etape:
            etapes[-1].append(liste)
        else:
            etapes.append([liste])
    return Case(
        *(
            When(etape[0].etape, then=Case(*(When(liste.propre, then=Value(liste.code)) for liste in etape)))
            for etape in etapes
        ),
        output_field=CharField(),
    )


_RANGS = """
SELECT liste, cle, nombre FROM (
    SELECT liste, cle,
        row_number() OVER (PARTITION BY liste ORDER BY echeance, depot, reference) AS rang,
        count(*) OVER (PARTITION BY liste) AS nombre
    FROM ({dossiers}) dossiers
) rangs WHERE rang <= %s ORDER BY liste, rang
"""


# --- The lists -----------------------------------------------------------------------------------
def _to_examine(visibles: QuerySet[Candidature], examen: Q) -> Liste:
    return Liste(
        "a-examiner",
        "À examiner",
        "Un verdict sur chacun des dix critères, puis la déclaration.",
        "Aucun dossier n’attend votre examen.",
        visibles,
        examen,
        Q(etat=cycle_dossier.DEPOSEE) & ~_answered(),
    )


def _received(visibles: QuerySet[Candidature], examen: Q) -> Liste:
    return Liste(
        "complements-recus",
        "Compléments reçus",
        "Le porteur a répondu\u00a0: examinez la nouvelle version.",
        "Aucun complément reçu n’attend votre examen.",
        visibles,
        examen,
        Q(etat=cycle_dossier.DEPOSEE) & _answered(),
    )


def _expected(visibles: QuerySet[Candidature], examen: Q) -> Liste:
    return Liste(
        "complements-attendus",
        "Compléments attendus",
        "Rien à faire avant la réponse du porteur ou sa date limite.",
        "Aucune demande de compléments n’attend de réponse.",
        visibles,
        examen,
        Q(etat=cycle_dossier.EN_COMPLEMENT),
        attend_la_personne=False,
    )


def _to_score(visibles: QuerySet[Candidature], user: Any) -> Liste:
    soumises = _notations(instructeur=user, soumise_le__isnull=False)
    return Liste(
        "a-noter",
        "À noter",
        "Votre notation, sans voir l’autre, sur les six critères.",
        "Aucun dossier n’attend votre notation.",
        visibles,
        A_NOTER,
        (_in_charge(NOTE, user) | ~_has_both(_active(NOTE))) & ~_mine(soumises) & ~_both_submitted(),
    )


def _to_assign(visibles: QuerySet[Candidature]) -> Liste:
    return Liste(
        "a-affecter",
        "À affecter",
        "Personne n’est chargé de leur recevabilité.",
        "Chaque dossier à examiner a son instructeur.",
        visibles,
        Q(etat=cycle_dossier.DEPOSEE),
        without_instructor(),
    )


def _to_harmonise(visibles: QuerySet[Candidature], user: Any) -> Liste:
    """Both notations are in and the dossier has no score: only a gap holds it there (R21)."""
    condition = _both_submitted()
    if not user.a_role(Role.DIRECTION):
        condition &= _in_charge(NOTE, user)
    return Liste(
        "a-harmoniser",
        "Écarts à harmoniser",
        "Deux notations trop éloignées\u00a0: une troisième, convenue et motivée, donnera le score.",
        "Aucun écart n’attend d’harmonisation.",
        visibles,
        A_NOTER,
        condition,
    )


# --- What the lists ask of a dossier -------------------------------------------------------------
# What is one person's is a small set, read once. What is everybody's is asked of each dossier in play, by its
# index: they are few, and all that was ever examined is long.
def _mine(lignes: QuerySet[Any]) -> Q:
    return Q(pk__in=lignes.values("candidature"))


def _has(lignes: QuerySet[Any]) -> Q:
    return Q(Exists(lignes.filter(candidature=OuterRef("pk"))))


def _has_both(lignes: QuerySet[Any]) -> Q:
    """Both places of a scoring are taken."""
    siennes = lignes.filter(candidature=OuterRef("pk")).order_by().values("candidature")
    return Q(Exists(siennes.annotate(nombre=Count("pk")).filter(nombre__gte=NOTATIONS)))


def _active(tache: str) -> QuerySet[Affectation]:
    return Affectation.objects.filter(tache=tache, retiree_le__isnull=True)


def _notations(**conditions: Any) -> QuerySet[Notation]:
    return Notation.objects.filter(harmonisation=False, ecartee_le__isnull=True, **conditions)


def _both_submitted() -> Q:
    return _has_both(_notations(soumise_le__isnull=False))


def _in_charge(tache: str, user: Any) -> Q:
    return _mine(_active(tache).filter(instructeur=user))


def _mine_or_free(user: Any) -> Q:
    """The person is in charge, or nobody is: the first verdict takes the dossier."""
    return _in_charge(EXAMEN, user) | ~_has(_active(EXAMEN))


def _answered() -> Q:
    """The porteur answered a request for compléments."""
    return _has(DemandeComplements.objects.filter(repondue_le__isnull=False))
