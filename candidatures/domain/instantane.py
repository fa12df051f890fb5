"""The snapshot of a dossier: what a deposit freezes, and what everybody reads afterwards (R11).

Shape, version 2 (JSON: dates as ISO text, amounts in cents, no float, nothing missing)::

    {"version": 2, "reference": "GEN-2021-…", "intitule": "…", "appel": "2021",
     "structure": {columns of SectionStructure},
     "formation": {columns of SectionFormation, "famille": {"code", "libelle"} | null,
                   "metier" and "autre_metier_1" to 3: {"code", "libelle"} | null,
                   "sites": [{"id", columns of Site,
                              "commune": {"code", "nom", "departement", "region"} | null}]},
     "programme": {columns, "modules": [{"id", …}]},
     "immersion": {columns}, "publics": {columns},
     "partenaires": [{"id", …}],
     "equipe": {columns, "formateurs": [{"id", …}]},
     "accompagnement": {columns},
     "budget": {columns, "lignes": [{"id", …}]},
     "sessions": [{"id", …}],
     "engagements": {columns},
     "pieces": [{"id", "type", "nom", "sha256", "fichier"}]}

A piece of a row of a table also says ``"ligne"``, the row's id. A piece that is held back (infected,
impossible to open) also says ``"retenu"``, the sentence for its porteur: no deposit has any, since it is a
gap.

A deposit keeps for ever the version in which it was frozen, and its fingerprint with it. Version 1 had
neither the other métiers, nor the name of a quality label, nor the shares of QPV and ZRR residents apart,
nor the aimed rate of positive exits, nor the kinds of commitment and the state of a partnership, nor
pieces of rows. Whoever reads a snapshot that may be old reads it through :func:`current`; a person is
shown the questions that were asked (``lecture``).

The next deposit of a dossier (compléments, R16) is the former one with what the request opens as it stands
now: it keeps an older version while a question of today has not been asked (:func:`as_asked`).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Coalesce

from candidatures.models import Candidature, Piece
from candidatures.models.lignes import Ligne
from candidatures.sections import PAR_CODE, SECTIONS, Section, Tableau, section_de_piece
from referentiels.models import Commune
from socle.models import RETENUS

VERSION = 2

#: Foreign keys of the rows and sections, read with them.
LIENS = {
    "Site": ("commune__departement",),
    "SectionFormation": ("famille", "metier", "autre_metier_1", "autre_metier_2", "autre_metier_3"),
}

Donnees = dict[str, Any] | list[dict[str, Any]]


def model_of(nom: str) -> type[models.Model]:
    """Return the model that the data of ``sections.py`` names."""
    return apps.get_model("candidatures", nom)


def build(candidature: Candidature) -> dict[str, Any]:
    """Return the whole snapshot of the dossier as it stands in the database.

    One query for the fields of all the sections, one for each table, one for the attachments.
    """
    champs = _all_fields(candidature)
    return {
        "version": VERSION,
        "reference": candidature.reference,
        "intitule": candidature.intitule,
        "appel": candidature.appel.code,
        **{
            section.code: data_of(section, champs.get(section.modele), read_rows(candidature, section))
            for section in SECTIONS
        },
        "pieces": pieces(candidature),
    }


def _all_fields(candidature: Candidature) -> dict[str, models.Model]:
    """Return the row of fields of every section that has one, by the name of its model."""
    modeles = [section.modele for section in SECTIONS if section.modele]
    liens = [f"{nom.lower()}__{lien}" for nom in modeles for lien in LIENS.get(nom, ())]
    lue = Candidature.objects.select_related(*map(str.lower, modeles), *liens).get(pk=candidature.pk)
    return {nom: getattr(lue, nom.lower(), None) or model_of(nom)(candidature=candidature) for nom in modeles}


def section_data(candidature: Candidature, code: str) -> Donnees:
    """Return one section of the snapshot: a dict, or a list for a section that is one table."""
    section = PAR_CODE[code]
    return data_of(section, read_fields(candidature, section), read_rows(candidature, section))


def read_fields(candidature: Candidature, section: Section) -> models.Model | None:
    """Return the row that holds the fields of a section, with what it links to; none for a lone table."""
    if not section.modele:
        return None
    modele = model_of(section.modele)
    lignes = modele._default_manager.select_related(*LIENS.get(section.modele, ()))
    return lignes.filter(pk=candidature.pk).first() or modele(candidature=candidature)


def row_model(tableau: Tableau) -> type[Ligne]:
    """Return the model of a table's rows."""
    modele = model_of(tableau.modele)
    assert issubclass(modele, Ligne), tableau.modele
    return modele


