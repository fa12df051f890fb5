"""Documents that the portal writes: asked for in a transaction, rendered by a job, kept as a file.

The data is frozen with the request; the stored file is the proof, and the same data renders to the
same bytes on one image.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import models, transaction
from django.template.loader import render_to_string

from socle import canonique, fichiers, horloge, journal, rendu
from socle.models import Document, Fichier, Travail
from socle.references import SYSTEME, reference, resolve
from socle.travaux import enqueue, genre_travail


@dataclass(frozen=True)
class GenreDocument:
    """A kind of document: its template (``pdf/<name>.html``), the template's version, who may read it."""

    code: str
    gabarit: str
    version: int
    politique: str


@dataclass(frozen=True)
class Portail:
    """What every letterhead says of the portal."""

    nom: str
    url: str
    marque: list[str]
    adresse: list[str]
    courriel: str
    telephone: str


_genres: dict[str, GenreDocument] = {}


def register(genre: str, *, gabarit: str, version: int, politique: str) -> None:
    """Declare a kind of document (in ``AppConfig.ready()``); twice the same is once.

    ``gabarit`` is the template's path, or its bare name under ``templates/pdf/``.
    """
    if not gabarit.endswith(".html"):
        gabarit = f"pdf/{gabarit}.html"
    declare = GenreDocument(genre, gabarit, version, politique)
    if _genres.setdefault(genre, declare) != declare:
        raise ValueError(f"The kind of document {genre!r} is already registered.")


def request(genre: str, *, sujet: models.Model, donnees: dict[str, Any], titre: str, cle: str) -> Document:
    """Ask for a document, once per ``cle``.

    Effects, in the caller's transaction: the row with its frozen data, and the job that renders it.
    Errors: ``LookupError`` for a kind that nobody registered.
    """
    declare = _genres.get(genre)
    if declare is None:
        raise LookupError(f"Unknown kind of document: {genre!r}.")
    return ask(declare, travail="document.rendre", sujet=sujet, donnees=donnees, titre=titre, cle=cle)


def ask(
    declare: GenreDocument,
    *,
    travail: str,
    sujet: models.Model,
    donnees: dict[str, Any],
    titre: str,
    cle: str,
) -> Document:
    """Write the row of a document, once per ``cle``, and the job of this kind that makes its file."""
    ref = reference(sujet)
    with transaction.atomic():
        document, nouveau = Document.objects.get_or_create(
            cle=cle,
            defaults={
                "genre": declare.code,
                "sujet_genre": ref.genre,
                "sujet_id": ref.id,
                "titre": titre,
                "donnees": canonique.frozen(donnees),
                "gabarit": declare.gabarit,
                "version_gabarit": declare.version,
                "politique": declare.politique,
            },
        )
        if nouveau:
            enqueue(travail, cle=cle_travail(document), charge={"document": str(document.pk)})
    return document


def cle_travail(document: Document) -> str:
    """Return the key of the job that makes the file of a document, whatever the job."""
    return f"document.rendre:{document.pk}"


def fingerprint(document: Document) -> str:
    """Return the SHA-256 of what a document says, printed in its footer."""
    dit = {
        "cle": document.cle,
        "titre": document.titre,
        "donnees": document.donnees,
        "gabarit": document.gabarit,
        "version": document.version_gabarit,
        "instant": document.demande_le.astimezone(horloge.PARIS).isoformat(),
    }
    return canonique.fingerprint(dit)


def to_html(document: Document) -> str:
    """Return the page that is printed; templates get ``donnees``, ``titre``, ``instant``, ``portail``."""
    return render_to_string(
        document.gabarit,
        {
            "donnees": canonique.frozen(document.donnees),
            "titre": document.titre,
            "instant": horloge.paris(document.demande_le),
            "portail": _portal(),
            "empreinte": fingerprint(document),
            "document": document,
        },
    )


def _portal() -> Portail:
    return Portail(
        nom=settings.GEN_NOM_SITE,
        url=settings.GEN_URL,
        marque=settings.GEN_MARQUE.splitlines(),
        adresse=settings.GEN_ADRESSE.splitlines(),
        courriel=settings.GEN_COURRIEL_AIDE,
        telephone=settings.GEN_TELEPHONE_AIDE,
    )


def render(document: Document) -> bytes:
    """Return the PDF; the same data gives the same bytes."""
    return rendu.write_pdf(to_html(document))


@genre_travail(
    "document.rendre",
    bail=120,
    essais=5,
    libelle="Préparation d’un document PDF",
    suite="Les personnes qui l’attendent lisent que le document n’a pas pu être préparé.",
)
def _render_job(travail: Travail) -> None:
    render_now(Document.objects.get(pk=uuid.UUID(travail.charge["document"])))


def render_now(document: Document) -> Document:
    """Render and keep a document that has no file yet; do nothing if it has one.

    The rendering runs outside of any transaction. Effects, then, in one transaction: the file, its
    hash and date on the row, and ``document.produit`` in the subject's chain. Killed at any point
    and run again, it attaches one file and records one event.
    """
    document.refresh_from_db()
    if not document.est_produit:
        attach(document.pk, render(document))
        document.refresh_from_db()
    return document


def attach(
    identifiant: uuid.UUID,
    contenu: bytes | File,
    *,
    type_mime: str = fichiers.PDF.mime,
    extension: str = "pdf",
) -> None:
    """Keep the bytes of a document that has none yet, and record ``document.produit``."""
    with transaction.atomic():
        document = Document.objects.select_for_update().get(pk=identifiant)
        if document.est_produit:
            return
        sujet = resolve(document.sujet)
        if sujet is None:
            raise LookupError(f"The subject of document {document.pk} is gone: {document.sujet}.")
        fichier = fichiers.store_produced(
            contenu,
            nom=f"{document.titre}.{extension}",
            type_mime=type_mime,
            proprietaire=sujet,
            politique=document.politique,
        )
        document.fichier = fichier
        document.produit_le = horloge.now()
        document.sha256 = fichier.sha256
        document.save(update_fields=("fichier", "produit_le", "sha256"))
        journal.record(
            "document.produit",
            sujet=document,
            acteur=SYSTEME,
            donnees={"genre": document.genre, "version": document.version_gabarit, "sha256": document.sha256},
        )


def discard(document: Document) -> None:
    """Take out a document that serves no more, with its job and its file: never one that is a proof.

    Effects, in one transaction: the three rows go, the bytes after the commit. A rendering that runs
    meanwhile ends without a trace. Errors: ``ProtectedError`` if another row cites the document.
    """
    with transaction.atomic():
        ligne = Document.objects.select_for_update().filter(pk=document.pk).first()
        if ligne is None:
            return
        Travail.objects.filter(cle=cle_travail(ligne)).delete()
        fichier = ligne.fichier
        ligne.delete()
        if fichier is not None:
            fichiers.delete(fichier)
            fichier.delete()


def may_read(user: Any, document: Document) -> bool:
    """Tell whether ``user`` may see a document, ready or not: the policy is asked about its file."""
    attendu = document.fichier or Fichier(
        nom=document.titre,
        type_mime=fichiers.PDF.mime,
        proprietaire_genre=document.sujet_genre,
        proprietaire_id=document.sujet_id,
        politique=document.politique,
    )
    return fichiers.may_read(user, attendu)
