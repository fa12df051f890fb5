"""Share lines among people as evenly as their exclusions allow: pure, and the same each time."""

from collections import deque
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

#: What is shared has places, ``(thing, rank)``: nobody takes two places of one thing.
Objet = TypeVar("Objet", bound=Hashable)
Personne = TypeVar("Personne", bound=Hashable)


def balance(
    places: Sequence[tuple[Objet, int]],
    possibles: Mapping[tuple[Objet, int], Sequence[Personne]],
    charges: Mapping[Personne, int],
    deja: Mapping[tuple[Objet, int], Personne] | None = None,
) -> dict[tuple[Objet, int], Personne]:
    """Give each place to somebody who can take it, so that the heaviest load is as light as can be.

    ``places`` in the order that decides between equals; ``possibles``: who can take each, in the order
    that decides too; ``charges``: what everybody holds already; ``deja``: places that are settled and do
    not move. A place that nobody can take is left out of the answer.
    """
    partage = _Partage(possibles, charges, deja or {})
    libres = [place for place in places if place not in partage.donnees]
    # Those with the fewest people first: what is left is easier to share.
    for place in sorted(libres, key=lambda place: len(possibles[place])):
        partage.give(place)
    while partage.relieve():
        pass
    return partage.donnees


class _Partage(Generic[Objet, Personne]):
    """The sharing as it is built."""

    def __init__(
        self,
        possibles: Mapping[tuple[Objet, int], Sequence[Personne]],
        charges: Mapping[Personne, int],
        deja: Mapping[tuple[Objet, int], Personne],
    ) -> None:
        self.possibles = possibles
        self.charges = dict(charges)
        self.rang = {personne: rang for rang, personne in enumerate(charges)}
        self.fixes = frozenset(deja)
        self.donnees: dict[tuple[Objet, int], Personne] = {}
        self.tient: dict[Personne, dict[tuple[Objet, int], None]] = {personne: {} for personne in charges}
        self.objets: dict[Personne, set[Objet]] = {personne: set() for personne in charges}
        for place, personne in deja.items():
            self._put(place, personne)

    def give(self, place: tuple[Objet, int]) -> None:
        """Give a place to the least loaded of those who can take it."""
        if preneurs := self._takers(place):
            self._put(place, min(preneurs, key=self._load))

    def relieve(self) -> bool:
        """Lighten one of the most loaded, by handing places on; tell whether it could."""
        least = min(self.charges.values(), default=0)
        lourds = [personne for personne in self.tient if self.charges[personne] > least + 1]
        return any(self._lighten(personne) for personne in sorted(lourds, key=self._load, reverse=True))

    def _lighten(self, depart: Personne) -> bool:
        vus: dict[Personne, tuple[tuple[Objet, int], Personne] | None] = {depart: None}
        file = deque([depart])
        while file:
            courant = file.popleft()
            for place, suivant in self._ways(courant, vus):
                vus[suivant] = (place, courant)
                if self.charges[suivant] + 1 < self.charges[depart]:
                    self._hand_on(suivant, vus)
                    return True
                file.append(suivant)
        return False

    def _ways(
        self, courant: Personne, vus: Mapping[Personne, tuple[tuple[Objet, int], Personne] | None]
    ) -> Iterator[tuple[tuple[Objet, int], Personne]]:
        """Walk what somebody could hand on, and to whom, but for those already met."""
        for place in self.tient[courant]:
            if len(vus) == len(self.tient):
                return
            for suivant in () if place in self.fixes else self.possibles[place]:
                if suivant not in vus and not self._holds(suivant, place[0]):
                    yield place, suivant

    def _hand_on(
        self, arrivee: Personne, vus: Mapping[Personne, tuple[tuple[Objet, int], Personne] | None]
    ) -> None:
        """Move each place of the chain by one person."""
        pas = vus[arrivee]
        while pas is not None:
            place, donneur = pas
            del self.tient[donneur][place]
            self.objets[donneur].discard(place[0])
            self.charges[donneur] -= 1
            self._put(place, arrivee)
            arrivee, pas = donneur, vus[donneur]

    def _takers(self, place: tuple[Objet, int]) -> list[Personne]:
        return [personne for personne in self.possibles[place] if not self._holds(personne, place[0])]

    def _holds(self, personne: Personne, objet: Objet) -> bool:
        return objet in self.objets[personne]

    def _put(self, place: tuple[Objet, int], personne: Personne) -> None:
        self.donnees[place] = personne
        self.tient[personne][place] = None
        self.objets[personne].add(place[0])
        self.charges[personne] += 1

    def _load(self, personne: Personne) -> tuple[int, int]:
        return self.charges[personne], self.rang[personne]
