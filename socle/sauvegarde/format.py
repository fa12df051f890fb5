"""What a backup's folder holds, and how its parts are written and hashed."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from socle.erreurs import ErreurMetier

#: Changes when an older ``restore`` could not read what ``backup`` writes.
VERSION_FORMAT = 1
MANIFESTE = "manifeste.json"
EMPREINTE = "manifeste.sha256"
TETES = "tetes.json"
FICHIERS = "fichiers.jsonl"
BASES = {"postgresql": "base.dump", "sqlite": "base.sqlite3"}
#: Folder of the copied bytes, each under its key in the storage.
OCTETS = "octets"

_BLOC = 1024 * 1024


class SauvegardeRefusee(ErreurMetier):
    """The backup can't be made or used; nothing was touched. The message says why and what to do."""


class Copie:
    """How the bytes of a file came into the backup."""

    COPIE = "copié"
    #: The row names bytes that the storage does not have.
    ABSENT = "absent"
    #: The storage has other bytes than the row says.
    ALTERE = "altéré"
    #: The bytes were already removed, on purpose, when the backup was made.
    SUPPRIME = "supprimé"


@dataclass(frozen=True)
class LigneFichier:
    """One row of ``fichiers.jsonl``: a private file as its row describes it, and what was copied."""

    id: str
    cle: str
    taille: int
    sha256: str
    copie: str = Copie.COPIE
    #: SHA-256 of the bytes copied: the row's, unless they were altered before.
    sha256_copie: str = ""

    @property
    def a_des_octets(self) -> bool:
        """Whether the backup holds bytes for it."""
        return self.copie in (Copie.COPIE, Copie.ALTERE)


@dataclass(frozen=True)
class Manifeste:
    """The table of contents, and what the restored portal is compared with."""

    format: int
    instant: str
    version: str
    moteur: str
    parties: dict[str, dict[str, Any]]
    tables: dict[str, int]
    migrations: list[str]
    chaines: int
    evenements: int
    fichiers: dict[str, int]
    serveur: str = ""
    absents: list[str] = field(default_factory=list)
    alteres: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every file that a row names was copied as the row says."""
        return not (self.absents or self.alteres)


def hash_stream(flux: BinaryIO, vers: BinaryIO | None = None) -> tuple[str, int]:
    """Return SHA-256 and size of a stream, copying it on the way if asked."""
    empreinte, taille = hashlib.sha256(), 0
    while bloc := flux.read(_BLOC):
        empreinte.update(bloc)
        taille += len(bloc)
        if vers is not None:
            vers.write(bloc)
    return empreinte.hexdigest(), taille


def describe(chemin: Path) -> dict[str, Any]:
    """Return what the manifest says of one part."""
    with chemin.open("rb") as flux:
        sha256, taille = hash_stream(flux)
    return {"taille": taille, "sha256": sha256}


def place(dossier: Path, cle: str) -> Path:
    """Return where the bytes of a key stand in the backup; a key that leaves the folder is refused."""
    parts = PurePosixPath(cle).parts
    if not parts or PurePosixPath(cle).is_absolute() or ".." in parts:
        raise SauvegardeRefusee(f"La clé de fichier « {cle} » sortirait du dossier de la sauvegarde.")
    return dossier.joinpath(OCTETS, *parts)


def write_heads(dossier: Path, tetes: list[dict[str, Any]]) -> None:
    """Write the journal's heads, in the form that ``verify_journal --compare`` reads too."""
    (dossier / TETES).write_text(json.dumps({"tetes": tetes}, ensure_ascii=False, indent=1) + "\n")


def read_heads(dossier: Path) -> list[dict[str, Any]]:
    """Return the heads as they were."""
    tetes: list[dict[str, Any]] = json.loads((dossier / TETES).read_text())["tetes"]
    return tetes


def write_lines(dossier: Path, lignes: Iterable[LigneFichier]) -> None:
    """Write one line of JSON per private file."""
    with (dossier / FICHIERS).open("w", encoding="utf-8") as sortie:
        for ligne in lignes:
            sortie.write(json.dumps(asdict(ligne), ensure_ascii=False) + "\n")


def read_lines(dossier: Path) -> Iterator[LigneFichier]:
    """Return the private files, line by line."""
    with (dossier / FICHIERS).open(encoding="utf-8") as entree:
        for ligne in entree:
            yield LigneFichier(**json.loads(ligne))


def seal(dossier: Path, manifeste: Manifeste) -> str:
    """Write the manifest, everything else being on the disk; return its SHA-256."""
    texte = json.dumps(asdict(manifeste), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    sha256 = hashlib.sha256(texte.encode()).hexdigest()
    (dossier / EMPREINTE).write_text(f"{sha256}  {MANIFESTE}\n")
    os.sync()
    provisoire = dossier / f".{MANIFESTE}"
    provisoire.write_text(texte)
    provisoire.replace(dossier / MANIFESTE)
    os.sync()
    return sha256


def read_manifest(dossier: Path, attendue: str = "") -> Manifeste:
    """Return the manifest once its own hash holds; ``attendue`` is the one kept elsewhere."""
    try:
        octets = (dossier / MANIFESTE).read_bytes()
        notee = (dossier / EMPREINTE).read_text().split()[0]
    except (OSError, UnicodeDecodeError, IndexError) as erreur:
        raise SauvegardeRefusee(
            f"{dossier} n’est pas une sauvegarde entière : {MANIFESTE} ou {EMPREINTE} manque. Une sauvegarde "
            "interrompue n’a pas de manifeste : choisissez-en une autre."
        ) from erreur
    sha256 = hashlib.sha256(octets).hexdigest()
    if sha256 != notee or (attendue and sha256 != attendue.lower()):
        raise SauvegardeRefusee(
            f"Le manifeste a été modifié : son empreinte est {sha256}, et non {attendue or notee}. "
            "Choisissez une autre sauvegarde."
        )
    contenu = json.loads(octets)
    if contenu.get("format") != VERSION_FORMAT:
        raise SauvegardeRefusee(
            f"Cette sauvegarde est au format {contenu.get('format')} ; cette version du portail lit le "
            f"format {VERSION_FORMAT}. Restaurez-la avec la version {contenu.get('version')}."
        )
    return Manifeste(**contenu)
