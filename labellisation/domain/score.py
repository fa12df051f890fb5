"""The score out of 10 that anyone can explain (R19, R20, R21): pure functions, exact fractions.

Notes and scores are on 10; stored values are integers of hundredths, rounded once, half up. The
method and an example worked by hand: ``docs/notation.md``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

NIVEAU_MAX = 4
SUR = 10


@dataclass(frozen=True)
class Indicateur:
    """An indicator of the grid: its code, its weight, whether it is the companies' one."""

    code: str
    poids: int = 1
    entreprises: bool = False


@dataclass(frozen=True)
class Critere:
    """A selection criterion of the grid with its indicators."""

    numero: int
    poids: int
    indicateurs: tuple[Indicateur, ...]


def criteria_of(grille: Any) -> tuple[Critere, ...]:
    """Return the criteria of a grid as plain data, in order."""
    return tuple(
        Critere(
            critere.numero,
            critere.poids,
            tuple(
                Indicateur(ligne.code, ligne.poids, ligne.est_partenariats_entreprises)
                for ligne in critere.indicateurs.all()
            ),
        )
        for critere in grille.criteres_selection.prefetch_related("indicateurs").order_by("numero")
    )


def criterion_note(critere: Critere, niveaux: Mapping[str, int]) -> Fraction | None:
    """Return the note of a criterion: 10 × weighted mean of its levels / 4.

    ``None`` while a level is missing: missing is not zero (R20). Errors: ``ValueError`` for a level
    that does not exist, a weight that is no positive integer, a criterion without indicators.
    """
    _check_criterion(critere, niveaux)
    if any(ligne.code not in niveaux for ligne in critere.indicateurs):
        return None
    poids = sum(ligne.poids for ligne in critere.indicateurs)
    somme = sum(ligne.poids * niveaux[ligne.code] for ligne in critere.indicateurs)
    return Fraction(SUR * somme, poids * NIVEAU_MAX)


def is_level(niveau: object) -> bool:
    """Whether this is a whole level from 0 to 4."""
    return isinstance(niveau, int) and not isinstance(niveau, bool) and 0 <= niveau <= NIVEAU_MAX


def _check_criterion(critere: Critere, niveaux: Mapping[str, int]) -> None:
    if not critere.indicateurs or critere.poids < 1 or any(ligne.poids < 1 for ligne in critere.indicateurs):
        raise ValueError(f"Criterion {critere.numero}: weights are positive, and it has indicators.")
    for ligne in critere.indicateurs:
        if ligne.code in niveaux and not is_level(niveaux[ligne.code]):
            raise ValueError(f"{ligne.code}: {niveaux[ligne.code]!r} is no level from 0 to {NIVEAU_MAX}.")


def notes(criteres: Iterable[Critere], niveaux: Mapping[str, int]) -> dict[int, Fraction | None]:
    """Return the note of each criterion, by number."""
    return {critere.numero: criterion_note(critere, niveaux) for critere in criteres}


def score(criteres: Iterable[Critere], notes_par_critere: Mapping[int, Fraction | None]) -> Fraction | None:
    """Return Σ weight × note / Σ weight, or ``None`` while a note is missing."""
    liste = list(criteres)
    connues = [(critere.poids, notes_par_critere.get(critere.numero)) for critere in liste]
    if not connues or any(note is None for _, note in connues):
        return None
    total = sum((poids * note for poids, note in connues if note is not None), Fraction())
    return total / sum(poids for poids, _ in connues)


def companies_note(criteres: Iterable[Critere], niveaux: Mapping[str, int]) -> Fraction | None:
    """Return the note of the indicator about partnerships with companies, on 10 (R19)."""
    codes = [ligne.code for critere in criteres for ligne in critere.indicateurs if ligne.entreprises]
    if not codes or any(code not in niveaux for code in codes):
        return None
    return Fraction(SUR * sum(niveaux[code] for code in codes), NIVEAU_MAX * len(codes))


def hundredths(valeur: Fraction) -> int:
    """Round a note or a score to hundredths, half up, once."""
    return (200 * valeur.numerator + valeur.denominator) // (2 * valeur.denominator)


@dataclass(frozen=True)
class Retenu:
    """What is retained of two notations: notes and score unrounded, and the spread."""

    notes: dict[int, Fraction]
    score: Fraction
    entreprises: Fraction
    ecart: Fraction


def mean(
    criteres: tuple[Critere, ...], premiere: Mapping[str, int], seconde: Mapping[str, int]
) -> Retenu | None:
    """Return the mean of two complete notations, computed from unrounded notes (R21)."""
    deux = [notes(criteres, premiere), notes(criteres, seconde)]
    scores = [score(criteres, ligne) for ligne in deux]
    entreprises = [companies_note(criteres, niveaux) for niveaux in (premiere, seconde)]
    if scores[0] is None or scores[1] is None:
        return None
    moyennes: dict[int, Fraction] = {}
    for critere in criteres:
        une, autre = deux[0][critere.numero], deux[1][critere.numero]
        assert une is not None
        assert autre is not None
        moyennes[critere.numero] = (une + autre) / 2
    retenu = score(criteres, moyennes)
    assert retenu is not None
    return Retenu(
        moyennes,
        retenu,
        sum((note for note in entreprises if note is not None), Fraction()) / 2,
        abs(scores[0] - scores[1]),
    )


@dataclass(frozen=True)
class Ecarts:
    """Where two notations are too far apart."""

    criteres: tuple[int, ...]
    score: bool

    def __bool__(self) -> bool:
        return bool(self.criteres) or self.score


def gaps(
    criteres: tuple[Critere, ...],
    premiere: Mapping[str, int],
    seconde: Mapping[str, int],
    *,
    seuil_critere: int,
    seuil_score: int,
) -> Ecarts:
    """Return the gaps that ask for a harmonisation; thresholds in hundredths, included (R21)."""
    deux = [notes(criteres, premiere), notes(criteres, seconde)]
    scores = [score(criteres, ligne) for ligne in deux]
    loin = tuple(
        critere.numero
        for critere in criteres
        if _apart(deux[0][critere.numero], deux[1][critere.numero], seuil_critere)
    )
    return Ecarts(loin, _apart(scores[0], scores[1], seuil_score))


def harmonised(
    criteres: tuple[Critere, ...],
    accord: Mapping[str, int],
    premiere: Mapping[str, int],
    seconde: Mapping[str, int],
) -> Retenu | None:
    """Return what is retained of an agreed notation: its own notes, the spread of the two blind ones."""
    retenu, aveugles = mean(criteres, accord, accord), mean(criteres, premiere, seconde)
    if retenu is None or aveugles is None:
        return None
    return Retenu(retenu.notes, retenu.score, retenu.entreprises, aveugles.ecart)


def _apart(une: Fraction | None, autre: Fraction | None, seuil: int) -> bool:
    return une is not None and autre is not None and abs(une - autre) * 100 >= seuil
