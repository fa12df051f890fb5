"""Key figures (R43): computed from the rows, the unknown always shown, small cells hidden."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labellisation.models import Label
from pilotage.domain.catalogue import labels_in_force
from suivi.domain.apprenants import is_gen_public
from suivi.models import Apprenant, Session

#: A cell under this number of people is not published [choice] (R43).
SEUIL = 5
#: Known reference values of the cahier des charges (introduction and 1.a).
REPERES = {"formations": 751, "apprenants": 32_000, "femmes": 25, "qpv": 19}
#: National goals to 2023 (cahier des charges, 1.c).
OBJECTIFS = {"apprenants": 20_000, "femmes": 30, "qpv_zrr": 30}

#: What the figures read of a learner.
CHAMPS = ("sexe", "naissance", "entree", "niveau", "situation_avant", "qpv", "zrr")


@dataclass(frozen=True)
class Part:
    """A share among people: yes, no, unknown; ``None`` in ``pourcentage`` when nothing is known."""

    libelle: str
    oui: int
    non: int
    inconnu: int

    @property
    def total(self) -> int:
        """Return everybody, known or not."""
        return self.oui + self.non + self.inconnu

    @property
    def pourcentage(self) -> int | None:
        """Return the share of yes among those known, in whole percent, rounded half up."""
        connus = self.oui + self.non
        return (200 * self.oui + connus) // (2 * connus) if connus else None

    @property
    def part_inconnue(self) -> int | None:
        """Return the share of unknown among all, in whole percent."""
        return (200 * self.inconnu + self.total) // (2 * self.total) if self.total else None

    @property
    def publiable(self) -> bool:
        """Whether no cell is small enough to name anybody; all three hide together (R43)."""
        return all(nombre == 0 or nombre >= SEUIL for nombre in (self.oui, self.non, self.inconnu))


@dataclass(frozen=True)
class Chiffres:
    """The figures of the public page."""

    labels: int
    structures: int
    sessions: int
    apprenants: int | None
    par_region: list[tuple[str, int]]
    par_famille: list[tuple[str, int]]
    parts: list[Part]


def key_figures() -> Chiffres:
    """Return today's key figures; learners are counted from the lists that were handed in."""
    labels = list(labels_in_force())
    transmis = Apprenant.objects.filter(session__attestation__isnull=False)
    # Names and addresses are not even read.
    apprenants = list(transmis.only(*CHAMPS).order_by())
    return Chiffres(
        labels=len(labels),
        structures=len({label.structure_id for label in labels}),
        sessions=Session.objects.filter(attestation__isnull=False).count(),
        apprenants=len(apprenants) if len(apprenants) >= SEUIL or not apprenants else None,
        par_region=_count(labels, lambda label: label.region.nom),
        par_famille=_count(labels, lambda label: label.famille.libelle),
        parts=_shares(apprenants),
    )


def _count(labels: list[Label], cle: Callable[[Label], str]) -> list[tuple[str, int]]:
    return sorted(Counter(cle(label) for label in labels).items(), key=lambda ligne: (-ligne[1], ligne[0]))


def _shares(apprenants: list[Apprenant]) -> list[Part]:
    questions: list[tuple[str, Callable[[Apprenant], Any]]] = [
        ("Femmes", lambda ligne: None if not ligne.sexe else ligne.sexe == Apprenant.Sexe.FEMME),
        ("Résidents de QPV", lambda ligne: {"OUI": True, "NON": False}.get(ligne.qpv)),
        (
            "Niveau bac ou inférieur",
            lambda ligne: None if ligne.niveau is None else ligne.niveau <= Apprenant.Niveau.BAC,
        ),
        ("Publics de la GEN", is_gen_public),
    ]
    return [_share(libelle, [question(ligne) for ligne in apprenants]) for libelle, question in questions]


def _share(libelle: str, reponses: list[bool | None]) -> Part:
    return Part(libelle, reponses.count(True), reponses.count(False), reponses.count(None))
