"""The life of an aggregate as data: states, arrows, and the words for each side.

A ``Cycle`` is a table that a non-programmer can read; ``socle.transition`` is what walks it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from socle.visibilite import Visibilite


@dataclass(frozen=True)
class Etat:
    """A state, in the porteur's words and in GEN's, with "what happens next" for the porteur."""

    code: str
    porteur: str = ""
    gen: str = ""
    suite: str = ""


@dataclass(frozen=True)
class Fleche:
    """An arrow: the verb that takes ``de`` to ``vers``, who may do it, and the event it records."""

    verbe: str
    de: tuple[str, ...]
    vers: str
    permission: str
    evenement: str
    #: The field that takes the instant of the act, if there is one.
    instant: str = ""
    visibilite: str = Visibilite.GEN


class Cycle:
    """The states and arrows of one aggregate; a table that contradicts itself is a ``ValueError``."""

    def __init__(
        self, nom: str, *, etats: Iterable[Etat], fleches: Iterable[Fleche], champ: str = "etat"
    ) -> None:
        self.nom = nom
        self.etats = tuple(etats)
        self.fleches = tuple(fleches)
        self.champ = champ
        self._etats = {etat.code: etat for etat in self.etats}
        self._fleches = {fleche.verbe: fleche for fleche in self.fleches}
        self._check()

    def _check(self) -> None:
        if len(self._etats) != len(self.etats):
            raise ValueError(f"Cycle {self.nom}: a state is written twice.")
        if len(self._fleches) != len(self.fleches):
            raise ValueError(f"Cycle {self.nom}: a verb is written twice.")
        for fleche in self.fleches:
            if unknown := {*fleche.de, fleche.vers} - self._etats.keys():
                raise ValueError(f"Cycle {self.nom}, {fleche.verbe}: unknown state {sorted(unknown)}.")
            if not (fleche.de and fleche.permission and fleche.evenement):
                raise ValueError(
                    f"Cycle {self.nom}, {fleche.verbe}: an arrow has a start, a permission and an event."
                )
            if fleche.visibilite not in Visibilite.values:
                raise ValueError(f"Cycle {self.nom}, {fleche.verbe}: unknown visibility.")

    @cached_property
    def choices(self) -> list[tuple[str, str]]:
        """The choices of the model's field, in GEN's words."""
        return [(etat.code, etat.gen or etat.porteur or etat.code) for etat in self.etats]

    def etat(self, code: str) -> Etat:
        """Return a state by its code; ``ValueError`` if the table has none."""
        if code not in self._etats:
            raise ValueError(f"Cycle {self.nom} has no state {code!r}.")
        return self._etats[code]

    def fleche(self, verbe: str) -> Fleche:
        """Return an arrow by its verb; ``ValueError`` if the table has none."""
        if verbe not in self._fleches:
            raise ValueError(f"Cycle {self.nom} has no verb {verbe!r}.")
        return self._fleches[verbe]

    def verbes_depuis(self, code: str) -> tuple[str, ...]:
        """Return the verbs that the table allows from a state, in its order."""
        return tuple(fleche.verbe for fleche in self.fleches if code in fleche.de)

    def mermaid(self) -> str:
        """Return the table as a Mermaid state diagram, for the documentation."""
        arrivals = {fleche.vers for fleche in self.fleches}
        lines = ["stateDiagram-v2"]
        lines += [f"    {etat.code}: {etat.gen or etat.porteur or etat.code}" for etat in self.etats]
        lines += [f"    [*] --> {etat.code}" for etat in self.etats if etat.code not in arrivals]
        lines += [
            f"    {de} --> {fleche.vers}: {fleche.verbe}" for fleche in self.fleches for de in fleche.de
        ]
        lines += [f"    {etat.code} --> [*]" for etat in self.etats if not self.verbes_depuis(etat.code)]
        return "\n".join(lines) + "\n"
