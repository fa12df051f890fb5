"""Write the blank templates of the dossier: ``python -m scripts.modeles``.

Their words are in ``candidatures/donnees/modeles.toml``; the files, which people download, are kept among
the static files. ``tests/candidatures/test_modeles.py`` fails when the ones differ from the others.
"""

import tomllib
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as Docx
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from scripts.etapes import RACINE, say

SOURCE = RACINE / "candidatures/donnees/modeles.toml"
DESTINATION = RACINE / "static/modeles"
#: Room that an answer takes by hand, in a table.
HAUTEUR = Cm(0.9)


def modeles() -> list[dict[str, Any]]:
    """Return the templates, as data."""
    return tomllib.loads(SOURCE.read_text(encoding="utf-8"))["modeles"]


def build(modele: dict[str, Any]) -> Docx:
    """Return the document of a template: real titles, lists and tables, so that every reader knows them."""
    document = Document()
    document.core_properties.title = modele["titre"]
    document.core_properties.author = "Grande École du Numérique"
    document.core_properties.comments = ""
    for langue in document.styles.element.iter(qn("w:lang")):
        langue.set(qn("w:val"), "fr-FR")
    document.styles["Normal"].font.size = Pt(10)
    document.styles["Normal"].font.name = "Arial"
    page = document.sections[0]
    page.page_height, page.page_width = Cm(29.7), Cm(21)
    page.top_margin = page.bottom_margin = page.left_margin = page.right_margin = Cm(2)
    document.add_heading(modele["titre"], level=1)
    document.add_paragraph(modele["objet"])
    for bloc in modele["blocs"]:
        _add_block(document, bloc)
    return document


def _add_block(document: Docx, bloc: dict[str, Any]) -> None:
    if "titre" in bloc:
        document.add_heading(bloc["titre"], level=2)
    if "texte" in bloc:
        document.add_paragraph(bloc["texte"])
    for ligne in bloc.get("liste", ()):
        document.add_paragraph(ligne, style="List Bullet")
    if "tableau" in bloc:
        _add_table(document, bloc["tableau"])


def _add_table(document: Docx, questions: list[str]) -> None:
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for question in questions:
        rang = table.add_row()
        rang.height = HAUTEUR
        rang.cells[0].text = question


def texts(chemin: Path) -> list[str]:
    """Return what a document says, its paragraphs then its tables."""
    document = Document(str(chemin))
    cellules = [cellule.text for table in document.tables for rang in table.rows for cellule in rang.cells]
    return [*(paragraphe.text for paragraphe in document.paragraphs), *cellules]


def expected(modele: dict[str, Any]) -> list[str]:
    """Return what the document of a template must say, in the order of :func:`texts`."""
    lignes = [modele["titre"], modele["objet"]]
    for bloc in modele["blocs"]:
        lignes += [bloc[cle] for cle in ("titre", "texte") if cle in bloc]
        lignes += bloc.get("liste", [])
    cellules = [
        texte for bloc in modele["blocs"] for ligne in bloc.get("tableau", ()) for texte in (ligne, "")
    ]
    return lignes + cellules


def main() -> None:
    """Write every template."""
    DESTINATION.mkdir(exist_ok=True)
    for modele in modeles():
        chemin = DESTINATION / f"{modele['fichier']}.docx"
        build(modele).save(str(chemin))
        say(f"{chemin.relative_to(RACINE)}")


if __name__ == "__main__":
    main()
