"""What the porteur changed from one deposit to the next, as an instructor reads it (R16)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from candidatures.domain.instantane import differences, fields_of
from candidatures.domain.lecture import (
    SANS_OBJET,
    VIDE,
    PieceLisible,
    Reponse,
    SectionLisible,
    TableauLisible,
    columns_together,
    sections_lisibles,
)
from candidatures.models import Candidature, DemandeComplements, Depot
from candidatures.sections import PAR_CODE, section_de_piece
from socle import journal
from socle.journal import Visibilite

#: What stands before for a question that the other answers, or an older dossier, did not ask.
NON_POSEE = "question qui n’était pas posée"


class Nature(StrEnum):
    """How an answer, a row or an attachment differs."""

    MODIFIE = "modifié"
    AJOUTE = "ajouté"
    RETIRE = "retiré"


@dataclass(frozen=True)
class Changement:
    """One difference: where it is read (as revisions write it), what it is, the words before and after.

    What is gone has the path of where it stood: its question, its table, or its section.
    """

    chemin: str
    section: str
    lieu: str
    nature: Nature
    avant: str = ""
    apres: str = ""


# --- In words --------------------------------------------------------------------------------------
def changes(
    ancien: dict[str, Any], nouveau: dict[str, Any], apres: Iterable[SectionLisible]
) -> list[Changement]:
    """Return what differs between two snapshots, as they are read, in order; ``apres`` is the new one read.

    What the older version did not ask is told when it is answered since.
    """
    comparaison = _Comparaison(ancien, set(differences(ancien, nouveau)))
    anciennes = {section.code: section for section in sections_lisibles(ancien)}
    return [
        changement
        for section in apres
        for lire in (comparaison.answers, comparaison.rows, _pieces)
        for changement in lire(anciennes[section.code], section)
    ]


@dataclass(frozen=True)
class _Comparaison:
    """The older snapshot, and the paths that differ from it."""

    ancien: dict[str, Any]
    differents: set[str]

    def answers(self, avant: SectionLisible, apres: SectionLisible) -> Iterator[Changement]:
        """Compare the answers of a section."""
        anciennes = {reponse.champ: reponse for reponse in avant.reponses}
        for reponse in apres.reponses:
            ancienne = anciennes.pop(reponse.champ, None)
            if ancienne is None and not self._is_told(apres.code, reponse):
                continue
            etait = ancienne.valeur if ancienne else self._before(apres.code, reponse.champ)
            if etait != reponse.valeur:
                lieu = f"{apres.titre}, {reponse.label}"
                chemin = f"{apres.code}.{reponse.champ}"
                yield Changement(chemin, apres.code, lieu, Nature.MODIFIE, etait, reponse.valeur)
        for champ, ancienne in anciennes.items():
            if not ancienne.vide:
                lieu = f"{apres.titre}, {ancienne.label}"
                yield Changement(f"{apres.code}.{champ}", apres.code, lieu, Nature.RETIRE, ancienne.valeur)

    def _is_told(self, code: str, reponse: Reponse) -> bool:
        """Whether a question that the older reading did not show is news."""
        if reponse.vide:
            return False
        posee = reponse.champ in fields_of(self.ancien[code])
        # Asked and hidden, it is read for the first time; not asked, only an answer since then is news.
        return posee or self._differs(code, columns_together(PAR_CODE[code].ensembles, reponse.champ))

    def _before(self, code: str, champ: str) -> str:
        # Boxes of which none is ticked are not shown at all.
        ensemble = any(ensemble.champs[0] == champ for ensemble in PAR_CODE[code].ensembles)
        return VIDE if ensemble and champ in fields_of(self.ancien[code]) else NON_POSEE

    def _differs(self, base: str, champs: Iterable[str]) -> bool:
        return any(f"{base}.{champ}" in self.differents for champ in champs)

    def rows(self, avant: SectionLisible, apres: SectionLisible) -> Iterator[Changement]:
        """Compare the rows of a section's table, each found by its key."""
        tableau = PAR_CODE[apres.code].tableau
        if tableau is None or apres.tableau is None or avant.tableau is None:
            return
        base = f"{apres.code}.{tableau.nom}" if PAR_CODE[apres.code].modele else apres.code
        anciennes = dict(_cells(avant.tableau))
        for rang, (cle, cellules) in enumerate(_cells(apres.tableau), start=1):
            lieu = f"{apres.titre}, {tableau.singulier} {rang}"
            ancienne = anciennes.pop(cle, None)
            if ancienne is None:
                dit = _words(cellules.values())
                yield Changement(f"{base}.{cle}", apres.code, lieu, Nature.AJOUTE, apres=dit)
                continue
            for champ, (label, valeur) in cellules.items():
                _, etait = ancienne.get(champ, ("", NON_POSEE))
                colonnes = columns_together(tableau.ensembles, champ)
                if etait != valeur and (champ in ancienne or self._differs(f"{base}.{cle}", colonnes)):
                    chemin = f"{base}.{cle}.{champ}"
                    yield Changement(chemin, apres.code, f"{lieu}, {label}", Nature.MODIFIE, etait, valeur)
        for cellules in anciennes.values():
            lieu = f"{apres.titre}, {tableau.singulier}"
            yield Changement(base, apres.code, lieu, Nature.RETIRE, _words(cellules.values()))


