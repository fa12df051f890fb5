"""The journal: append-only events in chains linked by their hashes (DESIGN, mechanism 2).

An event is written in the transaction of the act, its chain's head row locked while it grows, and
its reactions run before ``record`` returns. The database refuses to change or remove a row
(``socle.gardes``); :func:`verify` recomputes everything. ``donnees`` names people by id only.
"""

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection, models, transaction
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast
from django.db.transaction import TransactionManagementError

from socle import gardes, horloge, reactions
from socle.models import Chaine, Evenement
from socle.references import Acteur, Reference, reference, reference_acteur, resolve
from socle.valeurs import plain, utc_text
from socle.visibilite import Visibilite as Visibilite

#: The chain of what belongs to no dossier and no structure.
PORTAIL = "portail"
#: From so many chains on, their heads are locked and written together.
NOMBREUSES = 10

guards_present = gardes.guards_present


@dataclass(frozen=True)
class Entree:
    """An event to write: the arguments of :func:`record`, for :func:`record_many`."""

    verbe: str
    sujet: models.Model | Reference
    acteur: Acteur
    donnees: dict[str, Any] = field(default_factory=dict)
    chaine: str | None = None
    visibilite: str = Visibilite.GEN
    instant: datetime | None = None


# --- Writing -------------------------------------------------------------------------------
def record(
    verbe: str,
    *,
    sujet: models.Model | Reference,
    acteur: Acteur,
    donnees: dict[str, Any] | None = None,
    chaine: str | None = None,
    visibilite: str = Visibilite.GEN,
    instant: datetime | None = None,
) -> Evenement:
    """Append one event to its chain (by default ``sujet.chaine_journal``) and run its reactions.

    Effects: an ``Evenement``, the chain's head, whatever the reactions do. Errors:
    ``TransactionManagementError`` outside a transaction, ``TypeError`` for data that JSON does not
    keep, and what a reaction raises.
    """
    entree = Entree(verbe, sujet, acteur, donnees or {}, chaine, visibilite, instant)
    return record_many([entree])[0]


def record_many(entries: Iterable[Entree]) -> list[Evenement]:
    """Append events in bulk, in their order within each chain, then run their reactions in order.

    Effects and errors: those of :func:`record`. Chains are locked in one order, so that two bulks
    never wait for each other.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("An event is recorded in the transaction of its act.")
    entrees = list(entries)
    evenements = [_prepare(entree) for entree in entrees]
    chaines: dict[str, list[Evenement]] = defaultdict(list)
    for evenement in evenements:
        chaines[evenement.chaine].append(evenement)
    if len(chaines) < NOMBREUSES or not _append_at_once(chaines):
        for chaine in sorted(chaines):
            _append(_lock_head(chaine), chaines[chaine])
    for entree, evenement in zip(entrees, evenements, strict=True):
        reactions.react(evenement, entree.sujet)
    return evenements


def _append_at_once(chaines: dict[str, list[Evenement]]) -> bool:
    """Append to many chains in four queries; tell whether it could: a chain to begin is begun in its turn."""
    if Chaine.objects.filter(pk__in=chaines).count() < len(chaines):
        return False
    heads = list(Chaine.objects.select_for_update().filter(pk__in=chaines).order_by("pk"))
    for head in heads:
        _link(head, chaines[head.pk])
    evenements = [evenement for head in heads for evenement in chaines[head.pk]]
    Evenement.objects.bulk_create(evenements, batch_size=500)
    Chaine.objects.bulk_update(heads, ["numero", "empreinte"], batch_size=500)
    return True


def _insert(modele: type[models.Model], rows: Sequence[models.Model]) -> None:
    modele._base_manager.bulk_create(rows, batch_size=500)


def append_without_reactions(
    evenements: Iterable[Evenement],
    *,
    insert: Callable[[type[models.Model], Sequence[models.Model]], None] = _insert,
) -> int:
    """Append prepared events in bulk, in their order within each chain; return how many.

    For rows that arrive with everything that follows from them (the copies of ``manage.py
    populate``). Effects: numbers, links, hashes and heads, as :func:`record_many`; no reaction runs.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("An event is recorded in the transaction of its act.")
    chaines: dict[str, list[Evenement]] = defaultdict(list)
    for evenement in evenements:
        chaines[evenement.chaine].append(evenement)
    connues = {
        head.pk: head
        for head in Chaine.objects.select_for_update().filter(pk__in=list(chaines)).order_by("pk")
    }
    nouvelles = [Chaine(pk=chaine) for chaine in sorted(chaines) if chaine not in connues]
    for head in (*connues.values(), *nouvelles):
        _link(head, chaines[head.pk])
    rows = [evenement for chaine in chaines.values() for evenement in chaine]
    insert(Evenement, rows)
    for head in connues.values():
        head.save(update_fields=["numero", "empreinte"])
    # Somebody else may have begun a chain meanwhile: the unique key refuses all, nothing is lost.
    insert(Chaine, nouvelles)
    return len(rows)


