"""Where the porteur corrects what a finding says: the section, its answer, and the row of its table."""

from candidatures.domain.instantane import rows_of
from candidatures.sections import PAR_CODE, Section, section_de_piece
from labellisation.domain.prevalidations.base import Constat, Instantane

Endroit = tuple[str, str, int | None]


def place_to_correct(dossier: Instantane, constat: Constat) -> Endroit:
    """Return the section, the answer, table or ``piece:<TYPE>``, and the rank of the row.

    The first of its places in the section that the finding is about; without any, the section alone, or
    its table when it is nothing else.
    """
    endroits = [_place(dossier, chemin) for chemin in constat.chemins]
    de_la_section = (endroit for endroit in endroits if endroit[0] == constat.section)
    seul = (constat.section, _lone_table(constat.section), None)
    return next(de_la_section, endroits[0] if endroits else seul)


def element_of_path(dossier: Instantane, chemin: str) -> tuple[str, str]:
    """Return the section and what a request for compléments would open for a path: a row opens its table."""
    code, champ, rang = _place(dossier, chemin)
    tableau = PAR_CODE[code].tableau
    if rang is not None and tableau is not None and not champ.startswith("piece:"):
        return code, tableau.nom
    return code, champ


def _lone_table(code: str) -> str:
    section = PAR_CODE[code]
    return section.tableau.nom if section.tableau and not section.modele else ""


def _place(dossier: Instantane, chemin: str) -> Endroit:
    debut, _, suite = chemin.partition(".")
    if debut == "pieces":
        return _place_of_piece(dossier, suite)
    section = PAR_CODE[debut]
    tableau = section.tableau
    if tableau is None or suite in section.ouvrables:
        return debut, suite, None
    if section.modele:
        suite = suite.partition(".")[2]
    ligne, _, champ = suite.partition(".")
    rang = _rank(dossier, section, ligne)
    return (debut, tableau.nom, None) if rang is None else (debut, champ or tableau.champs[0], rang)


def _place_of_piece(dossier: Instantane, cle: str) -> Endroit:
    piece = next(piece for piece in dossier["pieces"] if piece["id"] == cle)
    section = section_de_piece(piece["type"])
    assert section is not None, piece["type"]
    ligne = piece.get("ligne")
    return section.code, f"piece:{piece['type']}", _rank(dossier, section, ligne) if ligne else None


def _rank(dossier: Instantane, section: Section, cle: str) -> int | None:
    cles = [ligne.get("id") for ligne in rows_of(section, dossier[section.code])]
    return cles.index(cle) if cle in cles else None
