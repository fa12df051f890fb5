"""A dossier in French, for people who read it: porteur, instructor, committee, annex of a convention."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from candidatures.domain.calculs import Calcul, figures
from candidatures.domain.completude import euros, is_empty, label, not_asked
from candidatures.domain.instantane import Donnees, current, fields_of, model_of, rows_of
from candidatures.models import Piece
from candidatures.sections import MONTANTS, PAR_CODE, POURCENTAGES, SECTIONS, Ensemble, Section, Tableau
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
    #: The column of the model behind each, the first one of those that are read together.
    champs: list[str]
    #: Each row as (label, value) pairs, in the order of the columns.
    lignes: list[list[tuple[str, str]]]
    #: The key of each row, as paths write it.
    cles: tuple[str, ...] = ()


@dataclass(frozen=True)
class PieceLisible:
    """An attachment; the address, empty until it is found clean, answers only whoever may read it.

    ``type`` says what it is, and for a piece of a row, whose: « CV du formateur — Nadia Perrin ».
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
    would take it for a gap, or for an answer. So is one that was not asked when the dossier was deposited.
    """
    fichiers = files_of(instantane)
    dossier = current(instantane)
    return [_section(section, dossier, _asked(section, instantane), fichiers) for section in SECTIONS]


def _asked(section: Section, instantane: dict[str, Any]) -> set[str]:
    """Return the questions that a snapshot asked: those of a table are told by its rows."""
    donnees = instantane[section.code]
    lignes = rows_of(section, donnees)
    colonnes = set(lignes[0]) if lignes else set(section.tableau.champs if section.tableau else ())
    return set(fields_of(donnees)) | colonnes


def files_of(instantane: dict[str, Any]) -> dict[str, Fichier]:
    """Return the files that a snapshot cites, by their key, in one query."""
    cites = Fichier.objects.filter(pk__in=[piece["fichier"] for piece in instantane["pieces"]])
    utiles = cites.only("antivirus", "constat", "supprime_le", "taille", "type_mime")
    return {str(fichier.pk): fichier for fichier in utiles}


def _section(
    section: Section, instantane: dict[str, Any], posees: set[str], fichiers: dict[str, Fichier]
) -> SectionLisible:
    donnees = instantane[section.code]
    valeurs = fields_of(donnees)
    sans_objet = not_asked(section.exigences, valeurs, donnees) if valeurs else set()
    return SectionLisible(
        code=section.code,
        numero=section.numero,
        titre=section.titre,
        reponses=list(_answers(section, valeurs, posees - sans_objet)),
        calculs=figures(section.code, instantane),
        tableau=_table(section.tableau, rows_of(section, donnees), posees) if section.tableau else None,
        pieces=[
            _piece(piece, fichiers.get(piece["fichier"]), titre)
            for piece, titre in _pieces_in_order(section, donnees, instantane["pieces"])
        ],
    )


def _answers(section: Section, valeurs: dict[str, Any], lues: set[str]) -> Iterator[Reponse]:
    for champ, ensemble in _questions(section.champs, section.ensembles):
        if champ not in lues:
            continue
        if ensemble is None:
            texte, vide = human(section.modele, champ, valeurs[champ]), is_empty(valeurs[champ])
            yield Reponse(champ, column_label(section.modele, champ), texte, vide)
        elif texte := together(section.modele, ensemble, valeurs):
            yield Reponse(champ, ensemble.titre, texte)


def _questions(champs: Iterable[str], ensembles: Iterable[Ensemble]) -> Iterator[tuple[str, Ensemble | None]]:
    """Yield the questions in their order: a column, or the first one of those that are read together."""
    par_champ = {champ: ensemble for ensemble in ensembles for champ in ensemble.champs}
    for champ in champs:
        ensemble = par_champ.get(champ)
        if ensemble is None or ensemble.champs[0] == champ:
            yield champ, ensemble


def columns_together(ensembles: Iterable[Ensemble], champ: str) -> tuple[str, ...]:
    """Return the columns that are read with this one, the first of them; itself when it is read alone."""
    return next((ensemble.champs for ensemble in ensembles if ensemble.champs[0] == champ), (champ,))


def together(modele: str, ensemble: Ensemble, valeurs: dict[str, Any]) -> str:
    """Return the answers of columns that are read together: what is ticked, or what each holds."""
    texte = ", ".join(
        label(modele, champ) if valeur is True else human(modele, champ, valeur)
        for champ in ensemble.champs
        if (valeur := valeurs.get(champ)) is not False and not is_empty(valeur)
    )
    return texte[:1].upper() + texte[1:]


def _pieces_in_order(
    section: Section, donnees: Donnees, pieces: Iterable[dict[str, str]]
) -> list[tuple[dict[str, str], str]]:
    """Return the attachments of a section with their titles, those of rows in the order of the rows."""
    tableau = section.tableau
    noms = {ligne["id"]: row_name(tableau, ligne) for ligne in rows_of(section, donnees)} if tableau else {}
    rangs = {cle: rang for rang, cle in enumerate(noms)}
    siennes = [piece for piece in pieces if piece["type"] in section.toutes_pieces]
    siennes.sort(key=lambda piece: rangs.get(piece.get("ligne", ""), -1))
    return [(piece, piece_title(piece["type"], noms.get(piece.get("ligne", ""), ""))) for piece in siennes]


def piece_titles(instantane: dict[str, Any]) -> dict[str, str]:
    """Return what each attachment of a snapshot is, by its id."""
    return {
        piece["id"]: titre
        for section in SECTIONS
        for piece, titre in _pieces_in_order(section, instantane[section.code], instantane["pieces"])
    }


def piece_title(type_piece: str, nom: str = "") -> str:
    """Return what an attachment is, and for one of a row, whose it is."""
    titre = str(Piece.Type(type_piece).label)
    return f"{titre} — {nom}" if nom else titre


def row_name(tableau: Tableau, ligne: dict[str, Any]) -> str:
    """Return what a row is called: its first column, that says its name."""
    return str(ligne.get(tableau.champs[0]) or "")


def _table(tableau: Tableau, rangs: Iterable[dict[str, Any]], posees: set[str]) -> TableauLisible:
    lignes = list(rangs)
    valeurs = [list(cells(tableau, ligne, posees)) for ligne in lignes]
    champs = [champ for champ, _ in _questions(tableau.champs, tableau.ensembles) if champ in posees]
    titres = {ensemble.champs[0]: ensemble.titre for ensemble in tableau.ensembles}
    colonnes = [titres.get(champ) or column_label(tableau.modele, champ) for champ in champs]
    return TableauLisible(
        tableau.titre,
        colonnes,
        champs,
        [list(zip(colonnes, rang, strict=True)) for rang in valeurs],
        tuple(str(ligne["id"]) for ligne in lignes),
    )


def cells(tableau: Tableau, ligne: dict[str, Any], posees: Container[str] | None = None) -> Iterator[str]:
    """Yield the answers of a row in words, in the order of the questions (those of ``posees``, or all)."""
    posees = tableau.champs if posees is None else posees
    sans_objet = not_asked(tableau.exigences, ligne)
    for champ, ensemble in _questions(tableau.champs, tableau.ensembles):
        if champ not in posees:
            continue
        if ensemble is not None:
            yield together(tableau.modele, ensemble, ligne) or VIDE
        else:
            yield SANS_OBJET if champ in sans_objet else human(tableau.modele, champ, ligne[champ])


def _piece(piece: dict[str, str], fichier: Fichier | None, titre: str) -> PieceLisible:
    present = fichier if fichier is not None and fichier.supprime_le is None else None
    return PieceLisible(
        type=titre,
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


def label_of_element(section: Section, champ: str) -> str:
    """Return what a request for compléments names: a question, a table, a kind of attachment."""
    nature, _, piece = champ.partition(":")
    if nature == "piece" and piece in Piece.Type.values:
        return piece_title(piece)
    if section.tableau and champ == section.tableau.nom:
        return section.tableau.titre
    return column_label(section.modele, champ)


def place_of_element(section: Section, champ: str) -> str:
    """Return the same with its section: « Programme, Modules »; a section that is one table has one name."""
    label = label_of_element(section, champ)
    return section.titre if label == section.titre else f"{section.titre}, {label}"


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
