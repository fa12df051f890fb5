"""Serving private files and generated documents: the policy first, then the antivirus."""

import uuid
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from socle import documents, fichiers, lectures
from socle.models import Antivirus, Document, Fichier, Travail

#: Seconds between two looks at a document in preparation (a header: no script, nothing inline).
_ATTENTE = 5
#: The policy of the bytes themselves: they run and load nothing, and no page may frame them.
_CSP_FICHIER = "default-src 'none'; frame-ancestors 'none'; sandbox"


@require_safe
def serve_file(request: HttpRequest, identifiant: uuid.UUID) -> HttpResponseBase:
    """Hand over a file; 404 if it is not the reader's, or not clean (its depositor is told why)."""
    fichier = get_object_or_404(Fichier, pk=identifiant, supprime_le__isnull=True)
    if fichiers.served_to(request.user, fichier):
        return serve_bytes(request, fichier)
    if not fichier.est_servi and fichiers.is_depositor(request.user, fichier):
        return _held_back(request, fichier)
    raise Http404("file")


@require_safe
def serve_document(request: HttpRequest, identifiant: uuid.UUID) -> HttpResponseBase:
    """Hand over a generated document, or the page that waits for it.

    What a browser only saves (an archive) has a page of its own once ready: the page that waits would
    stay on the screen, and go on saying that it waits.
    """
    document = get_object_or_404(Document.objects.select_related("fichier"), pk=identifiant)
    if not documents.may_read(request.user, document):
        raise Http404("document")
    if document.fichier is None:
        return _in_preparation(request, document)
    if not document.fichier.est_servi:
        raise Http404("document")
    if not _is_shown(document.fichier) and "telecharger" not in request.GET:
        return _ready(request, document, document.fichier)
    lectures.note_opening(request, document)
    return serve_bytes(request, document.fichier)


def serve_bytes(request: HttpRequest, fichier: Fichier) -> HttpResponseBase:
    """Stream the bytes with the headers that keep them private and inert."""
    etag = f'"{fichier.sha256}"'
    en_piece = "telecharger" in request.GET or not _is_shown(fichier)
    reponse: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if reponse is None or reponse.status_code != 304:
        reponse = _body(request, fichier)
        reponse["Content-Disposition"] = content_disposition_header(en_piece, fichier.nom) or "attachment"
        reponse["Content-Security-Policy"] = _CSP_FICHIER
    reponse["ETag"] = etag
    reponse["Cache-Control"] = "private, no-store"
    reponse["X-Content-Type-Options"] = "nosniff"
    return reponse


def _is_shown(fichier: Fichier) -> bool:
    """Whether a browser shows this type by itself."""
    type_ = fichiers.TYPES.get(fichier.type_mime)
    return type_ is not None and type_.affichable


def _body(request: HttpRequest, fichier: Fichier) -> HttpResponseBase:
    if request.method == "HEAD":
        reponse: HttpResponseBase = HttpResponse(content_type=fichier.type_mime)
    else:
        reponse = FileResponse(fichier.contenu.open("rb"), content_type=fichier.type_mime)
    reponse["Content-Length"] = str(fichier.taille)
    return reponse


def _held_back(request: HttpRequest, fichier: Fichier) -> HttpResponse:
    contexte = {
        "fichier": fichier,
        "infecte": fichier.antivirus == Antivirus.INFECTE,
        "illisible": fichier.antivirus == Antivirus.ILLISIBLE,
        "reference_objet": f"fichier {fichier.pk}",
        "fil": [("Fichier retenu", "")],
    }
    reponse = render(request, "socle/fichier_refuse.html", contexte)
    reponse["Cache-Control"] = "private, no-store"
    return reponse


def _ready(request: HttpRequest, document: Document, fichier: Fichier) -> HttpResponse:
    """Show the page from which a file is saved."""
    contexte = {
        "document": document,
        "fichier": fichier,
        "lien": f"{request.path}?{urlencode({'telecharger': 1})}",
        "reference_objet": f"document {document.pk}",
        "fil": [("Fichier prêt", "")],
    }
    reponse = render(request, "socle/document_pret.html", contexte)
    reponse["Cache-Control"] = "private, no-store"
    return reponse


def _in_preparation(request: HttpRequest, document: Document) -> HttpResponse:
    """Show the waiting page; it looks again by itself unless the reader stopped that."""
    travail = Travail.objects.filter(cle=documents.cle_travail(document)).first()
    bloque = travail is not None and travail.etat == Travail.Etat.MORT
    arrete = "arret" in request.GET
    contexte = {
        "document": document,
        "bloque": bloque,
        "fait": travail.progres if travail else 0,
        "total": travail.total if travail else 0,
        "arrete": arrete,
        "attente": _ATTENTE,
        "lien_arret": f"{request.path}?{urlencode({'arret': 1})}",
        "reference_objet": f"document {document.pk}",
        "fil": [("Document en préparation", "")],
    }
    reponse = render(request, "socle/document_en_preparation.html", contexte)
    reponse["Cache-Control"] = "private, no-store"
    if not bloque and not arrete:
        reponse["Refresh"] = str(_ATTENTE)
    return reponse