def hold(*chaines: str) -> None:
    """Lock chains before the rows of an act that is not already inside one of their events.

    Events lock their chain, then their reactions lock rows: an act that starts with a row takes the
    chain first by this, so that nobody waits in a ring (PostgreSQL).
    """
    for chaine in sorted(set(chaines)):
        _lock_head(chaine)


def _prepare(entree: Entree) -> Evenement:
    sujet = entree.sujet if isinstance(entree.sujet, Reference) else reference(entree.sujet)
    acteur = reference_acteur(entree.acteur)
    return Evenement(
        chaine=entree.chaine or _default_chain(entree.sujet),
        verbe=entree.verbe,
        sujet_genre=sujet.genre,
        sujet_id=sujet.id,
        acteur_genre=acteur.genre,
        acteur_id=acteur.id,
        donnees=plain(entree.donnees),
        visibilite=Visibilite(entree.visibilite).value,
        instant=(entree.instant or horloge.now()).astimezone(UTC),
        heure_reelle=horloge.real_now(),
    )


def _default_chain(sujet: models.Model | Reference) -> str:
    objet = resolve(sujet) if isinstance(sujet, Reference) else sujet
    return getattr(objet, "chaine_journal", PORTAIL)


def _lock_head(chaine: str) -> Chaine:
    heads = Chaine.objects.select_for_update()
    head = heads.filter(pk=chaine).first()
    if head is None:
        # Two first events at once: the second waits here for the first, then finds its row.
        Chaine.objects.bulk_create([Chaine(pk=chaine)], ignore_conflicts=True)
        head = heads.get(pk=chaine)
    return head


def _append(head: Chaine, evenements: Sequence[Evenement]) -> None:
    _link(head, evenements)
    Evenement.objects.bulk_create(evenements, batch_size=500)
    head.save(update_fields=["numero", "empreinte"])


def _link(head: Chaine, evenements: Sequence[Evenement]) -> None:
    for evenement in evenements:
        evenement.numero = head.numero + 1
        evenement.precedent = head.empreinte
        evenement.empreinte = fingerprint(evenement)
        head.numero, head.empreinte = evenement.numero, evenement.empreinte


