"""A dossier in French, for people who read it: porteur, instructor, committee, annex of a convention."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from candidatures.domain.calculs import Calcul, figures
from candidatures.domain.completude import euros, is_empty, label, not_asked
from candidatures.domain.instantane import fields_of, model_of, rows_of
from candidatures.models import Piece
from candidatures.sections import MONTANTS, PAR_CODE, POURCENTAGES, SECTIONS, Section, Tableau
from comptes.models import FormeJuridique
from referentiels.models import Commune
from socle.models import Fichier
from socle.typographie import date_simple, siret_lisible, taille_lisible

VIDE = "Non renseigné"
#: In a table, the cell of a question that the rest of its row makes pointless.
SANS_OBJET = "Sans objet"
#: A file whose bytes are gone, by the rules of retention; its hash stays.
NON_CONSERVE = "ce fichier n’est plus conservé"


@dataclass(frozen=True)
class Reponse:
    """One answer in words."""

    champ: str
    label: str
    valeur: str
    vide: bool = False


@dataclass(frozen=True)
class TableauLisible:
    """A table in words."""

    titre: str
    colonnes: list[str]
    #: Each row as (label, value) pairs, in the order of the columns.
    lignes: list[list[tuple[str, str]]]
    #: The columns' names, and each row's key, as paths write them.
    champs: tuple[str, ...] = ()
    cles: tuple[str, ...] = ()


@dataclass(frozen=True)
class PieceLisible:
    """An attachment; the address, empty until it is found clean, answers only whoever may read it.

    ``etat`` and ``taille`` are those of the file now, in words: the snapshot keeps neither. ``fichier`` is
    its key.
    """

    type: str
    nom: str
    sha256: str
    url: str
    #: Where its verification stands, in a few words, then what it means; whether only another file mends it.
    etat: str
    explication: str
    retenue: bool
    taille: str
    fichier: str
    #: The attachment's own key, as paths write it, and its kind of content.
    cle: str = ""
    mime: str = ""


@dataclass(frozen=True)
class SectionLisible:
    """A section in words."""

    code: str
    numero: int
    titre: str
    reponses: list[Reponse]
    #: What the rules compute of it, from the snapshot alone.
    calculs: list[Calcul] = field(default_factory=list)
    tableau: TableauLisible | None = None
    pieces: list[PieceLisible] = field(default_factory=list)


def sections_lisibles(instantane: dict[str, Any]) -> list[SectionLisible]:
    """Return the eleven sections of a snapshot, as (label, value) pairs, tables and files (one query).

    A question that the other answers make pointless is left out, whatever was typed before: a reader
    would take it for a gap, or for an answer.
    """
    fichiers = files_of(instantane)
    return [_section(section, instantane, fichiers) for section in SECTIONS]


def files_of(instantane: dict[str, Any]) -> dict[str, Fichier]:
    """Return the files that a snapshot cites, by their key, in one query."""
    cites = Fichier.objects.filter(pk__in=[piece["fichier"] for piece in instantane["pieces"]])
    utiles = cites.only("antivirus", "constat", "supprime_le", "taille", "type_mime")
    return {str(fichier.pk): fichier for fichier in utiles}


def _section(section: Section, instantane: dict[str, Any], fichiers: dict[str, Fichier]) -> SectionLisible:
    donnees = instantane[section.code]
    valeurs = fields_of(donnees)
    sans_objet = not_asked(section.exigences, valeurs, donnees) if valeurs else set()
    return SectionLisible(
        code=section.code,
        numero=section.numero,
        titre=section.titre,
        reponses=[
            Reponse(
                champ,
                column_label(section.modele, champ),
                human(section.modele, champ, valeurs[champ]),
                is_empty(valeurs[champ]),
            )
            for champ in section.champs
            if champ not in sans_objet
        ],
        calculs=figures(section.code, instantane),
        tableau=_table(section, rows_of(section, donnees)) if section.tableau else None,
        pieces=[
            _piece(piece, fichiers.get(piece["fichier"]))
            for piece in instantane["pieces"]
            if piece["type"] in section.pieces
        ],
    )


def _table(section: Section, rangs: Iterable[dict[str, Any]]) -> TableauLisible:
    tableau = section.tableau
    assert tableau is not None
    lignes = list(rangs)
    colonnes = [column_label(tableau.modele, champ) for champ in tableau.champs]
    valeurs = [_row(tableau, ligne) for ligne in lignes]
    return TableauLisible(
        tableau.titre,
        colonnes,
        [list(zip(colonnes, rang, strict=True)) for rang in valeurs],
        tableau.champs,
        tuple(str(ligne["id"]) for ligne in lignes),
    )


def _row(tableau: Tableau, ligne: dict[str, Any]) -> list[str]:
    sans_objet = not_asked(tableau.exigences, ligne)
    return [
        SANS_OBJET if champ in sans_objet else human(tableau.modele, champ, ligne[champ])
        for champ in tableau.champs
    ]


def _piece(piece: dict[str, str], fichier: Fichier | None) -> PieceLisible:
    present = fichier if fichier is not None and fichier.supprime_le is None else None
    return PieceLisible(
        type=str(Piece.Type(piece["type"]).label),
        nom=piece["nom"],
        sha256=piece["sha256"],
        url=present.url if present is not None and present.est_servi else "",
        etat=present.en_bref if present is not None else NON_CONSERVE,
        explication=present.en_clair if present is not None else "",
        retenue=present is not None and present.est_retenu,
        taille=taille_lisible(present.taille) if present is not None else "",
        fichier=piece["fichier"],
        cle=piece["id"],
        mime=present.type_mime if present is not None else "",
    )


def column_label(modele: str, champ: str) -> str:
    """Return the label of a column, with a capital."""
    texte = label(modele, champ)
    return texte[:1].upper() + texte[1:]


def human(modele: str, champ: str, valeur: Any) -> str:
    """Return one value of the snapshot in French."""
    if is_empty(valeur):
        return VIDE
    if isinstance(valeur, bool):
        return "Oui" if valeur else "Non"
    if isinstance(valeur, dict):
        return f"{valeur['nom']} ({valeur['departement']})" if "nom" in valeur else valeur["libelle"]
    if isinstance(valeur, int):
        return _number(champ, valeur)
    return _text(modele, champ, valeur)


def _number(champ: str, valeur: int) -> str:
    if champ in MONTANTS:
        return euros(valeur)
    return f"{valeur}\u00a0%" if champ in POURCENTAGES else str(valeur)


def _text(modele: str, champ: str, valeur: str) -> str:
    colonne: Any = model_of(modele)._meta.get_field(champ)
    choix = FormeJuridique.choices if champ == "forme_juridique" else colonne.choices
    if choix:
        return str(dict(choix).get(valeur, valeur))
    if isinstance(colonne, models.DateField):
        return date_simple(date.fromisoformat(valeur))
    if champ.endswith("siret"):
        return siret_lisible(valeur)
    if champ == "commune":
        return _commune(valeur)
    return valeur


def _commune(code: str) -> str:
    commune = Commune.objects.filter(pk=code).first()
    return f"{commune.nom} ({commune.departement_id})" if commune else code


def label_of_path(chemin: str) -> str:
    """Return where a revision's path points, in words: « Publics, Gratuite… »."""
    code, *reste = chemin.split(".")
    section = PAR_CODE.get(code)
    if section is None or not reste:
        return "Pièces jointes" if code == "pieces" else code.capitalize()
    modele = section.tableau.modele if section.tableau and len(reste) > 1 else section.modele
    if section.tableau and not section.modele:
        modele = section.tableau.modele
    try:
        return f"{section.titre}, {column_label(modele, reste[-1])}"
    except FieldDoesNotExist:
        return section.titre
