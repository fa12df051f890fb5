"""The files of a dossier, shown in place: their pages as pictures, behind the file's own access check."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from candidatures.models import Candidature
from labellisation.admin.acces import dossier_instruit, page
from socle import apercus, fichiers
from socle.models import Fichier
from socle.references import reference

#: Seconds after which a page that waits for its turn is asked for again.
ATTENTE = 3


@require_safe
def piece(request: HttpRequest, pk: uuid.UUID, fichier: uuid.UUID) -> HttpResponse:
    """Show the pages of an attachment, some at a time; a fragment for the dossier's screen."""
    candidature = dossier_instruit(request, pk)
    joint = _file(request, candidature, fichier)
    rien = {"pages": [], "image": "", "occupe": False, "impossible": False}
    contexte = rien | {"joint": joint, "candidature": candidature} | _pages(request, joint)
    if request.headers.get("X-Fragment"):
        reponse: HttpResponse = render(request, "admin/labellisation/_apercu.html", contexte)
    else:
        reponse = page(request, "piece", joint.nom, **contexte)
    reponse["Cache-Control"] = "private, no-store"
    return reponse


@require_safe
def page_de_piece(request: HttpRequest, pk: uuid.UUID, fichier: uuid.UUID, numero: int) -> HttpResponseBase:
    """Serve one page of an attachment as a picture; 503 while another one is being drawn."""
    joint = _file(request, dossier_instruit(request, pk), fichier)
    if joint.type_mime != fichiers.PDF.mime:
        raise Http404("page")
    etag = f'"{joint.sha256}-{numero}"'
    reponse: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if reponse is None or reponse.status_code != 304:
        reponse = _image(joint, numero)
        if reponse.status_code != 200:
            return reponse
    reponse["ETag"] = etag
    # The browser keeps it, and asks each time whether it may still be shown.
    reponse["Cache-Control"] = "private, no-cache"
    reponse["X-Content-Type-Options"] = "nosniff"
    return reponse


def _file(request: HttpRequest, candidature: Candidature, fichier: uuid.UUID) -> Fichier:
    """Return a file of this dossier that the portal hands to this person, or a 404."""
    ref = reference(candidature)
    joint = get_object_or_404(
        Fichier,
        pk=fichier,
        proprietaire_genre=ref.genre,
        proprietaire_id=ref.id,
        supprime_le__isnull=True,
    )
    if not fichiers.served_to(request.user, joint):
        raise Http404("file")
    return joint


def _pages(request: HttpRequest, joint: Fichier) -> dict[str, Any]:
    """Return the pages to show from ``?page=`` on, or why there are none."""
    if joint.type_mime.startswith("image/"):
        return {"image": joint.url}
    if joint.type_mime != fichiers.PDF.mime:
        return {}
    demandee = request.GET.get("page", "1")
    premiere = int(demandee) if demandee.isascii() and demandee.isdigit() and len(demandee) < 6 else 1
    premiere = max(premiere, 1)
    try:
        pages = apercus.pages_of(joint, premiere)
    except apercus.ApercuOccupe:
        return {"occupe": True, "premiere": premiere}
    except apercus.ApercuImpossible:
        return {"impossible": True}
    if not pages.tailles:
        raise Http404("page")
    derniere = premiere + len(pages.tailles) - 1
    return {
        "pages": list(enumerate(pages.tailles, premiere)),
        "nombre": pages.nombre,
        "premiere": premiere,
        "derniere": derniere,
        "avant": max(premiere - apercus.LOT, 1) if premiere > 1 else 0,
        "apres": derniere + 1 if derniere < pages.nombre else 0,
    }


def _image(joint: Fichier, numero: int) -> HttpResponse:
    try:
        return HttpResponse(apercus.page_image(joint, numero), content_type="image/png")
    except apercus.PageAbsente as absente:
        raise Http404("page") from absente
    except apercus.ApercuOccupe:
        return HttpResponse(status=503, headers={"Retry-After": str(ATTENTE), "Cache-Control": "no-store"})
    except apercus.ApercuImpossible as erreur:
        raise Http404("page") from erreur
