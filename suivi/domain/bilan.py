"""The record of a label, pushed down to ``labellisation.BilanLabel`` for criterion 8."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import TruncDate

from labellisation.models import BilanLabel, Label
from socle import horloge
from socle.models import Echeance

PREFIXE = "dossier:"

#: The chains whose record waits for the end of :func:`one_refresh`; ``None`` outside it.
_en_attente: ContextVar[set[str] | None] = ContextVar("suivi_bilans_en_attente", default=None)


@contextmanager
def one_refresh() -> Iterator[None]:
    """Count each label once at the end, however many of its obligations change inside.

    An act that brings twenty obligations would else count the label twenty times. If the act fails,
    nothing is counted: its transaction is undone.
    """
    if _en_attente.get() is not None:
        yield
        return
    chaines: set[str] = set()
    jeton = _en_attente.set(chaines)
    try:
        yield
    finally:
        _en_attente.reset(jeton)
    for chaine in sorted(chaines):
        _refresh_chain(chaine)


def note_change(chaine: str) -> None:
    """Say that an obligation of this dossier's label has changed: count now, or at the end of the act."""
    chaines = _en_attente.get()
    if chaines is None:
        _refresh_chain(chaine)
    else:
        chaines.add(chaine)


def _refresh_chain(chaine: str) -> None:
    label = Label.objects.filter(candidature=UUID(chaine.removeprefix(PREFIXE))).first()
    if label is not None:
        refresh_record(label)


@transaction.atomic
def refresh_record(label: Label) -> BilanLabel:
    """Count the obligations of a label, met in time, met late, late; by the clock's day.

    The record is locked before counting, so that an older count never overwrites a newer one.
    """
    BilanLabel.objects.get_or_create(label=label, defaults={"calcule_le": horloge.now()})
    bilan = BilanLabel.objects.select_for_update().get(label=label)
    comptes = _counts(label)
    for champ, nombre in comptes.items():
        setattr(bilan, champ, nombre)
    bilan.calcule_le = horloge.now()
    bilan.save(update_fields=[*comptes, "calcule_le"])
    return bilan


def _counts(label: Label) -> dict[str, int]:
    remplie = Q(remplie_jour__isnull=False)
    return (
        Echeance.objects.filter(chaine=label.chaine_journal, genre__startswith="suivi.")
        .filter(levee_le__isnull=True, close_le__isnull=True)
        .annotate(remplie_jour=TruncDate("remplie_le", tzinfo=horloge.PARIS))
        .aggregate(
            obligations=Count("pk"),
            remplies=Count("pk", filter=remplie & Q(remplie_jour__lte=F("due"))),
            remplies_en_retard=Count("pk", filter=remplie & Q(remplie_jour__gt=F("due"))),
            en_retard=Count("pk", filter=Q(remplie_jour__isnull=True, due__lt=horloge.today())),
        )
    )


def refresh_records() -> int:
    """Refresh, once a day, the records of the labels whose lateness the passing days may have changed."""
    jour = horloge.today()
    chaines = Echeance.objects.late(jour).filter(genre__startswith="suivi.").values_list("chaine", flat=True)
    dossiers = [UUID(chaine.removeprefix(PREFIXE)) for chaine in chaines.order_by().distinct()]
    perimes = Label.objects.filter(candidature_id__in=dossiers).exclude(bilan__calcule_le__date=jour)
    nombre = 0
    for label in perimes:
        refresh_record(label)
        nombre += 1
    return nombre
