"""A factory of copies: the rows behind one thing, with what changes from copy to copy left open.

What changes is found by its text: identifiers, references, addresses, fingerprints, wherever they
stand, in a column, in JSON, in the words of an e-mail. A copy is thus as consistent as its model.
"""

import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.db import models

from socle.models import Evenement

Lignes = list[models.Model]


@dataclass(frozen=True)
class _Texte:
    """A text cut at what changes: odd pieces are looked up."""

    morceaux: tuple[str, ...]
    json: bool

    def write(self, valeurs: Mapping[str, str]) -> Any:
        pieces = list(self.morceaux)
        for rang in range(1, len(pieces), 2):
            pieces[rang] = valeurs.get(pieces[rang], pieces[rang])
        texte = "".join(pieces)
        return json.loads(texte) if self.json else texte


@dataclass(frozen=True)
class _Ligne:
    """One row: its model, its values as they are, and what to put in their place."""

    modele: type[models.Model]
    valeurs: tuple[Any, ...]
    cles: tuple[tuple[int, uuid.UUID], ...]
    textes: tuple[tuple[int, _Texte], ...]
    uniques: tuple[int, ...]
    instants: tuple[int, ...]


class Gabarit:
    """Rows ready to be copied any number of times."""

    def __init__(
        self,
        lignes: Lignes,
        *,
        autres: Iterable[str] = (),
        jour: Any = None,
        a_part: Iterable[uuid.UUID] = (),
    ) -> None:
        """Cut ``lignes``.

        ``autres``: further texts that change. ``jour``: instants of that Paris day move together.
        ``a_part``: rows whose unique texts name nothing of their own.
        """
        self.propres = [ligne.pk for ligne in lignes if isinstance(ligne.pk, uuid.UUID)]
        jetons = {*map(str, self.propres), *filter(None, autres)}
        self._coupe = re.compile("(" + "|".join(map(re.escape, sorted(jetons, key=len, reverse=True))) + ")")
        self._cles = {uuid.UUID(jeton) for jeton in jetons if _is_uuid(jeton)}
        self._jour = jour
        self._a_part = set(a_part)
        self._lignes = [self._cut(ligne) for ligne in lignes]

    def copy(
        self, valeurs: Mapping[str, str], *, rang: int, avance: timedelta = timedelta()
    ) -> dict[type[models.Model], Lignes]:
        """Return new rows by model; ``valeurs`` says what each text that changes becomes."""
        cles = {cle: uuid.UUID(valeurs[texte]) for cle in self._cles if (texte := str(cle)) in valeurs}
        copies: dict[type[models.Model], Lignes] = {}
        for ligne in self._lignes:
            champs = list(ligne.valeurs)
            for position, cle in ligne.cles:
                champs[position] = cles.get(cle, cle)
            for position, texte in ligne.textes:
                champs[position] = texte.write(valeurs)
            for position in ligne.uniques:
                champs[position] = f"{champs[position]}:{rang}"
            for position in ligne.instants:
                champs[position] += avance
            copies.setdefault(ligne.modele, []).append(ligne.modele(*champs))
        return copies

    def _cut(self, ligne: models.Model) -> _Ligne:
        valeurs, cles, textes, uniques, instants = [], [], [], [], []
        for position, champ in enumerate(ligne._meta.concrete_fields):
            valeur = _plain(ligne, champ)
            valeurs.append(valeur)
            if isinstance(valeur, uuid.UUID):
                if valeur in self._cles:
                    cles.append((position, valeur))
            elif isinstance(valeur, datetime):
                if self._jour and self._moves(champ, valeur):
                    instants.append(position)
            elif isinstance(champ, models.JSONField):
                # Cut even where nothing changes: rows must not share one mutable value.
                textes.append((position, self._split(json.dumps(valeur, ensure_ascii=False), json_=True)))
            elif isinstance(valeur, str) and valeur:
                texte = self._split(valeur, json_=False)
                if len(texte.morceaux) > 1:
                    textes.append((position, texte))
                if champ.unique and (len(texte.morceaux) == 1 or ligne.pk in self._a_part):
                    uniques.append(position)
        return _Ligne(
            type(ligne), tuple(valeurs), tuple(cles), tuple(textes), tuple(uniques), tuple(instants)
        )

    def _split(self, texte: str, *, json_: bool) -> _Texte:
        return _Texte(tuple(self._coupe.split(texte)), json_)

    def _moves(self, champ: models.Field, valeur: datetime) -> bool:
        from socle import horloge

        return champ.name != "heure_reelle" and horloge.paris(valeur).date() == self._jour


def _plain(ligne: models.Model, champ: models.Field) -> Any:
    """Return what a column holds: the key of a foreign row, the name of a file, no automatic key."""
    if isinstance(champ, models.AutoField):
        return None
    valeur = attrgetter(champ.attname)(ligne)
    return valeur.name if isinstance(champ, models.FileField) else valeur


def _is_uuid(texte: str) -> bool:
    try:
        return str(uuid.UUID(texte)) == texte
    except ValueError:
        return False


def events_of(copies: dict[type[models.Model], Lignes]) -> list[Evenement]:
    """Take the events out of a copy: the journal writes them."""
    return [ligne for ligne in copies.pop(Evenement, []) if isinstance(ligne, Evenement)]
