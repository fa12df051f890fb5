"""The sharing is even, the same each time, and gives nobody what they can't take."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from candidatures.domain.equilibre import balance

GENS = ("a", "b", "c")


def test_given_loads_when_sharing_then_the_least_loaded_receive_first() -> None:
    places = [(rang, 1) for rang in range(6)]
    partage = balance(places, dict.fromkeys(places, GENS), {"a": 4, "b": 0, "c": 2})
    assert Counter(partage.values()) == {"b": 4, "c": 2}
    assert partage == balance(places, dict.fromkeys(places, GENS), {"a": 4, "b": 0, "c": 2})


def test_given_exclusions_when_sharing_then_a_chain_of_people_relieves_the_most_loaded() -> None:
    """Only « a » can take 0 to 2: what « a » could hand on goes to « b », and from « b » to « c »."""
    possibles = {(0, 1): "a", (1, 1): "a", (2, 1): "a", (3, 1): "ab", (4, 1): "bc", (5, 1): "bc"}
    partage = balance(list(possibles), possibles, dict.fromkeys(GENS, 0))
    assert Counter(partage.values()) == {"a": 3, "b": 2, "c": 1} or Counter(partage.values()) == {
        "a": 3,
        "b": 1,
        "c": 2,
    }


def test_given_two_places_of_one_dossier_when_sharing_then_two_people_take_them() -> None:
    places = [("d", 1), ("d", 2)]
    partage = balance(places, dict.fromkeys(places, GENS), {"a": 0, "b": 9, "c": 9})
    assert len(set(partage.values())) == 2
    assert balance(places, dict.fromkeys(places, ("a",)), {"a": 0}) == {("d", 1): "a"}


def test_given_what_is_settled_when_sharing_then_it_does_not_move() -> None:
    places = [(rang, 1) for rang in range(4)]
    partage = balance(places, dict.fromkeys(places, GENS), dict.fromkeys(GENS, 0), {(0, 1): "a", (1, 1): "a"})
    assert (partage[0, 1], partage[1, 1]) == ("a", "a")
    assert Counter(partage.values()) == {"a": 2, "b": 1, "c": 1}


@given(st.lists(st.sets(st.sampled_from(GENS)), max_size=12), st.tuples(*[st.integers(0, 5)] * 3))
def test_given_any_exclusions_when_shared_then_no_single_move_would_be_fairer(
    qui: list[set[str]], charges: tuple[int, int, int]
) -> None:
    possibles = {(rang, 1): sorted(gens) for rang, gens in enumerate(qui)}
    depart = dict(zip(GENS, charges, strict=True))
    partage = balance(list(possibles), possibles, depart)
    assert set(partage) == {place for place, gens in possibles.items() if gens}
    assert all(personne in possibles[place] for place, personne in partage.items())
    total = Counter(depart) + Counter(partage.values())
    for place, personne in partage.items():
        assert all(total[autre] + 1 >= total[personne] for autre in possibles[place])
