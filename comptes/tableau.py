"""The dashboard: each app registers its cards, the home page shows those of the person's roles."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

#: A test on a person: one of ``comptes.rules``' predicates, or any function.
Predicat = Callable[[Any], bool]


@dataclass(frozen=True)
class Carte:
    """A card: what there is, where it leads; ``nombre`` equals the length of the list behind it."""

    titre: str
    texte: str
    url: str
    nombre: int | None = None


@dataclass(frozen=True)
class Groupe:
    """The cards of one heading."""

    titre: str
    cartes: list[Carte]


@dataclass(frozen=True)
class _Inscription:
    titre: str
    pour: Predicat
    cartes: Callable[[Any], Iterable[Carte]]
    ordre: int
    en_vue: bool


_inscriptions: dict[str, _Inscription] = {}


def register_card(
    nom: str,
    pour: Predicat,
    cartes: Callable[[Any], Iterable[Carte]],
    *,
    titre: str,
    ordre: int = 50,
    en_vue: bool = False,
) -> None:
    """Register cards under the heading ``titre`` (headings of the same words are merged).

    ``en_vue``: shown too when an agent sees the portal as this person does; nothing in them may tell
    of learners or of decisions not announced.

    Called from ``AppConfig.ready()``; registering the same ``nom`` again replaces the cards.
    """
    _inscriptions[nom] = _Inscription(titre, pour, cartes, ordre, en_vue)


def groups_for(utilisateur: Any) -> list[Groupe]:
    """Return the cards that this person sees, by heading, in order."""
    groupes: dict[str, list[Carte]] = {}
    for inscription in sorted(_inscriptions.values(), key=lambda ligne: ligne.ordre):
        if (getattr(utilisateur, "vu_par", None) is None or inscription.en_vue) and inscription.pour(
            utilisateur
        ):
            groupes.setdefault(inscription.titre, []).extend(inscription.cartes(utilisateur))
    return [Groupe(titre, cartes) for titre, cartes in groupes.items() if cartes]
