"""The dossier and its attachments in one ZIP, which follows the list of annexes of its PDF (decision 0012).

The attachments stay separate files: the archive is a convenience that is made again at will, and goes
after a day. A file that the antivirus has not found clean is never in it: the summary says which, and why.
"""

import logging
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from django.core.files.base import File
from django.db import transaction

from candidatures.domain import edition
from candidatures.domain.edition import ARCHIVES
from candidatures.models import Candidature
from socle import archives, documents, fichiers, horloge
from socle.archives import Progres
from socle.models import Document, Fichier
from socle.references import Acteur
from socle.transition import lock
from socle.typographie import instant_paris

logger = logging.getLogger(__name__)

VERSION = 1
#: How long an archive stays after it was last asked for.
GARDE = timedelta(days=1)

ALTEREE = "retenue\u00a0: le fichier conservé n’a plus l’empreinte enregistrée"


@dataclass(frozen=True)
class Ligne:
    """An attachment in the archive, or left out of it for a reason."""

    piece: dict[str, Any]
    nom: str
    fichier: Fichier | None
    motif: str = ""


# --- What a person does ------------------------------------------------------------------------
@transaction.atomic
def request_working_archive(*, candidature: Candidature, acteur: Acteur) -> Document:
    """Ask for the ZIP of a draft, or of compléments in preparation, with its attachments.

    Effects: those of ``request_working_copy``; the archive and the job that composes it. Errors: the same.
    """
    pdf = edition.request_working_copy(candidature=candidature, acteur=acteur)
    return _request(candidature, pdf)


@transaction.atomic
def request_dossier_archive(*, candidature: Candidature, acteur: Acteur) -> Document:
    """Ask for the ZIP of the deposited dossier with its attachments.

    Effects: those of ``request_dossier``; the archive and the job that composes it. Errors: the same.
    """
    # The row is held so that the sweep does not take away what is asked for again here.
    lock(candidature)
    pdf = edition.request_dossier(candidature=candidature, acteur=acteur)
    return _request(candidature, pdf)


def _request(candidature: Candidature, pdf: Document) -> Document:
    archive = archives.request(
        ARCHIVES[pdf.genre],
        sujet=candidature,
        donnees={
            "pdf": str(pdf.pk),
            "reference": pdf.donnees["reference"],
            "intitule": pdf.donnees["intitule"],
            "etat": pdf.donnees["etat"],
            "pieces": pdf.donnees["pieces"],
        },
        titre=f"{pdf.titre}, avec ses pièces",
        cle=key_of(pdf),
    )
    archive.save(update_fields=["modifie_le"])
    return archive


def key_of(pdf: Document) -> str:
    """Return the key of the archive of a PDF: the same content is the same PDF, and the same archive."""
    return f"{ARCHIVES[pdf.genre]}:{pdf.pk}"


# --- What is in it -------------------------------------------------------------------------------
def compose(archive: Document, flux: IO[bytes], progress: Progres) -> None:
    """Write the ZIP: the PDF (rendered first if it is not yet), the clean attachments, the summary.

    The same data and the same files give the same bytes.
    """
    pdf = documents.render_now(Document.objects.get(pk=archive.donnees["pdf"]))
    assert pdf.fichier is not None
    lignes = list(_lines(archive.donnees["pieces"]))
    total = len(lignes) + 1
    dossier, instant = archive.donnees["reference"], horloge.paris(archive.demande_le)
    with zipfile.ZipFile(flux, "w") as sortie:
        _copy(sortie, f"{dossier}/00 - {pdf.fichier.nom}", pdf.fichier, instant)
        progress(1, total)
        ecrites = []
        for rang, ligne in enumerate(lignes, start=2):
            ecrites.append(_write(sortie, dossier, ligne, instant))
            progress(rang, total)
        sommaire = _summary(archive, pdf, ecrites).encode("utf-8-sig")
        sortie.writestr(_entry(f"{dossier}/Sommaire.txt", instant), sommaire)