def read_rows(candidature: Candidature, section: Section) -> list[Ligne]:
    """Return the rows of a section's table in their order, with what they link to.

    Each says what a count of its gaps needs to know of its own pieces (``pieces_of_rows``): an answer that is
    typed has no query to spare for them.
    """
    tableau = section.tableau
    if tableau is None:
        return []
    lignes = row_model(tableau)._default_manager.filter(candidature=candidature)
    pieces = Piece.objects.filter(candidature=candidature, ligne=OuterRef("pk"), retiree_le__isnull=True)
    connues: dict[str, Any] = {_attached(un): Exists(pieces.filter(type_piece=un)) for un in tableau.pieces}
    if connues:
        tenues = pieces.filter(fichier__antivirus__in=RETENUS).order_by().values("ligne")
        connues["pieces_retenues"] = Coalesce(
            Subquery(tenues.annotate(nombre=Count("pk")).values("nombre")), 0
        )
    return list(lignes.select_related(*LIENS.get(tableau.modele, ())).annotate(**connues))


def pieces_of_rows(tableau: Tableau, lignes: Iterable[models.Model]) -> tuple[list[dict[str, str]], int]:
    """Return which kinds of piece each row read holds, and how many pieces of theirs are held back."""
    rangs = list(lignes)
    jointes = [
        {"type": type_piece, "ligne": str(ligne.pk)}
        for ligne in rangs
        for type_piece in tableau.pieces
        # A row that was just added has none.
        if getattr(ligne, _attached(type_piece), False)
    ]
    return jointes, sum(getattr(ligne, "pieces_retenues", 0) for ligne in rangs)


def _attached(type_piece: str) -> str:
    return f"jointe_{type_piece}"


def data_of(section: Section, objet: models.Model | None, lignes: Iterable[models.Model]) -> Donnees:
    """Return the snapshot of a section from its rows, in hand or just changed."""
    rangs = [_row(section.tableau, ligne) for ligne in lignes] if section.tableau else []
    if objet is None:
        return rangs
    valeurs: dict[str, Any] = {champ: json_value(getattr(objet, champ)) for champ in section.champs}
    if section.tableau:
        valeurs[section.tableau.nom] = rangs
    return valeurs


def rows_of(section: Section, donnees: Donnees) -> list[dict[str, Any]]:
    """Return the rows of a section's table, wherever the snapshot keeps them."""
    if isinstance(donnees, list):
        return donnees
    return donnees.get(section.tableau.nom, []) if section.tableau else []


def fields_of(donnees: Donnees) -> dict[str, Any]:
    """Return the fields of a section, empty for a section that is one table."""
    return {} if isinstance(donnees, list) else donnees


def pieces(candidature: Candidature) -> list[dict[str, str]]:
    """Return the attachments in force, with the hash of each file."""
    lignes = candidature.pieces.filter(retiree_le__isnull=True).select_related("fichier")
    return [piece_data(piece) for piece in lignes.order_by("type_piece", "cree_le", "id")]


def piece_data(piece: Piece) -> dict[str, str]:
    """Return one attachment as the snapshot writes it."""
    fichier = piece.fichier
    retenu = {"retenu": fichier.en_clair} if fichier.est_retenu else {}
    ligne = {"ligne": str(piece.ligne)} if piece.ligne else {}
    return {
        "id": str(piece.pk),
        "type": piece.type_piece,
        "nom": fichier.nom,
        "sha256": fichier.sha256,
        "fichier": str(fichier.pk),
        **ligne,
        **retenu,
    }


def json_value(valeur: Any) -> Any:
    """Return a column's value as the snapshot writes it."""
    if isinstance(valeur, date):
        return valeur.isoformat()
    if isinstance(valeur, models.Model):
        return _link(valeur)
    return valeur


def _row(tableau: Tableau, ligne: models.Model) -> dict[str, Any]:
    return {"id": str(ligne.pk), **{champ: json_value(getattr(ligne, champ)) for champ in tableau.champs}}


def _link(objet: models.Model) -> dict[str, str]:
    if isinstance(objet, Commune):
        departement = objet.departement
        return {
            "code": objet.pk,
            "nom": objet.nom,
            "departement": departement.pk,
            "region": departement.region_id,
        }
    # A famille or a métier, the only other links of a dossier.
    return {"code": objet.code, "libelle": objet.libelle}  # type: ignore[attr-defined]


# --- Snapshots of before -------------------------------------------------------------------------
def current(dossier: dict[str, Any]) -> dict[str, Any]:
    """Return a snapshot in the shape of today: a question that it did not ask is not answered.

    The snapshot itself does not change, nor what its fingerprint proves. Version 1 told promises of hires
    by their number alone: such a partner commits to hire.
    """
    if dossier.get("version") == VERSION:
        return dossier
    sections = {
        section.code: _completed(section, dossier[section.code])
        for section in SECTIONS
        if section.code in dossier
    }
    return {**dossier, **sections, "version": VERSION}


def _completed(section: Section, donnees: Donnees) -> Donnees:
    tableau = section.tableau
    lignes = [_completed_row(tableau, ligne) for ligne in rows_of(section, donnees)] if tableau else []
    if isinstance(donnees, list):
        return lignes
    valeurs = {**_unanswered(section.modele, section.champs), **donnees}
    if tableau:
        valeurs[tableau.nom] = lignes
    return valeurs


