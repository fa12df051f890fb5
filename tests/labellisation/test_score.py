"""The score: hand-computed tables, and properties that hold for every grid (R19 to R21)."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labellisation.domain.score import (
    Critere,
    Indicateur,
    companies_note,
    criterion_note,
    gaps,
    harmonised,
    hundredths,
    mean,
    notes,
    score,
)

#: The example of docs/notation.md.
GRILLE = (
    Critere(1, 1, (Indicateur("1.1", 2), Indicateur("1.2", 2), Indicateur("1.3", 4, entreprises=True))),
    Critere(2, 1, (Indicateur("2.1", 3), Indicateur("2.2", 1))),
    Critere(3, 1, (Indicateur("3.1"), Indicateur("3.2"))),
    Critere(4, 1, (Indicateur("4.1"), Indicateur("4.2"))),
    Critere(5, 2, (Indicateur("5.1"), Indicateur("5.2"), Indicateur("5.3"))),
    Critere(6, 1, (Indicateur("6.1"), Indicateur("6.2"))),
)
CLAIRE = {
    **{"1.1": 3, "1.2": 2, "1.3": 3, "2.1": 3, "2.2": 2, "3.1": 2, "3.2": 1},
    **{"4.1": 3, "4.2": 3, "5.1": 2, "5.2": 3, "5.3": 3, "6.1": 2, "6.2": 2},
}
PAUL = {**CLAIRE, "1.1": 2, "1.3": 4, "3.2": 2, "5.1": 3}


@pytest.mark.regle("R19")
def test_given_the_table_computed_by_hand_when_noted_then_the_portal_agrees_to_the_hundredth() -> None:
    claire = notes(GRILLE, CLAIRE)
    assert {numero: hundredths(note or Fraction(-1)) for numero, note in claire.items()} == {
        **{1: 688, 2: 688, 3: 375, 4: 750, 5: 667, 6: 500}
    }
    # 6,875 + 6,875 + 3,75 + 7,5 + 2 × 6,666… + 5 = 43,3333… over a weight of 7.
    obtenu = score(GRILLE, claire)
    assert obtenu == Fraction(130, 21)
    assert hundredths(obtenu) == 619


@pytest.mark.regle("R21")
def test_given_two_close_notations_when_kept_then_the_mean_is_made_on_unrounded_notes() -> None:
    retenu = mean(GRILLE, CLAIRE, PAUL)
    assert retenu is not None
    assert {numero: hundredths(note) for numero, note in retenu.notes.items()} == {
        **{1: 719, 2: 688, 3: 438, 4: 750, 5: 708, 6: 500}
    }
    assert hundredths(retenu.score) == 644
    assert hundredths(retenu.ecart) == 51
    assert hundredths(retenu.entreprises) == 875


@pytest.mark.regle("R19")
def test_given_the_indicator_of_companies_when_asked_alone_then_it_is_out_of_ten() -> None:
    assert companies_note(GRILLE, CLAIRE) == Fraction(15, 2)
    assert companies_note(GRILLE, {}) is None


@pytest.mark.regle("R19")
@pytest.mark.parametrize(
    ("note", "attendu"),
    [
        (Fraction(0), 0),
        (Fraction(12344, 1000), 1234),
        (Fraction(12345, 1000), 1235),
        (Fraction(1, 200), 1),
        (Fraction(49, 10000), 0),
        (Fraction(10), 1000),
    ],
)
def test_given_a_half_hundredth_when_rounded_then_it_goes_up(note: Fraction, attendu: int) -> None:
    assert hundredths(note) == attendu


@pytest.mark.regle("R20")
def test_given_a_missing_level_when_noted_then_there_is_no_note_and_no_score() -> None:
    incomplet = {code: niveau for code, niveau in CLAIRE.items() if code != "4.2"}
    zero = {**CLAIRE, "4.2": 0}
    assert notes(GRILLE, incomplet)[4] is None
    assert score(GRILLE, notes(GRILLE, incomplet)) is None
    assert score(GRILLE, notes(GRILLE, zero)) is not None
    assert mean(GRILLE, CLAIRE, incomplet) is None
    assert mean(GRILLE, incomplet, CLAIRE) is None
    assert harmonised(GRILLE, incomplet, CLAIRE, PAUL) is None
    assert harmonised(GRILLE, CLAIRE, incomplet, PAUL) is None
    assert not gaps(GRILLE, CLAIRE, incomplet, seuil_critere=0, seuil_score=0).score


@pytest.mark.regle("R19")
@pytest.mark.parametrize("niveau", [-1, 5, True, 2.0, "2"])
def test_given_a_level_that_does_not_exist_when_noted_then_it_is_refused(niveau: object) -> None:
    with pytest.raises(ValueError, match="no level"):
        criterion_note(GRILLE[1], {"2.1": niveau, "2.2": 2})


@pytest.mark.regle("R19")
@pytest.mark.parametrize(
    "critere",
    [Critere(1, 1, ()), Critere(1, 0, (Indicateur("1.1"),)), Critere(1, 1, (Indicateur("1.1", 0),))],
)
def test_given_a_grid_without_weight_when_noted_then_it_is_refused(critere: Critere) -> None:
    with pytest.raises(ValueError, match="weights are positive"):
        criterion_note(critere, {"1.1": 2})


# --- Gaps ----------------------------------------------------------------------------------------
SIMPLE = tuple(
    Critere(numero, 1, (Indicateur(f"{numero}.1", 4), Indicateur(f"{numero}.2"))) for numero in range(1, 7)
)


def uniforme(niveau: int, **autres: int) -> dict[str, int]:
    plat = {indicateur.code: niveau for critere in SIMPLE for indicateur in critere.indicateurs}
    return plat | {code.replace("_", ".")[1:]: valeur for code, valeur in autres.items()}


@pytest.mark.regle("R21")
def test_given_gaps_at_their_bounds_then_two_points_and_one_point_ask_for_a_harmonisation() -> None:
    seuils = {"seuil_critere": 200, "seuil_score": 100}
    # One criterion: 4 of 5 of the weight moves by one level: exactly 2 points on 10, 0,33 on the score.
    deux_points = gaps(SIMPLE, uniforme(2), uniforme(2, c1_1=3), **seuils)
    assert (deux_points.criteres, deux_points.score, bool(deux_points)) == ((1,), False, True)
    # Half a point on each criterion.
    demi = {f"c{numero}_2": 3 for numero in range(1, 7)}
    proches = gaps(SIMPLE, uniforme(2), uniforme(2, **demi), **seuils)
    assert (proches.criteres, proches.score, bool(proches)) == ((), False, False)
    # The same, by a stricter bound on the score.
    loin = gaps(SIMPLE, uniforme(2), uniforme(2, **demi), seuil_critere=200, seuil_score=50)
    assert (loin.criteres, loin.score) == ((), True)


@pytest.mark.regle("R21")
def test_given_a_gap_just_under_its_bound_then_nothing_is_asked() -> None:
    juste = gaps(SIMPLE, uniforme(2), uniforme(2, c1_1=3), seuil_critere=201, seuil_score=100)
    assert not juste


@pytest.mark.regle("R21")
def test_given_an_agreed_notation_then_its_notes_are_kept_and_the_spread_is_that_of_the_blind_ones() -> None:
    retenu = harmonised(SIMPLE, uniforme(3), uniforme(1), uniforme(4))
    assert retenu is not None
    assert (hundredths(retenu.score), hundredths(retenu.ecart)) == (750, 750)


# --- Properties ----------------------------------------------------------------------------------
@st.composite
def grilles(draw: st.DrawFn) -> tuple[Critere, ...]:
    return tuple(
        Critere(
            numero,
            draw(st.integers(1, 9)),
            tuple(
                Indicateur(f"{numero}.{rang}", draw(st.integers(1, 9)), entreprises=(numero, rang) == (1, 1))
                for rang in range(1, draw(st.integers(2, 5)) + 1)
            ),
        )
        for numero in range(1, 7)
    )


@st.composite
def notees(draw: st.DrawFn) -> tuple[tuple[Critere, ...], dict[str, int]]:
    grille = draw(grilles())
    codes = [indicateur.code for critere in grille for indicateur in critere.indicateurs]
    return grille, {code: draw(st.integers(0, 4)) for code in codes}


def total(grille: tuple[Critere, ...], niveaux: dict[str, int]) -> Fraction:
    obtenu = score(grille, notes(grille, niveaux))
    assert obtenu is not None
    return obtenu


@pytest.mark.regle("R19")
@given(notees())
def test_given_any_levels_then_notes_and_score_stay_between_zero_and_ten(
    cas: tuple[tuple[Critere, ...], dict[str, int]],
) -> None:
    grille, niveaux = cas
    assert all(0 <= (note if note is not None else -1) <= 10 for note in notes(grille, niveaux).values())
    assert 0 <= total(grille, niveaux) <= 10
    assert total(grille, dict.fromkeys(niveaux, 0)) == 0
    assert total(grille, dict.fromkeys(niveaux, 4)) == 10


@pytest.mark.regle("R19")
@given(notees(), st.data())
def test_given_one_level_higher_then_the_score_is_strictly_higher(
    cas: tuple[tuple[Critere, ...], dict[str, int]], data: st.DataObject
) -> None:
    grille, niveaux = cas
    code = data.draw(st.sampled_from(sorted(niveaux)))
    if niveaux[code] < 4:
        assert total(grille, {**niveaux, code: niveaux[code] + 1}) > total(grille, niveaux)


@pytest.mark.regle("R19")
@given(notees(), st.randoms(use_true_random=False))
def test_given_another_order_then_the_score_is_the_same(
    cas: tuple[tuple[Critere, ...], dict[str, int]], hasard: object
) -> None:
    grille, niveaux = cas
    melange = list(grille)
    hasard.shuffle(melange)
    tournes = tuple(Critere(critere.numero, critere.poids, critere.indicateurs[::-1]) for critere in melange)
    assert total(tournes, dict(reversed(niveaux.items()))) == total(grille, niveaux)


@pytest.mark.regle("R20")
@given(notees(), st.data())
def test_given_any_level_taken_away_then_there_is_no_score(
    cas: tuple[tuple[Critere, ...], dict[str, int]], data: st.DataObject
) -> None:
    grille, niveaux = cas
    code = data.draw(st.sampled_from(sorted(niveaux)))
    reste = {autre: niveau for autre, niveau in niveaux.items() if autre != code}
    assert score(grille, notes(grille, reste)) is None


@pytest.mark.regle("R21")
@given(notees(), st.data())
def test_given_two_notations_then_the_mean_lies_between_and_does_not_depend_on_who_is_first(
    cas: tuple[tuple[Critere, ...], dict[str, int]], data: st.DataObject
) -> None:
    grille, une = cas
    autre = {code: data.draw(st.integers(0, 4)) for code in une}
    retenu, envers = mean(grille, une, autre), mean(grille, autre, une)
    assert retenu == envers
    assert retenu is not None
    bornes = sorted((total(grille, une), total(grille, autre)))
    assert bornes[0] <= retenu.score <= bornes[1]
    assert retenu.ecart == bornes[1] - bornes[0]
    assert retenu.score == sum(bornes) / 2
