"""Obligations and their reminders (DESIGN, mechanism 7; R26, R27).

An obligation is a row; each app declares its kinds as data. Reminders are a ledger: a step is sent
when it is *due and not sent*, never when dates are equal, so a worker that was stopped catches up.
There is no second way to remind anybody.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import models, transaction

from socle import courriels, horloge, journal
from socle.courriels import Destinataire
from socle.erreurs import ErreurMetier
from socle.models import Courriel, Echeance, Rappel
from socle.models.echeance import EcheanceQuerySet
from socle.references import SYSTEME, Acteur, Reference, reference, reference_acteur
from socle.typographie import date_longue
from socle.visibilite import Visibilite

logger = logging.getLogger(__name__)

#: Reminder steps by default, in days from the date (R27).
ETAPES = (-30, -15, -7, -1, 0, 7, 15, 30)
#: Actions that make a good title before the thing itself ("À transmettre … : attestation").
TRANSMETTRE = ("transmettre", "remettre", "envoyer", "déposer", "déclarer", "confirmer")


def _no_page(_echeance: Echeance) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class GenreEcheance:
    """A kind of obligation, as data.

    ``libelle`` is what is expected ("Attestation de démarrage"); ``action`` the words before the
    date in a subject ("À transmettre"), or what to do, in the infinitive ("Démarrer la première
    session"); ``regle`` why this date; ``mention`` a sentence added to the e-mail; ``url`` a path
    of the portal. Recipients may depend on the subject: they are asked once per subject in a sweep.
    """

    code: str
    libelle: str
    action: str = "À transmettre"
    regle: str = ""
    destinataires: Callable[[Echeance], list[Destinataire]]
    etapes: tuple[int, ...] = ETAPES
    url: Callable[[Echeance], str] = _no_page
    mention: str = ""
    visibilite: str = Visibilite.GEN

    @property
    def title(self) -> tuple[str, str]:
        """What stands before and after the date in a subject."""
        if self.action.startswith("À "):
            return _small(self.action), _small(self.libelle)
        verbe = self.action.split(" ")[0].lower()
        if verbe in TRANSMETTRE:
            return f"à {verbe}", _small(self.libelle)
        return "à faire", _small(self.action)

    def steps_due(self, compte_de: date, today: date) -> list[int]:
        """Return the steps whose day has come, in order."""
        return sorted(etape for etape in self.etapes if compte_de + timedelta(days=etape) <= today)

    def next_day(self, compte_de: date, today: date | None = None) -> date | None:
        """Return the day of the first step, or of the first one after ``today``."""
        days = sorted(compte_de + timedelta(days=etape) for etape in self.etapes)
        return next((day for day in days if today is None or day > today), None)


_genres: dict[str, GenreEcheance] = {}


def register(genre: GenreEcheance) -> None:
    """Declare a kind of obligation (in an app's ``echeances.py``)."""
    if _genres.get(genre.code, genre).libelle != genre.libelle:
        raise ValueError(f"the kind of obligation {genre.code!r} is registered twice")
    _genres[genre.code] = genre


def kind(code: str) -> GenreEcheance:
    """Return a declared kind; ``KeyError`` if there is none."""
    return _genres[code]


def kinds() -> list[GenreEcheance]:
    """Return every declared kind."""
    return list(_genres.values())


# --- The life of an obligation ------------------------------------------------------------------


@transaction.atomic
def create(
    genre: str,
    *,
    sujet: models.Model | Reference,
    due: date,
    responsable: Reference,
    cle: str = "",
    detail: str = "",
    chaine: str,
    rappel_compte_de: date | None = None,
    rappels_depuis: date | None = None,
    regle: str = "",
) -> Echeance:
    """Create an obligation, or give it its recomputed date (R26).

    Steps that were due before ``rappels_depuis`` are not caught up: who has just begun is not late.

    Effects: the row and ``echeance.creee``; or, for an open one whose date has changed, the new
    date, its steps to come, and ``echeance.redatee`` (steps already sent stay in the ledger). One
    that is fulfilled, waived or closed stays as it is. Errors: ``KeyError`` for an unknown kind.
    """
    ref = _ref(sujet)
    dates = {"due": due, "rappel_compte_de": rappel_compte_de or due}
    words = {
        "detail": detail,
        "regle": regle or kind(genre).regle,
        "responsable_genre": responsable.genre,
        "responsable_id": responsable.id,
    }
    identity = {"genre": genre, "sujet_genre": ref.genre, "sujet_id": ref.id, "cle": cle}
    echeance, created = Echeance.objects.select_for_update().get_or_create(
        **identity,
        defaults={
            **dates,
            **words,
            "chaine": chaine,
            "prochain_rappel": kind(genre).next_day(dates["rappel_compte_de"], rappels_depuis),
        },
    )
    if created:
        _record("echeance.creee", echeance, SYSTEME, due=due)
    elif echeance.est_ouverte:
        _update(echeance, {**dates, **words})
    return echeance


def _update(echeance: Echeance, valeurs: dict[str, Any]) -> None:
    former = echeance.due
    changed = {champ for champ, valeur in valeurs.items() if getattr(echeance, champ) != valeur}
    if not changed:
        return
    for champ in changed:
        setattr(echeance, champ, valeurs[champ])
    if changed & {"due", "rappel_compte_de"}:
        echeance.prochain_rappel = kind(echeance.genre).next_day(echeance.rappel_compte_de)
        _record("echeance.redatee", echeance, SYSTEME, due=echeance.due, avant=former)
    echeance.save()


@transaction.atomic
def fulfil(
    genre: str,
    *,
    sujet: models.Model | Reference,
    cle: str = "",
    preuve: models.Model | Reference | None = None,
    instant: datetime | None = None,
    acteur: Acteur = SYSTEME,
) -> Echeance | None:
    """Note that an obligation is met, by what and when (R26); ``acteur`` when a person establishes it.

    Effects: ``echeance.remplie``; nothing for one that is already fulfilled, waived or closed.
    Returns ``None`` when there is no such obligation.
    """
    ref = _ref(sujet)
    echeance = Echeance.objects.about(ref).select_for_update().filter(genre=genre, cle=cle).first()
    if echeance is not None and echeance.est_ouverte:
        _fulfil(echeance, preuve, instant or horloge.now(), acteur)
    return echeance


@transaction.atomic
def fulfil_open(
    genre: str, *, sujet: models.Model | Reference, preuve: Reference, instant: datetime
) -> list[Echeance]:
    """Note that every open obligation of this kind is met, whatever their keys (R26).

    Effects: as :func:`fulfil`, for each. Returns them.
    """
    ouvertes = Echeance.objects.about(_ref(sujet)).open().filter(genre=genre)
    echeances = list(ouvertes.select_for_update().order_by("pk"))
    for echeance in echeances:
        _fulfil(echeance, preuve, instant, SYSTEME)
    return echeances


def _fulfil(
    echeance: Echeance, preuve: models.Model | Reference | None, instant: datetime, acteur: Acteur
) -> None:
    echeance.remplie_le = instant
    if preuve is not None:
        proof = _ref(preuve)
        echeance.preuve_genre, echeance.preuve_id = proof.genre, proof.id
    echeance.save()
    _record("echeance.remplie", echeance, acteur, preuve=str(echeance.preuve or ""))


@transaction.atomic
def waive(echeance: Echeance, *, acteur: Acteur, motif: str) -> Echeance:
    """Waive an obligation, by whom and why (R26). The verb that calls says who may.

    Effects: ``echeance.levee``. Errors: ``ErreurMetier`` without a reason, or if it is not open.
    """
    motif = motif.strip()
    if not motif:
        raise ErreurMetier("Indiquez pourquoi cette échéance est levée.")
    journal.hold(echeance.chaine)
    row = Echeance.objects.select_for_update().get(pk=echeance.pk)
    if not row.est_ouverte:
        raise ErreurMetier("Cette échéance est déjà remplie, levée ou close.")
    who = reference_acteur(acteur)
    row.levee_le, row.levee_motif = horloge.now(), motif
    row.levee_par_genre, row.levee_par_id = who.genre, who.id
    row.save()
    # The reason may name people: it stays on the row, which can be erased.
    _record("echeance.levee", row, acteur)
    return row


@transaction.atomic
def close(*, sujet: models.Model | Reference, motif: str, genre: str = "", cle: str = "") -> int:
    """Close every open obligation about something that has ended; return how many.

    With a ``genre``, only the one of this kind and key.

    Effects: ``echeance.close`` for each.
    """
    ouvertes = Echeance.objects.about(_ref(sujet)).open()
    if genre:
        ouvertes = ouvertes.filter(genre=genre, cle=cle)
    rows = list(ouvertes.select_for_update().order_by("pk"))
    for row in rows:
        row.close_le, row.close_motif = horloge.now(), motif
        row.save()
    journal.record_many(_entry("echeance.close", row, SYSTEME, motif=motif) for row in rows)
    return len(rows)


def reopen(*, sujet: models.Model | Reference, genre: str, cle: str, motif: str) -> int:
    """Open again what was closed for a reason that holds no more; return how many (none or one).

    Effects: ``echeance.rouverte``; the steps that were due meanwhile are overtaken, not sent.
    """
    closes = Echeance.objects.about(_ref(sujet)).filter(genre=genre, cle=cle, close_motif=motif)
    rows = list(closes.filter(close_le__isnull=False).select_for_update().order_by("pk"))
    for row in rows:
        row.close_le, row.close_motif = None, ""
        row.save()
    journal.record_many(_entry("echeance.rouverte", row, SYSTEME, motif=motif) for row in rows)
    return len(rows)


def late(today: date | None = None) -> EcheanceQuerySet:
    """Return what is open and past its date: derived from the clock, never stored (R26)."""
    return Echeance.objects.late(today)


def of_subject(sujet: models.Model | Reference) -> EcheanceQuerySet:
    """Return the obligations about one thing, in the order of their dates."""
    return Echeance.objects.about(_ref(sujet))


def _ref(objet: models.Model | Reference) -> Reference:
    return objet if isinstance(objet, Reference) else reference(objet)


def _entry(verbe: str, echeance: Echeance, acteur: Acteur, **donnees: Any) -> journal.Entree:
    return journal.Entree(
        verbe=verbe,
        sujet=echeance,
        acteur=acteur,
        donnees={
            "genre": echeance.genre,
            "sujet": str(echeance.sujet),
            "cle": echeance.cle,
            "due": echeance.due,
            **donnees,
        },
        chaine=echeance.chaine,
        visibilite=kind(echeance.genre).visibilite,
    )


def _record(verbe: str, echeance: Echeance, acteur: Acteur, **donnees: Any) -> None:
    journal.record_many([_entry(verbe, echeance, acteur, **donnees)])


# --- Reminders ----------------------------------------------------------------------------------


class RappelsEnEchec(Exception):
    """Some reminders could not be written; the others were."""


@dataclass
class BilanRappels:
    """What one sweep of the reminders did."""

    courriels: int = 0
    rappels: int = 0
    depasses: int = 0
    reportes: int = 0
    sans_destinataire: int = 0
    echecs: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"courriels : {self.courriels} ; rappels : {self.rappels} ; dépassés : {self.depasses} ; "
            f"reportés au lendemain : {self.reportes} ; sans destinataire : {self.sans_destinataire}"
        )


@dataclass(frozen=True)
class _Pending:
    """The step to send for one obligation and one recipient, and those it overtakes."""

    echeance: Echeance
    etape: int
    overtaken: list[int]


def send_due() -> BilanRappels:
    """Write the reminders that are due and not sent (R27).

    Effects: per (responsable, recipient), in one short transaction: one grouped e-mail a day at
    most, the latest due step of each obligation as ENVOYE, earlier unsent ones as DEPASSE. What
    becomes due once the day's e-mail exists waits for the next day. Killed anywhere and run again,
    or run twice at once, it loses and doubles nothing: row locks and unique keys hold it. Errors:
    ``RappelsEnEchec`` at the end, if a group failed; the other groups are written.
    """
    today = horloge.today()
    bilan = BilanRappels()
    due = Echeance.objects.open().filter(prochain_rappel__lte=today)
    rows = due.order_by("responsable_genre", "responsable_id", "due", "pk")
    for responsable, group in groupby(rows, key=lambda row: row.responsable):
        try:
            _remind(responsable, list(group), today, bilan)
        except Exception as erreur:
            logger.exception("reminders of %s failed", responsable)
            bilan.echecs.append(f"{responsable} : {type(erreur).__name__}")
    if bilan.echecs:
        raise RappelsEnEchec("; ".join(bilan.echecs))
    return bilan


def _remind(responsable: Reference, echeances: list[Echeance], today: date, bilan: BilanRappels) -> None:
    recipients, waiting = _recipients(echeances)
    bilan.sans_destinataire += len(waiting)
    for destinataire, theirs in recipients:
        with transaction.atomic():
            waiting |= _remind_one(responsable, destinataire, theirs, today, bilan)
    _move_on(echeances, waiting, today)


def _recipients(echeances: list[Echeance]) -> tuple[list[tuple[Destinataire, list[Echeance]]], set[Any]]:
    """Return each recipient with what concerns them, and the obligations that concern nobody."""
    cache: dict[tuple[Any, Reference], list[Destinataire]] = {}
    people: dict[Reference, Destinataire] = {}
    theirs: dict[Reference, list[Echeance]] = defaultdict(list)
    alone = set()
    for echeance in echeances:
        ask = kind(echeance.genre).destinataires
        key = (ask, echeance.sujet)
        if key not in cache:
            cache[key] = ask(echeance)
        if not cache[key]:
            logger.warning("obligation %s (%s): nobody to remind", echeance.pk, echeance.genre)
            alone.add(echeance.pk)
        for destinataire in {person.reference: person for person in cache[key]}.values():
            people.setdefault(destinataire.reference, destinataire)
            theirs[destinataire.reference].append(echeance)
    ordered = sorted(people, key=str)
    return [(people[ref], theirs[ref]) for ref in ordered], alone


def _remind_one(
    responsable: Reference,
    destinataire: Destinataire,
    echeances: list[Echeance],
    today: date,
    bilan: BilanRappels,
) -> set[Any]:
    """Write one recipient's e-mail of the day and its ledger; return what must wait for tomorrow."""
    pending = _pending(_lock_still_due(echeances, today), destinataire.reference, today)
    if not pending:
        return set()
    courriel, created = courriels.write(
        "rappel",
        cle=f"rappel:{responsable}:{destinataire.reference}:{today:%Y-%m-%d}",
        destinataire=destinataire,
        contexte=_message([item.echeance for item in pending], today),
        sujet=responsable,
    )
    if not created:
        bilan.reportes += len(pending)
        return {item.echeance.pk for item in pending}
    rows = [row for item in pending for row in _ledger(item, destinataire.reference, courriel)]
    Rappel.objects.bulk_create(rows)
    bilan.courriels += 1
    bilan.rappels += len(pending)
    bilan.depasses += len(rows) - len(pending)
    return set()


def _lock_still_due(echeances: list[Echeance], today: date) -> list[Echeance]:
    """Lock and read again: meanwhile one may have been fulfilled, or another sweep been here."""
    rows = Echeance.objects.select_for_update().open().filter(pk__in=[row.pk for row in echeances])
    return list(rows.filter(prochain_rappel__lte=today).order_by("pk"))


def _pending(echeances: list[Echeance], destinataire: Reference, today: date) -> list[_Pending]:
    known: dict[tuple[Any, date], set[int]] = defaultdict(set)
    ledger = Rappel.objects.filter(
        echeance__in=echeances, destinataire_genre=destinataire.genre, destinataire_id=destinataire.id
    )
    for pk, due, etape in ledger.values_list("echeance_id", "due", "etape"):
        known[pk, due].add(etape)
    pending = []
    for echeance in sorted(echeances, key=lambda row: (row.due, row.genre, row.detail, str(row.pk))):
        steps = kind(echeance.genre).steps_due(echeance.rappel_compte_de, today)
        done = known[echeance.pk, echeance.due]
        if steps and steps[-1] not in done:
            pending.append(
                _Pending(echeance, steps[-1], [etape for etape in steps[:-1] if etape not in done])
            )
    return pending


def _ledger(item: _Pending, destinataire: Reference, courriel: Courriel) -> Iterable[Rappel]:
    common: dict[str, Any] = {
        "echeance": item.echeance,
        "due": item.echeance.due,
        "destinataire_genre": destinataire.genre,
        "destinataire_id": destinataire.id,
    }
    for etape in item.overtaken:
        yield Rappel(**common, etape=etape, etat=Rappel.Etat.DEPASSE)
    yield Rappel(**common, etape=item.etape, etat=Rappel.Etat.ENVOYE, courriel=courriel)


def _move_on(echeances: list[Echeance], waiting: set[Any], today: date) -> None:
    """Set the day of the next look, unless the obligation was given another date meanwhile."""
    groups: dict[tuple[date, date, date | None], list[Any]] = defaultdict(list)
    for row in echeances:
        following = kind(row.genre).next_day(row.rappel_compte_de, today)
        day = today + timedelta(days=1) if row.pk in waiting else following
        groups[row.due, row.rappel_compte_de, day].append(row.pk)
    with transaction.atomic():
        # An UPDATE of several rows locks them in any order: two sweeps would wait for each other.
        _lock_still_due(echeances, today)
        for (due, compte_de, day), pks in groups.items():
            Echeance.objects.filter(
                pk__in=pks, due=due, rappel_compte_de=compte_de, prochain_rappel__lte=today
            ).update(prochain_rappel=day)


# --- The words of a reminder --------------------------------------------------------------------


def _message(echeances: list[Echeance], today: date) -> dict[str, Any]:
    return {
        "objet": subject(echeances, today),
        "en_retard": any(row.due < today for row in echeances),
        "lignes": [_line(row, today) for row in echeances],
    }


def _line(echeance: Echeance, today: date) -> dict[str, str]:
    genre = kind(echeance.genre)
    url = genre.url(echeance)
    return {
        "libelle": _capital(echeance.libelle),
        "quand": _when(echeance, today),
        "regle": echeance.regle.rstrip("."),
        "mention": genre.mention,
        "url": courriels.absolute(url) if url else "",
    }


def _when(echeance: Echeance, today: date) -> str:
    before, _ = kind(echeance.genre).title
    if echeance.due < today:
        return f"en retard depuis le {date_longue(echeance.due)}"
    if echeance.due == today:
        return f"{before} aujourd’hui, {date_longue(echeance.due)}"
    return f"{before} au plus tard le {date_longue(echeance.due)}"


def subject(echeances: list[Echeance], today: date) -> str:
    """Return a subject that names the action and the date (R27); the most urgent comes first."""
    first = echeances[0]
    if len(echeances) > 1:
        return _subject_of_many(echeances, today)
    _, what = kind(first.genre).title
    detail = f" — {first.detail}" if first.detail else ""
    return f"{_capital(_when(first, today))}\u00a0: {what}{detail}"[:300]


def _subject_of_many(echeances: list[Echeance], today: date) -> str:
    """Name the most urgent action with its date, then count the others."""
    first, others = echeances[0], len(echeances) - 1
    _, what = kind(first.genre).title
    delayed = sum(row.due < today for row in echeances[1:])
    suite = f"et {others} autre{'s' if others > 1 else ''} action{'s' if others > 1 else ''}"
    if delayed:
        suite += f", dont {delayed} en retard"
    return f"{_capital(_when(first, today))}\u00a0: {what}, {suite}"[:300]


def _capital(texte: str) -> str:
    return texte[:1].upper() + texte[1:]


def _small(texte: str) -> str:
    """Put the first word in lower case, unless it is an acronym."""
    first = texte.split(" ")[0]
    return texte if first[1:] != first[1:].lower() else texte[:1].lower() + texte[1:]