def _lines(pieces: Iterable[dict[str, Any]]) -> Iterable[Ligne]:
    """Yield each attachment with its file; none for one that was not clean, or is no more served."""
    pieces = list(pieces)
    fichiers_ = {str(f.pk): f for f in Fichier.objects.filter(pk__in=[p["fichier"] for p in pieces])}
    for piece in pieces:
        # The number makes the name unique, and the beginning harmless whatever the file was called.
        nom = fichiers.clean_name(f"{piece['numero']:02d} - {piece['type']} - {piece['nom']}")
        fichier = fichiers_.get(piece["fichier"])
        if not piece["servie"] or fichier is None or not fichier.est_servi:
            yield Ligne(piece, nom, None, piece["etat"] if not piece["servie"] else "effacée ou retenue")
        else:
            yield Ligne(piece, nom, fichier)


def _write(sortie: zipfile.ZipFile, dossier: str, ligne: Ligne, instant: datetime) -> Ligne:
    """Add an attachment whose bytes are still those that were recorded; return the line as it ended."""
    if ligne.fichier is None:
        return ligne
    if _hash_of(ligne.fichier) != ligne.piece["sha256"]:
        logger.error("File %s is no more what was recorded: left out of an archive", ligne.fichier.pk)
        return Ligne(ligne.piece, ligne.nom, None, ALTEREE)
    _copy(sortie, f"{dossier}/Pièces/{ligne.nom}", ligne.fichier, instant)
    return ligne


def _hash_of(fichier: Fichier) -> str:
    try:
        with fichier.contenu.open("rb") as contenu:
            return fichiers.sha256_of(contenu)
    except FileNotFoundError:
        return ""


def _copy(sortie: zipfile.ZipFile, nom: str, fichier: Fichier, instant: datetime) -> None:
    with fichier.contenu.open("rb") as source, sortie.open(_entry(nom, instant), "w") as cible:
        for bloc in File(source).chunks():
            cible.write(bloc)


def _entry(nom: str, instant: datetime) -> zipfile.ZipInfo:
    entree = zipfile.ZipInfo(nom, instant.timetuple()[:6])
    entree.external_attr = 0o600 << 16
    return entree


def _summary(archive: Document, pdf: Document, lignes: list[Ligne]) -> str:
    donnees = archive.donnees
    presentes = [ligne for ligne in lignes if ligne.fichier is not None]
    laissees = [ligne for ligne in lignes if ligne.fichier is None]
    texte = [
        f"Dossier {donnees['reference']} — {donnees['intitule']}",
        f"État\u00a0: {donnees['etat']}",
        f"Archive demandée le {instant_paris(archive.demande_le)}",
        "",
        "LE DOSSIER",
        f"00 - {pdf.fichier}",
        f"    SHA-256\u00a0: {pdf.sha256}",
        "",
        f"PIÈCES JOINTES ({len(presentes)})",
    ]
    for ligne in presentes:
        texte += [
            ligne.nom,
            f"    {ligne.piece['type']}, section {ligne.piece['section']}, {ligne.piece['taille']}",
            f"    SHA-256\u00a0: {ligne.piece['sha256']}",
        ]
    if laissees:
        texte += ["", f"PIÈCES QUI NE SONT PAS DANS CETTE ARCHIVE ({len(laissees)})"]
    for ligne in laissees:
        texte += [ligne.nom, f"    {ligne.motif}", f"    SHA-256\u00a0: {ligne.piece['sha256']}"]
    return "\r\n".join([*texte, ""])


# --- Archives do not pile up ---------------------------------------------------------------------
def sweep_archives() -> int:
    """Discard the archives that nobody has asked for within a day (``GARDE``); return how many."""
    limite = horloge.now() - GARDE
    vieilles = Document.objects.filter(genre__in=ARCHIVES.values(), modifie_le__lt=limite)
    return sum(
        edition.discard_unless_asked(pk, sujet, limite)
        for pk, sujet in vieilles.order_by("pk").values_list("pk", "sujet_id")
    )
