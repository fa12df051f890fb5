"""Reading data files, with errors that name the file, the line and what to do."""

import csv
import gzip
import io
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from referentiels.domain.synchronisation import Bilan
from referentiels.texte import typographie
from socle.erreurs import ErreurMetier

AUTRE_LONGUEUR = "le nombre de cellules n’est pas celui de la première ligne."


class FichierIllisible(ErreurMetier):
    """A data file that can't be taken, and where it fails."""


@contextmanager
def _open_text(chemin: Path) -> Iterator[TextIO]:
    """Open a text, gzipped or not."""
    try:
        brut = chemin.open("rb")
    except OSError as erreur:
        raise FichierIllisible(
            f"Le fichier {chemin} ne peut pas être ouvert\u00a0: {erreur.strerror}."
        ) from erreur
    with (
        brut,
        gzip.GzipFile(fileobj=brut) if chemin.suffix == ".gz" else nullcontext(brut) as octets,
        io.TextIOWrapper(octets, encoding="utf-8-sig", newline="") as flux,
    ):
        yield flux


def read_csv(
    chemin: Path, colonnes: Sequence[str], *, separateur: str = ";", refus: list[str] | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the number and the cells of each line, without loading the file whole.

    Errors: ``FichierIllisible`` for an unreadable file, a missing column, a line of another length or
    a text that is not UTF-8. With ``refus``, a line of another length is noted there and left out.
    """
    with _open_text(chemin) as flux:
        lecteur = csv.DictReader(flux, delimiter=separateur, strict=True)
        try:
            _check_columns(chemin, lecteur.fieldnames or [], colonnes)
            for ligne in lecteur:
                if refus is not None and _is_ragged(ligne):
                    refus.append(f"ligne {lecteur.line_num}\u00a0: {AUTRE_LONGUEUR}")
                    continue
                yield lecteur.line_num, _checked(chemin, lecteur.line_num, ligne)
        except UnicodeDecodeError as erreur:
            raise FichierIllisible(
                f"{chemin.name} n’est pas en UTF-8\u00a0: enregistrez-le dans ce codage."
            ) from erreur
        except csv.Error as erreur:
            raise FichierIllisible(f"{chemin.name}, ligne {lecteur.line_num}\u00a0: {erreur}.") from erreur


def read_toml(chemin: Path) -> dict[str, Any]:
    """Return a TOML file whose texts have been given their French typography."""
    try:
        donnees = tomllib.loads(chemin.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as erreur:
        raise FichierIllisible(f"{chemin.name} ne se lit pas\u00a0: {erreur}.") from erreur
    return _typographied(donnees)


def refuse_when_nothing_is_left(chemin: Path, bilan: Bilan) -> None:
    """Refuse a file of which no line could be taken: it is another file, or an empty one."""
    if bilan.ajoutees or bilan.modifiees or bilan.inchangees:
        return
    premiers = f" {bilan.refusees[0]}" if bilan.refusees else ""
    raise FichierIllisible(f"{chemin.name}\u00a0: aucune ligne ne peut être prise.{premiers}")


def to_bool(texte: str) -> bool:
    """Read « oui » or « non »."""
    if texte not in {"oui", "non"}:
        raise ValueError(f"« {texte} » n’est ni « oui » ni « non »")
    return texte == "oui"


def to_date(texte: str) -> date | None:
    """Read a date written 2021-05-20; empty means none."""
    return date.fromisoformat(texte) if texte else None


def to_int(texte: str) -> int | None:
    """Read a whole number; empty means none."""
    return int(texte) if texte else None


def _check_columns(chemin: Path, presentes: Sequence[str], attendues: Sequence[str]) -> None:
    manquantes = [colonne for colonne in attendues if colonne not in presentes]
    if manquantes:
        raise FichierIllisible(
            f"{chemin.name}\u00a0: colonne absente ({', '.join(manquantes)}). "
            f"La première ligne doit nommer les colonnes {', '.join(attendues)}."
        )


def _checked(chemin: Path, numero: int, ligne: dict[str | Any, Any]) -> dict[str, str]:
    if _is_ragged(ligne):
        raise FichierIllisible(f"{chemin.name}, ligne {numero}\u00a0: {AUTRE_LONGUEUR}")
    return {colonne: cellule.strip() for colonne, cellule in ligne.items()}


def _is_ragged(ligne: dict[str | Any, Any]) -> bool:
    return None in ligne or None in ligne.values()


def _typographied(valeur: Any) -> Any:
    if isinstance(valeur, str):
        return typographie(valeur)
    if isinstance(valeur, list):
        return [_typographied(element) for element in valeur]
    if isinstance(valeur, dict):
        return {clef: _typographied(element) for clef, element in valeur.items()}
    return valeur