# --- Hashing -------------------------------------------------------------------------------
def fingerprint(evenement: Evenement) -> str:
    """Return the SHA-256 of every other column, the previous hash included, as canonical JSON."""
    columns = {
        "id": str(evenement.id),
        "chaine": evenement.chaine,
        "numero": evenement.numero,
        "verbe": evenement.verbe,
        "sujet": [evenement.sujet_genre, str(evenement.sujet_id)],
        "acteur": [evenement.acteur_genre, str(evenement.acteur_id)],
        "donnees": evenement.donnees,
        "visibilite": evenement.visibilite,
        "instant": utc_text(evenement.instant),
        "heure_reelle": utc_text(evenement.heure_reelle),
        "precedent": evenement.precedent,
    }
    text = json.dumps(columns, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


# --- Reading -------------------------------------------------------------------------------
def timeline(chaine: str, *, visibilites: Iterable[str]) -> QuerySet[Evenement]:
    """Return the events of a chain that readers of these visibilities may see, oldest first."""
    return Evenement.objects.filter(chaine=chaine, visibilite__in=list(visibilites)).order_by("numero")


# --- Verifying -----------------------------------------------------------------------------
@dataclass
class RapportJournal:
    """What :func:`verify` found, in sentences for the operator."""

    chaines: int = 0
    evenements: int = 0
    problemes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether the journal is whole."""
        return not self.problemes


def verify() -> RapportJournal:
    """Recompute every chain, row by row without holding them all, and check heads and guards.

    A chain that looks wrong is read again under its lock: it may have grown meanwhile.
    """
    rapport = RapportJournal(problemes=[f"Garde absente\u00a0: {nom}." for nom in gardes.missing()])
    heads = {head.pk: (head.numero, head.empreinte) for head in Chaine.objects.iterator()}
    suspects = set(heads)
    for lecture in _read_chains(Evenement.objects.all()):
        rapport.chaines += 1
        rapport.evenements += lecture.lus
        suspects.discard(lecture.chaine)
        if lecture.problems(heads.get(lecture.chaine)):
            suspects.add(lecture.chaine)
    for chaine in sorted(suspects):
        rapport.problemes += _verify_locked(chaine)
    return rapport


def _verify_locked(chaine: str) -> list[str]:
    with transaction.atomic():
        head = Chaine.objects.select_for_update().filter(pk=chaine).first()
        lectures = list(_read_chains(Evenement.objects.filter(chaine=chaine)))
        lecture = lectures[0] if lectures else _Lecture(chaine)
        return lecture.problems((head.numero, head.empreinte) if head else None)


class _Lecture:
    """One chain, while it is read: keeps the link, not the rows."""

    def __init__(self, chaine: str) -> None:
        self.chaine = chaine
        self.lus = 0
        self._numero = 0
        self._empreinte = ""
        self._problemes: list[str] = []

    def take(self, row: dict[str, Any]) -> None:
        """Check one row against the one before it."""
        self.lus += 1
        numero = row["numero"]
        lieu = f"Chaîne {self.chaine}, n°\u00a0{numero}"
        if numero != self._numero + 1:
            self._problemes.append(f"{lieu}\u00a0: le n°\u00a0{self._numero + 1} manque.")
        elif row["precedent"] != self._empreinte:
            self._problemes.append(f"{lieu}\u00a0: le lien avec l’événement précédent est rompu.")
        if _recomputed(row) != row["empreinte"]:
            self._problemes.append(f"{lieu}\u00a0: le contenu ne correspond pas à l’empreinte.")
        self._numero, self._empreinte = numero, row["empreinte"]

    def problems(self, head: tuple[int, str] | None) -> list[str]:
        """Return what is wrong, once every row is taken, with the head compared."""
        if head == (self._numero, self._empreinte):
            return self._problemes
        if head is None:
            ecart = "la tête de chaîne est absente"
        elif head[0] != self._numero:
            ecart = f"la tête est au n°\u00a0{head[0]}, le dernier événement au n°\u00a0{self._numero}"
        else:
            ecart = "l’empreinte de la tête n’est pas celle du dernier événement"
        return [*self._problemes, f"Chaîne {self.chaine}\u00a0: {ecart}."]


#: Read as text: a damaged value must be reported, not stop the reading (SQLite keeps anything).
_AS_TEXT = ("id", "sujet_id", "acteur_id", "donnees", "instant", "heure_reelle")
_AS_IS = ("chaine", "numero", "verbe", "sujet_genre", "acteur_genre", "visibilite", "precedent", "empreinte")


def _read_chains(rows: QuerySet[Evenement]) -> Iterator[_Lecture]:
    texts = {f"texte_{nom}": Cast(nom, TextField()) for nom in _AS_TEXT}
    lecture: _Lecture | None = None
    for row in rows.order_by("chaine", "numero").values(*_AS_IS, **texts).iterator(chunk_size=1000):
        if lecture is None or lecture.chaine != row["chaine"]:
            if lecture is not None:
                yield lecture
            lecture = _Lecture(row["chaine"])
        lecture.take(row)
    if lecture is not None:
        yield lecture


def _recomputed(row: dict[str, Any]) -> str | None:
    """Return the hash of a row as it stands, or ``None`` if a value can't even be read."""
    try:
        columns = {
            **{nom: row[nom] for nom in _AS_IS},
            **{nom: uuid.UUID(row[f"texte_{nom}"]) for nom in ("id", "sujet_id", "acteur_id")},
            **{nom: _instant(row[f"texte_{nom}"]) for nom in ("instant", "heure_reelle")},
            "donnees": json.loads(row["texte_donnees"]),
        }
        return fingerprint(Evenement(**columns))
    except (ValueError, TypeError, OverflowError):
        return None


def _instant(texte: str) -> datetime:
    instant = datetime.fromisoformat(texte)
    # SQLite keeps UTC without saying so.
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


# --- Heads kept elsewhere --------------------------------------------------------------------
def export_heads() -> list[dict[str, Any]]:
    """Return number and hash of every chain: kept elsewhere, they show a tail cut later."""
    return [dict(head) for head in Chaine.objects.order_by("pk").values("chaine", "numero", "empreinte")]


def compare_heads(heads: Iterable[dict[str, Any]]) -> list[str]:
    """Return what no longer holds of heads exported earlier: a cut tail, a chain written anew."""
    problemes = []
    for head in heads:
        chaine, numero, empreinte = head["chaine"], head["numero"], head["empreinte"]
        if numero == 0:
            continue
        found = (
            Evenement.objects.filter(chaine=chaine, numero=numero).values_list("empreinte", flat=True).first()
        )
        if found is None:
            problemes.append(f"Chaîne {chaine}\u00a0: l’événement n°\u00a0{numero} exporté a disparu.")
        elif found != empreinte:
            problemes.append(f"Chaîne {chaine}\u00a0: l’événement n°\u00a0{numero} n’est plus celui exporté.")
    return problemes
