"""Archives that the portal composes for somebody: a ZIP of files that stay where they are, kept for a time.

An archive is a document like any other (``socle.documents``): asked for once per key, made by a job that
says how far it is, served by the same address under the policy of its kind. Its files are the proof, not
itself: whoever registers a kind also says when it goes (``documents.discard``).
"""

import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any

from django.core.files.base import File
from django.db import models

from socle import documents
from socle.documents import GenreDocument
from socle.models import Document, Travail
from socle.travaux import genre_travail

ZIP = "application/zip"

#: Called with (done, total): says how far the work is, and keeps the lease.
Progres = Callable[[int, int], None]
Composer = Callable[[Document, IO[bytes], Progres], None]


@dataclass(frozen=True)
class GenreArchive:
    """A kind of archive: who may read it, and what writes it."""

    genre: GenreDocument
    composer: Composer


_genres: dict[str, GenreArchive] = {}


def register(genre: str, *, version: int, politique: str, composer: Composer) -> None:
    """Declare a kind of archive (in ``AppConfig.ready()``); twice the same is once."""
    declare = GenreArchive(GenreDocument(genre, "", version, politique), composer)
    if _genres.setdefault(genre, declare) != declare:
        raise ValueError(f"The kind of archive {genre!r} is already registered.")


def request(genre: str, *, sujet: models.Model, donnees: dict[str, Any], titre: str, cle: str) -> Document:
    """Ask for an archive, once per ``cle``.

    Effects, in the caller's transaction: the row with its frozen data, and the job that composes it.
    Errors: ``LookupError`` for a kind that nobody registered.
    """
    declare = _genres.get(genre)
    if declare is None:
        raise LookupError(f"Unknown kind of archive: {genre!r}.")
    return documents.ask(
        declare.genre, travail="archive.composer", sujet=sujet, donnees=donnees, titre=titre, cle=cle
    )


@genre_travail(
    "archive.composer",
    bail=300,
    essais=5,
    libelle="Préparation d’une archive de fichiers",
    suite="Les personnes qui l’attendent lisent que l’archive n’a pas pu être préparée.",
)
def _compose_job(travail: Travail) -> None:
    document = Document.objects.get(pk=uuid.UUID(travail.charge["document"]))
    if document.est_produit:
        return
    # On the disk: attachments together are larger than what a worker may hold.
    with tempfile.TemporaryFile() as flux:
        _genres[document.genre].composer(document, flux, travail.progress)
        documents.attach(document.pk, File(flux), type_mime=ZIP, extension="zip")
