"""What the page of a section sends while somebody types, read by the very fields of its form."""

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from candidatures.domain.saisie import Frappe
from candidatures.forms.champs import ChampCommune
from candidatures.forms.sections import field_of
from candidatures.sections import LIGNES_MAX, Section

#: Answers in one sending; a page has fewer, even with all the rows of its table.
FRAPPES_MAX = 1_000
#: Former sendings of one answer that are compared.
TENTEES_MAX = 20
_LIGNE = re.compile(r"(?P<tableau>[a-z]+)-(?P<rang>[0-9]{1,3})-(?P<champ>[a-z_0-9]+)")


class SaisieIllisible(Exception):
    """What was sent is not what the page sends."""


@dataclass(frozen=True)
class Controle:
    """One control of the page: the question, and the row of the table that asks it."""

    nom: str
    champ: str
    field: forms.Field
    rang: int | None = None


@dataclass
class Lecture:
    """The answers that can be read, and the sentences for those that can't, by the control's name."""

    frappes: list[Frappe] = field(default_factory=list)
    #: The control that each answer was read by.
    controles: dict[str, Controle] = field(default_factory=dict)
    erreurs: dict[str, list[str]] = field(default_factory=dict)


def read_frappes(section: Section, donnees: QueryDict) -> Lecture:
    """Read what was typed: ``avant`` (JSON) gives what each control showed, the rest is the form's own.

    A row is named by ``<tableau>-<rang>-id``; ``nouvelles`` lists the rows that the page has added,
    ``tentees`` (JSON) what it had sent without a reply.
    Errors: ``SaisieIllisible``.
    """
    avants = _before(donnees.get("avant", ""))
    essais = _tried(donnees.get("tentees", "{}"))
    nouvelles = set(donnees.getlist("nouvelles"))
    lecture = Lecture()
    for nom, avant in avants.items():
        controle = control_of(section, nom)
        if controle is None:
            raise SaisieIllisible(nom)
        lecture.controles[nom] = controle
        ligne = _row_of(section, controle, donnees)
        try:
            frappe = Frappe(
                nom=nom,
                champ=controle.champ,
                avant=_read_back(controle, avant),
                valeur=_clean(controle, donnees),
                ligne=ligne,
                nouvelle=str(ligne) in nouvelles,
                tentees=tuple(_readable(controle, essais.get(nom, []))),
            )
        except ValidationError as erreur:
            lecture.erreurs[nom] = list(erreur.messages)
        else:
            lecture.frappes.append(frappe)
    return lecture


def control_of(section: Section, nom: str) -> Controle | None:
    """Return the control of this name on the section's page, or nothing."""
    if nom in section.champs:
        return Controle(nom, nom, field_of(section, section.modele, nom))
    trouve = _LIGNE.fullmatch(nom)
    tableau = section.tableau
    if not trouve or tableau is None or trouve["tableau"] != tableau.nom:
        return None
    champ, rang = trouve["champ"], int(trouve["rang"])
    if champ not in tableau.champs or rang >= LIGNES_MAX:
        return None
    return Controle(nom, champ, field_of(section, tableau.modele, champ), rang)


def shown(champ: forms.Field, valeur: Any) -> str:
    """Return what the control of a field holds for a stored value, as a script reads it."""
    if isinstance(champ, forms.BooleanField):
        return "on" if valeur else ""
    prete = champ.prepare_value(valeur)
    if isinstance(champ.widget, forms.RadioSelect):
        return str(prete or "")
    rendue = champ.widget.format_value(prete)
    if isinstance(rendue, list):
        rendue = rendue[0] if rendue else ""
    return str(rendue or "")


def _before(texte: str) -> Mapping[str, str]:
    avants = _object("avant", texte)
    if not 0 < len(avants) <= FRAPPES_MAX or not all(isinstance(valeur, str) for valeur in avants.values()):
        raise SaisieIllisible("avant")
    return {nom: _whole(valeur) for nom, valeur in avants.items()}


def _tried(texte: str) -> Mapping[str, list[str]]:
    """Return what was sent before without a reply, by control."""
    essais = _object("tentees", texte)
    for liste in essais.values():
        if not isinstance(liste, list) or not all(isinstance(valeur, str) for valeur in liste):
            raise SaisieIllisible("tentees")
    return {nom: [_whole(valeur) for valeur in liste] for nom, liste in essais.items()}


def _object(nom: str, texte: str) -> dict[str, Any]:
    try:
        lu = json.loads(texte)
    except (ValueError, RecursionError) as erreur:
        raise SaisieIllisible(nom) from erreur
    if not isinstance(lu, dict):
        raise SaisieIllisible(nom)
    return lu


def _whole(texte: str) -> str:
    """Write half a character as a form sends it: JSON alone lets it through, and no base takes it."""
    return texte.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _readable(controle: Controle, valeurs: list[str]) -> Iterator[Any]:
    for valeur in valeurs[:TENTEES_MAX]:
        with suppress(ValidationError):
            yield _read_back(controle, valeur)


def _row_of(section: Section, controle: Controle, donnees: QueryDict) -> uuid.UUID | None:
    if controle.rang is None or section.tableau is None:
        return None
    try:
        return uuid.UUID(donnees.get(f"{section.tableau.nom}-{controle.rang}-id", ""))
    except ValueError as erreur:
        raise SaisieIllisible(controle.nom) from erreur


def _read_back(controle: Controle, texte: str) -> Any:
    """Return the answer that a control showed: a field may know it without looking for it."""
    if texte and isinstance(controle.field, ChampCommune):
        return controle.field.read_back(texte)
    return _clean(controle, {controle.nom: texte} if texte else {})


def _clean(controle: Controle, donnees: Mapping[str, Any]) -> Any:
    nom = controle.nom
    seule = {nom: donnees[nom]} if nom in donnees else {}
    return controle.field.clean(controle.field.widget.value_from_datadict(seule, MultiValueDict(), nom))
