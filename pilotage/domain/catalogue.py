"""What the public may read of labels: the catalogue and the verification (R22, R24)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, overload

from django.db.models import Q, QuerySet, Subquery

from labellisation import cycle
from labellisation.domain.label import normalize_code, public_status
from labellisation.models import Label
from referentiels.models import FamilleMetier
from referentiels.texte import normalise
from socle import horloge

#: Beyond this many keys a page is the whole list.
PAGE_MAX = 500


def labels_in_force(jour: date | None = None) -> QuerySet[Label]:
    """Return the labels in force on a day: neither withdrawn nor past their end."""
    jour = jour or horloge.today()
    return (
        Label.objects.filter(debut__lte=jour, fin__gte=jour)
        .exclude(etat=cycle.RETIRE)
        .select_related("structure", "region", "famille")
    )


def families_in_force() -> QuerySet[FamilleMetier]:
    """Return the families of the newest version, in the order of the text."""
    derniere = FamilleMetier.objects.order_by("-version").values("version")[:1]
    return FamilleMetier.objects.filter(version=Subquery(derniere)).order_by("ordre")


class Trouves(Sequence[Label]):
    """Labels found, in order: counted at once, read page by page."""

    def __init__(self, labels: QuerySet[Label], cles: list[Any]) -> None:
        self._labels = labels
        self._cles = cles

    def __len__(self) -> int:
        return len(self._cles)

    def __iter__(self) -> Iterator[Label]:
        return iter(self._read(self._cles))

    @overload
    def __getitem__(self, rang: int) -> Label: ...
    @overload
    def __getitem__(self, rang: slice) -> list[Label]: ...
    def __getitem__(self, rang: int | slice) -> Label | list[Label]:
        if isinstance(rang, slice):
            return self._read(self._cles[rang])
        return self._read([self._cles[rang]])[0]

    def _read(self, cles: list[Any]) -> list[Label]:
        # All of them are a condition that SQLite would refuse, one parameter a key.
        lus = self._labels if len(cles) > PAGE_MAX else self._labels.filter(pk__in=cles)
        par_cle = {label.pk: label for label in lus}
        return [par_cle[cle] for cle in cles]


def search(labels: QuerySet[Label], *, texte: str = "", region: str = "", famille: str = "") -> Trouves:
    """Keep the labels of a région and a famille whose words hold every word typed.

    Accents and capitals don't matter, on any database; sorted by title.
    """
    criteres = Q()
    if region:
        criteres &= Q(region=region)
    if famille:
        criteres &= Q(famille__code=famille)
    mots = normalise(texte).split()
    retenus = labels.filter(criteres)
    plat = cache(normalise)
    trouves = [
        (plat(intitule), code, cle)
        for cle, code, intitule, structure in retenus.order_by().values_list(
            "pk", "code", "intitule", "structure__raison_sociale"
        )
        if all(mot in plat(intitule) or mot in plat(structure) for mot in mots)
    ]
    return Trouves(retenus, [cle for _, _, cle in sorted(trouves)])


@dataclass(frozen=True)
class Verification:
    """What the verification page says of a code."""

    code: str
    label: Label | None
    statut: str


def verify(saisie: str, jour: date | None = None) -> Verification:
    """Return the public state of a code: valide, conditionnel, expire, retire, or inconnu."""
    code = normalize_code(saisie)
    label = Label.objects.select_related("structure", "region", "famille").filter(code=code).first()
    if label is None:
        return Verification(code, None, "inconnu")
    return Verification(code, label, public_status(label, jour))


def as_open_data(label: Label, url: str) -> dict[str, Any]:
    """Return one label as open data: nothing personal, dates in ISO 8601."""
    return {
        "code": label.code,
        "intitule": label.intitule,
        "structure": label.structure.raison_sociale,
        "siret": label.structure.siret,
        "region": {"code": label.region_id, "nom": label.region.nom},
        "famille": {"code": label.famille.code, "libelle": label.famille.libelle},
        "certification": label.certification_code,
        "debut": label.debut.isoformat(),
        "fin": label.fin.isoformat(),
        "statut": public_status(label),
        "verification": url,
    }