def _cells(tableau: TableauLisible) -> Iterator[tuple[str, dict[str, tuple[str, str]]]]:
    for cle, ligne in zip(tableau.cles, tableau.lignes, strict=True):
        yield cle, dict(zip(tableau.champs, ligne, strict=True))


def _words(cellules: Iterable[tuple[str, str]]) -> str:
    return "\u00a0; ".join(
        f"{label}\u00a0: {valeur}" for label, valeur in cellules if valeur not in (VIDE, SANS_OBJET)
    )


def _pieces(avant: SectionLisible, apres: SectionLisible) -> Iterator[Changement]:
    restees = {piece.cle for piece in apres.pieces}
    connues = {piece.cle for piece in avant.pieces}
    retirees = [piece for piece in avant.pieces if piece.cle not in restees]
    for piece in apres.pieces:
        if piece.cle in connues:
            continue
        remplacee = next((ancienne for ancienne in retirees if ancienne.type == piece.type), None)
        if remplacee:
            retirees.remove(remplacee)
        yield _of_piece(apres, piece, remplacee)
    for piece in retirees:
        lieu = f"{apres.titre}, {piece.type}"
        yield Changement(apres.code, apres.code, lieu, Nature.RETIRE, piece.nom)


def _of_piece(section: SectionLisible, piece: PieceLisible, remplacee: PieceLisible | None) -> Changement:
    return Changement(
        f"pieces.{piece.cle}",
        section.code,
        f"{section.titre}, {piece.type}",
        Nature.MODIFIE if remplacee else Nature.AJOUTE,
        remplacee.nom if remplacee else "",
        piece.nom,
    )


# --- As a request names it -------------------------------------------------------------------------
def touched(ancien: dict[str, Any], nouveau: dict[str, Any]) -> set[tuple[str, str]]:
    """Return what differs between two snapshots, as a request for compléments names it: section, element."""
    return {
        element
        for chemin in differences(ancien, nouveau)
        if (element := _element(chemin, nouveau) or _element(chemin, ancien))
    }


def _element(chemin: str, dossier: dict[str, Any]) -> tuple[str, str] | None:
    code, _, suite = chemin.partition(".")
    if code == "pieces":
        return _piece_element(suite.split(".")[0], dossier)
    section = PAR_CODE.get(code)
    if section is None:
        return None
    nom = suite.split(".")[0]
    if nom in section.champs or section.tableau is None:
        return code, nom
    return code, section.tableau.nom


def _piece_element(cle: str, dossier: dict[str, Any]) -> tuple[str, str] | None:
    piece = next((piece for piece in dossier["pieces"] if piece["id"] == cle), None)
    section = section_de_piece(piece["type"]) if piece else None
    return (section.code, f"piece:{piece['type']}") if piece and section else None


def unanswered(
    demande: DemandeComplements, ancien: dict[str, Any], nouveau: dict[str, Any]
) -> list[tuple[str, str]]:
    """Return what a request asked for that its answer left as it was: section, element.

    A table is answered by the attachments of its rows too.
    """
    changes_de = touched(ancien, nouveau)
    return [
        (section, champ)
        for section, champ in demande.elements.order_by("id").values_list("section", "champ")
        if not changes_de & set(_answers_of(section, champ))
    ]


def _answers_of(code: str, champ: str) -> Iterator[tuple[str, str]]:
    yield code, champ
    tableau = PAR_CODE[code].tableau if code in PAR_CODE else None
    if tableau is not None and champ == tableau.nom:
        yield from ((code, f"piece:{piece}") for piece in tableau.pieces)


def request_answered_by(candidature: Candidature, depot: Depot) -> DemandeComplements | None:
    """Return the request for compléments that a deposit answers; none for any other deposit."""
    if depot.numero == 1:
        return None
    recus = journal.timeline(candidature.chaine_journal, visibilites=[Visibilite.PORTEUR]).filter(
        verbe="candidature.complements_recus"
    )
    demandes = {fait.donnees["depot"]: fait.donnees["demande"] for fait in recus}
    if str(depot.pk) not in demandes:
        return None
    choisies = DemandeComplements.objects.select_related("demandeur")
    return choisies.get(pk=demandes[str(depot.pk)])
