"""Learners of the copied sessions: as many as asked for, the models' own answers, other people."""

import random
import uuid
from collections.abc import Iterator
from datetime import date, timedelta

from gen_portal.demo.scenario import NOMS, PRENOMS
from suivi.models import Apprenant, Session

_NE_LE = date(1979, 3, 1)
#: Days over which births spread: the youngest is still of age at the first session (2018).
_NAISSANCES = 8_000
#: Shares no divisor with it: no two births of one list are the same.
_PAS = 97
_COLONNES = [champ.attname for champ in Apprenant._meta.concrete_fields]
_RANGS = {nom: rang for rang, nom in enumerate(_COLONNES)}


def shares(total: int, listes: int) -> list[int]:
    """Share ``total`` people between lists, as evenly as can be."""
    base, reste = divmod(total, listes)
    return [base + (rang < reste) for rang in range(listes)]


def learners(
    session: Session, modeles: list[Apprenant], nombre: int, hasard: random.Random
) -> Iterator[Apprenant]:
    """Yield ``nombre`` learners of a session, each after one of the models."""
    depart = hasard.randrange(_NAISSANCES)
    tels = [[getattr(modele, nom) for nom in _COLONNES] for modele in modeles]
    for rang in range(nombre):
        prenom, sexe = PRENOMS[(rang // len(NOMS)) % len(PRENOMS)]
        valeurs = list(tels[rang % len(tels)])
        valeurs[_RANGS["id"]] = uuid.UUID(int=hasard.getrandbits(128), version=4)
        valeurs[_RANGS["session_id"]] = session.pk
        valeurs[_RANGS["nom"]] = NOMS[rang % len(NOMS)]
        valeurs[_RANGS["prenoms"]] = prenom
        valeurs[_RANGS["sexe"]] = sexe
        valeurs[_RANGS["naissance"]] = _NE_LE + timedelta(days=(depart + rang * _PAS) % _NAISSANCES)
        valeurs[_RANGS["courriel"]] = f"apprenant{rang + 1}@exemple.example"
        valeurs[_RANGS["rue"]] = f"{rang + 1} rue des Tilleuls"
        yield Apprenant(*valeurs)
