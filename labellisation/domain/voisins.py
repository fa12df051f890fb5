"""The dossier before and the one after, in the order of the list that one comes from."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, RowRange, Window
from django.db.models.expressions import OrderBy
from django.db.models.functions import FirstValue, Lag, Lead, RowNumber
from django.utils.text import smart_split, unescape_string_literal

from candidatures.domain.echanges import unread_by_gen
from candidatures.models import Candidature
from labellisation.domain.delais import with_deadline
from labellisation.domain.file_instruction import file_of, to_instruct
from labellisation.domain.filtres import in_charge, read

#: The list of all dossiers, beside those of the file.
DOSSIERS = "dossiers"
#: What can be kept in an address beside the filters.
RECHERCHE, TRI, LISTE, MIENS, MESSAGES = "q", "tri", "liste", "mes_dossiers", "messages"
#: The columns by which the list of all dossiers is sorted.
TRIS = frozenset(
    {
        "reference",
        "intitule",
        "structure__raison_sociale",
        "region",
        "region__nom",
        "releve_examen__borne",
        "etat",
        "deposee_le",
        "echeance_le",
        "pk",
    }
)
TRI_PAR_DEFAUT = ("-deposee_le", "reference")
CHAMPS_RECHERCHE = ("reference", "intitule", "structure__raison_sociale")


@dataclass(frozen=True)
class Voisin:
    """A dossier to go to."""

    pk: uuid.UUID
    reference: str


@dataclass(frozen=True)
class Voisins:
    """The neighbours of a dossier; ``rang`` is 0 once the dossier has left the list."""

    precedent: Voisin | None
    suivant: Voisin | None
    rang: int
    nombre: int


def neighbours(user: Any, pk: uuid.UUID, params: Mapping[str, Any]) -> Voisins | None:
    """Return the neighbours of a dossier in the list that ``params`` names.

    ``params``: an address (``liste``, the filters, ``q``, ``tri``).

    A dossier that has left the list (its verdicts are given, somebody took it) is followed by the first
    of what remains. ``None`` for a list that this person does not have. One query, two once it has left.
    Source: R36: only what ``user`` may see is a neighbour.
    """
    liste = came_from(user, params)
    if liste is None:
        return None
    voisines: QuerySet[Any] = _around(liste, _order_of(liste))
    trouve = voisines.filter(soi=pk).values(
        "precedent", "precedente", "suivant", "suivante", "rang", "nombre"
    )
    if ligne := trouve.first():
        return Voisins(
            _voisin(ligne["precedent"], ligne["precedente"]),
            _voisin(ligne["suivant"], ligne["suivante"]),
            ligne["rang"],
            ligne["nombre"],
        )
    restes = list(liste.values_list("pk", "reference")[:1])
    return Voisins(None, Voisin(*restes[0]) if restes else None, 0, len(restes))


def came_from(user: Any, params: Mapping[str, Any]) -> QuerySet[Candidature] | None:
    """Return the dossiers of the list that an address names, in its order."""
    nom = params.get(LISTE, "")
    if nom == DOSSIERS:
        return _all_dossiers(user, params)
    filtres = read(params)
    listes = {liste.code: liste for liste in file_of(user, filtres)} if nom else {}
    return listes[nom].dossiers if nom in listes else None


def _all_dossiers(user: Any, params: Mapping[str, Any]) -> QuerySet[Candidature]:
    dossiers = read(params).keep(with_deadline(to_instruct(user)))
    if params.get(MIENS) == "oui":
        dossiers = dossiers.filter(in_charge(str(user.pk)))
    if params.get(MESSAGES) == "a_lire":
        dossiers = dossiers.filter(unread_by_gen(user))
    for mot in _words(str(params.get(RECHERCHE, ""))):
        cherche = Q()
        for champ in CHAMPS_RECHERCHE:
            cherche |= Q(**{f"{champ}__icontains": mot})
        dossiers = dossiers.filter(cherche)
    return dossiers.order_by(*_order(params))


def _words(recherche: str) -> Iterator[str]:
    """Split a search as the admin's list does: what stands between quotes is one word."""
    for mot in smart_split(recherche.strip()):
        cite = mot.startswith(("'", '"')) and mot[0] == mot[-1]
        yield unescape_string_literal(mot) if cite else mot


def _order(params: Mapping[str, Any]) -> tuple[str, ...]:
    demande = tuple(filter(None, str(params.get(TRI, "")).split(",")))
    connu = demande and all(colonne.removeprefix("-") in TRIS for colonne in demande)
    return demande if connu else TRI_PAR_DEFAUT


def _order_of(liste: QuerySet[Candidature]) -> list[OrderBy]:
    return [
        F(colonne.removeprefix("-")).desc() if colonne.startswith("-") else F(colonne).asc()
        for colonne in map(str, liste.query.order_by)
    ]


def _around(liste: QuerySet[Candidature], ordre: list[OrderBy]) -> QuerySet[Any]:
    """Add its neighbours to each row, and its own key: computed as they are, it filters after them."""
    return liste.order_by().annotate(
        soi=Window(FirstValue("pk"), order_by=ordre, frame=RowRange(start=0, end=0)),
        precedent=Window(Lag("pk"), order_by=ordre),
        precedente=Window(Lag("reference"), order_by=ordre),
        suivant=Window(Lead("pk"), order_by=ordre),
        suivante=Window(Lead("reference"), order_by=ordre),
        rang=Window(RowNumber(), order_by=ordre),
        nombre=Window(Count("pk")),
    )


def _voisin(pk: uuid.UUID | None, reference: str | None) -> Voisin | None:
    return Voisin(pk, reference) if pk is not None and reference is not None else None