def _completed_row(tableau: Tableau, ligne: dict[str, Any]) -> dict[str, Any]:
    complete = {**_unanswered(tableau.modele, tableau.champs), **ligne}
    if tableau.nom == "partenaires" and "engage_embauches" not in ligne:
        complete["engage_embauches"] = bool(ligne.get("embauches_promises"))
    return complete


@cache
def _unanswered(modele: str, champs: tuple[str, ...]) -> dict[str, Any]:
    """Return what each column holds while nobody has answered."""
    colonnes: Any = model_of(modele)._meta
    return {champ: json_value(colonnes.get_field(champ).get_default()) for champ in champs}


def as_asked(
    dossier: dict[str, Any], precedent: dict[str, Any], ouverts: Mapping[str, Collection[str]]
) -> dict[str, Any]:
    """Return the next snapshot of a dossier: the former one, with what a request opens as it is now (R16).

    ``ouverts``: what the request opens, by section; a table that is opened is asked as it is today. Whatever
    else was typed, for an earlier request that closed without its answer, is not part of this one. The older
    version is kept while a question of today has not been asked.
    """
    sections = {
        section.code: _as_asked(
            section, dossier[section.code], precedent[section.code], ouverts.get(section.code, ())
        )
        for section in SECTIONS
    }
    suite = {
        **dossier,
        **sections,
        "intitule": sections["formation"]["intitule"],
        "pieces": _pieces_as_asked(dossier["pieces"], precedent["pieces"], ouverts),
    }
    entier = all(_asks_all(section, sections[section.code]) for section in SECTIONS)
    return suite if entier else {**suite, "version": precedent["version"]}


def _as_asked(section: Section, donnees: Donnees, avant: Donnees, ouverts: Collection[str]) -> Any:
    tableau = section.tableau
    lignes = rows_of(section, donnees if tableau and tableau.nom in ouverts else avant)
    if isinstance(donnees, list):
        return lignes
    anciennes = fields_of(avant)
    valeurs = {
        champ: valeur if champ in ouverts else anciennes[champ]
        for champ, valeur in donnees.items()
        if champ in ouverts or champ in anciennes
    }
    return {**valeurs, tableau.nom: lignes} if tableau else valeurs


def _asks_all(section: Section, donnees: Donnees) -> bool:
    """Whether a section has every question of today, in its fields and in its rows."""
    colonnes = set(section.tableau.champs) if section.tableau else set()
    rangs = all(colonnes <= set(ligne) for ligne in rows_of(section, donnees))
    return rangs and set(section.champs) <= set(fields_of(donnees))


def _pieces_as_asked(
    pieces: list[dict[str, str]], avant: list[dict[str, str]], ouverts: Mapping[str, Collection[str]]
) -> list[dict[str, str]]:
    """Return the attachments of the former deposit, but those that the request opens as they are now.

    What is known of a former one since (held back, R12) goes with it.
    """

    def is_open(piece: dict[str, str]) -> bool:
        section = section_de_piece(piece["type"])
        return section is not None and section.opens_piece(ouverts.get(section.code, ()), piece["type"])

    connues = {piece["id"]: piece for piece in pieces}
    fermees = [connues.get(piece["id"], piece) for piece in avant if not is_open(piece)]
    ouvertes = [piece for piece in pieces if is_open(piece)]
    types = list(dict.fromkeys(piece["type"] for piece in [*avant, *pieces]))
    return sorted([*fermees, *ouvertes], key=lambda piece: types.index(piece["type"]))


def differences(ancien: dict[str, Any], nouveau: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what changed between two snapshots: dotted path -> (old, new).

    Rows are matched by their id (``programme.modules.<id>.heures``), attachments too. What an older version
    did not ask, and that is still not answered, has not changed.
    """
    avant, apres = _flatten("", current(ancien)), _flatten("", current(nouveau))
    return {
        chemin: (avant.get(chemin), apres.get(chemin))
        for chemin in sorted({*avant, *apres})
        if avant.get(chemin) != apres.get(chemin)
    }


def _flatten(chemin: str, valeur: Any) -> dict[str, Any]:
    if isinstance(valeur, dict) and not _is_link(valeur):
        enfants = [(cle, enfant) for cle, enfant in valeur.items() if cle != "id"]
    elif isinstance(valeur, list):
        enfants = [(ligne["id"], ligne) for ligne in valeur]
    else:
        return {chemin: valeur}
    plat: dict[str, Any] = {}
    for cle, enfant in enfants:
        plat |= _flatten(f"{chemin}.{cle}" if chemin else cle, enfant)
    return plat


def _is_link(valeur: dict[str, Any]) -> bool:
    return "code" in valeur and ("libelle" in valeur or "nom" in valeur)
