"""What the public may read of labels: the catalogue and the verification (R22, R24)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Subquery

from labellisation import cycle
from labellisation.domain.label import normalize_code, public_status
from labellisation.models import Label
from referentiels.models import FamilleMetier
from referentiels.texte import normalise
from socle import horloge


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


def search(labels: QuerySet[Label], *, texte: str = "", region: str = "", famille: str = "") -> list[Label]:
    """Keep the labels of a région and a famille whose words hold every word typed.

    Accents and capitals don't matter, on any database; sorted by title.
    """
    criteres = Q()
    if region:
        criteres &= Q(region=region)
    if famille:
        criteres &= Q(famille__code=famille)
    mots = normalise(texte).split()
    trouves = [
        label
        for label in labels.filter(criteres)
        if all(mot in normalise(f"{label.intitule} {label.structure.raison_sociale}") for mot in mots)
    ]
    return sorted(trouves, key=lambda label: (normalise(label.intitule), label.code))


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
