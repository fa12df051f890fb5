"""The label that a dossier asks to renew: one of the structure's own, from the day after its end (R13).

Whoever opens the draft from the label, or answers by hand in an ordinary draft, is held by the same rule.
The floor above knows the labels, and registers what it says of them.
"""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from candidatures.domain.attentes import expect_again, stop_expecting
from candidatures.models import Candidature
from socle import horloge
from socle.typographie import date_longue

CHAMPS = frozenset({"renouvellement", "label_renouvele"})
AUTRE_LABEL = (
    "Choisissez l’un des labels de votre structure. Un label qui n’est pas dans la liste se cite en "
    "section\u00a01, avec les labels antérieurs\u00a0; répondez alors non à la demande de renouvellement."
)


@dataclass(frozen=True)
class LabelRenouvelable:
    """A label that has not been withdrawn."""

    code: str
    intitule: str
    #: Last day of the label.
    fin: date
    #: First day on which its renewal may be prepared.
    ouverture: date

    @property
    def depot_des(self) -> date:
        """The first day on which its renewal may be deposited: until then the formation is labelled."""
        return self.fin + timedelta(days=1)


Lecture = Callable[[uuid.UUID], Iterable[LabelRenouvelable]]

_lectures: list[Lecture] = []


def register(lecture: Lecture) -> None:
    """Add what reads the labels of a structure, by its key; registering it again changes nothing."""
    if lecture not in _lectures:
        _lectures.append(lecture)


def labels_of(structure: uuid.UUID) -> list[LabelRenouvelable]:
    """Return the labels that a structure may renew, now or later, the first to end first."""
    lus = [label for lecture in _lectures for label in lecture(structure)]
    return sorted(lus, key=lambda label: (label.fin, label.code))


def choices(candidature: Candidature, reponse: str) -> list[tuple[str, str]]:
    """Return the labels to choose from, each with its date, after an answer that is none of them."""
    lignes = [
        (label.code, f"{label.intitule} ({label.code})\u00a0: {_when(label)}")
        for label in labels_of(candidature.structure_id)
    ]
    if reponse and reponse not in dict(lignes):
        lignes.insert(0, (reponse, f"{reponse}\u00a0: pas un label à renouveler"))
    return lignes


def _when(label: LabelRenouvelable) -> str:
    if _is_open(label):
        return f"se dépose à partir du {date_longue(label.depot_des)}"
    return f"se prépare à partir du {date_longue(label.ouverture)}"


def check_label(candidature: Candidature, code: str) -> list[str]:
    """Return what is wrong with the label that is answered: nothing for one that may be prepared (R13)."""
    label = _find(candidature, code)
    if label is None:
        return [AUTRE_LABEL]
    if not _is_open(label):
        return [f"Le renouvellement de ce label se prépare à partir du {date_longue(label.ouverture)}."]
    return []


def note_renewal(candidature: Candidature, formation: dict[str, Any]) -> None:
    """Note from which day a draft may be deposited, as its answers now say.

    Effects: ``depot_des``; a relevé that it can't reach no longer expects its deposit, one that it can reach
    after all does again.
    """
    if not candidature.est_brouillon:
        return
    label = _find(candidature, formation["label_renouvele"]) if formation["renouvellement"] else None
    depot_des = label.depot_des if label else None
    if candidature.depot_des != depot_des:
        candidature.depot_des = depot_des
        candidature.save(update_fields=["depot_des"])
        stop_expecting(candidature)
        expect_again(candidature)


def too_early(candidature: Candidature, formation: dict[str, Any], jour: date) -> str:
    """Return why the renewal that is asked for can't be deposited on this day (R13), else nothing."""
    if not formation["renouvellement"] or not (code := formation["label_renouvele"]):
        return ""
    label = _find(candidature, code)
    if label is None:
        return (
            f"Le label à renouveler ({code}) n’est pas ou n’est plus un label que votre structure peut "
            "renouveler. Choisissez-le dans la liste de la section\u00a02, ou répondez non à la demande de "
            "renouvellement."
        )
    if jour < label.depot_des:
        return (
            f"Ce renouvellement se dépose à partir du {date_longue(label.depot_des)}\u00a0: le label en "
            "cours finit la veille."
        )
    return ""


def _find(candidature: Candidature, code: str) -> LabelRenouvelable | None:
    if not code:
        return None
    return next((label for label in labels_of(candidature.structure_id) if label.code == code), None)


def _is_open(label: LabelRenouvelable) -> bool:
    return label.ouverture <= horloge.today()
