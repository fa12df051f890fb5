"""Key figures (R43): computed from the rows, the unknown always shown, small cells hidden."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count

from pilotage.domain.catalogue import labels_in_force
from socle.fonctions import AgeAt
from suivi.domain.apprenants import is_gen_public
from suivi.models import Apprenant, Session

#: A cell under this number of people is not published [choice] (R43).
SEUIL = 5
#: Known reference values of the cahier des charges (introduction and 1.a).
REPERES = {"formations": 751, "apprenants": 32_000, "femmes": 25, "qpv": 19}
#: National goals to 2023 (cahier des charges, 1.c).
OBJECTIFS = {"apprenants": 20_000, "femmes": 30, "qpv_zrr": 30}


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
    labels = list(labels_in_force().order_by().values_list("structure_id", "region__nom", "famille__libelle"))
    profils = _profiles()
    apprenants = sum(nombre for _, nombre in profils)
    return Chiffres(
        labels=len(labels),
        structures=len({structure for structure, _, _ in labels}),
        sessions=Session.objects.filter(attestation__isnull=False).count(),
        apprenants=apprenants if apprenants >= SEUIL or not apprenants else None,
        par_region=_count(region for _, region, _ in labels),
        par_famille=_count(famille for _, _, famille in labels),
        parts=_shares(profils),
    )


def _profiles() -> list[tuple[Apprenant, int]]:
    """Return the distinct answers of the learners, each as a nameless learner, and how many gave them.

    The database counts; the predicate of R15a stays written once. A birth date counts only by the
    age that it gives at the entry.
    """
    transmis = Apprenant.objects.filter(session__attestation__isnull=False)
    groupes = (
        transmis.annotate(age=AgeAt("entree", "naissance"))
        .order_by()
        .values_list("sexe", "niveau", "situation_avant", "qpv", "zrr", "age")
        .annotate(nombre=Count("pk"))
    )
    return [(_nameless(*reponses, age=age), nombre) for *reponses, age, nombre in groupes]


def _nameless(
    sexe: str, niveau: int | None, situation: str, qpv: str, zrr: str, *, age: int | None
) -> Apprenant:
    entree = date(2000, 1, 1)
    return Apprenant(
        sexe=sexe,
        niveau=niveau,
        situation_avant=situation,
        qpv=qpv,
        zrr=zrr,
        entree=entree,
        naissance=None if age is None else entree.replace(year=entree.year - age),
    )


def _count(valeurs: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(valeurs).items(), key=lambda ligne: (-ligne[1], ligne[0]))


def _shares(profils: list[tuple[Apprenant, int]]) -> list[Part]:
    questions: list[tuple[str, Callable[[Apprenant], Any]]] = [
        ("Femmes", lambda ligne: None if not ligne.sexe else ligne.sexe == Apprenant.Sexe.FEMME),
        ("Résidents de QPV", lambda ligne: {"OUI": True, "NON": False}.get(ligne.qpv)),
        (
            "Niveau bac ou inférieur",
            lambda ligne: None if ligne.niveau is None else ligne.niveau <= Apprenant.Niveau.BAC,
        ),
        ("Publics de la GEN", is_gen_public),
    ]
    return [_share(libelle, question, profils) for libelle, question in questions]


def _share(libelle: str, question: Callable[[Apprenant], Any], profils: list[tuple[Apprenant, int]]) -> Part:
    reponses: Counter[bool | None] = Counter()
    for profil, nombre in profils:
        reponses[question(profil)] += nombre
    return Part(libelle, reponses[True], reponses[False], reponses[None])
