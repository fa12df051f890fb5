"""The text of a call, as its conventions annex it (R9, R22): one readable file per call."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from referentiels.texte import typographie

DOSSIER = Path(__file__).resolve().parent.parent / "donnees" / "cahiers"


@dataclass(frozen=True)
class Bloc:
    """A paragraph, or a list whose elements carry their rank (1 or 2)."""

    paragraphe: str = ""
    liste: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Partie:
    """A part of the text, and the name of the reference table that follows it."""

    niveau: int
    titre: str
    blocs: list[Bloc]
    tableau: str = ""


@dataclass(frozen=True)
class Cahier:
    """The whole text of a call."""

    titre: str
    source: str
    parties: list[Partie]


@cache
def specifications(appel: str) -> Cahier | None:
    """Return the text of the call of this code, none when no file holds it."""
    fichier = DOSSIER / f"{appel}.toml"
    if not fichier.is_file():
        return None
    donnees = tomllib.loads(fichier.read_text(encoding="utf-8"))
    return Cahier(
        titre=typographie(donnees["titre"]),
        source=typographie(donnees["source"]),
        parties=[
            Partie(
                niveau=partie["niveau"],
                titre=typographie(partie["titre"]),
                blocs=_blocks(typographie(partie.get("texte", "").strip())),
                tableau=partie.get("tableau", ""),
            )
            for partie in donnees["parties"]
        ],
    )


def _blocks(texte: str) -> list[Bloc]:
    """Cut a text into paragraphs and lists."""
    blocs: list[Bloc] = []
    for ligne in filter(None, texte.splitlines()):
        if not ligne.startswith("-"):
            blocs.append(Bloc(paragraphe=ligne))
            continue
        if not (blocs and blocs[-1].liste):
            blocs.append(Bloc())
        blocs[-1].liste.append((2 if ligne.startswith("--") else 1, ligne.lstrip("-").strip()))
    return blocs
