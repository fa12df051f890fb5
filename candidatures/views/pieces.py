"""The attachments of a dossier: joined with their progress, replaced, taken out (R12)."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from candidatures.domain.pieces import (
    RETIREE,
    attach_piece,
    held_pieces,
    may_replace,
    remove_piece,
    replace_held_piece,
    replace_piece,
)
from candidatures.domain.places import place_of
from candidatures.forms.pieces import RemplacementForm
from candidatures.forms.sections import piece_field
from candidatures.models import Candidature, Piece
from candidatures.sections import section_de_piece
from candidatures.views.acces import contexte, dossier_de_membre
from socle import horloge
from socle.erreurs import ActeurRefuse, ErreurMetier
from socle.references import read_key
from socle.typographie import heure

AUCUN_FICHIER = "Choisissez un fichier."


@never_cache
@require_http_methods(["GET", "POST"])
def place(request: HttpRequest, pk: uuid.UUID, type_piece: str) -> HttpResponseBase:
    """Join a file to a place of the dossier, and answer with what the place holds: for the page's script.

    ``?ligne=`` names the row of a table that asks for it.
    Answers 422 with a sentence (``refus``) when the file is not taken.
    """
    candidature = dossier_de_membre(request, pk)
    section = section_de_piece(type_piece)
    if section is None:
        raise Http404
    ligne = read_key(request.GET.get("ligne"))
    if request.method == "GET":
        return JsonResponse({"place": _html(request, candidature, type_piece, ligne)})
    # The control of a row bears its prefix.
    noms = (nom for nom in request.FILES if piece_field(type_piece) in nom)
    envoye = request.FILES.get(next(noms, ""))
    if not isinstance(envoye, UploadedFile):
        return JsonResponse({"refus": AUCUN_FICHIER}, status=422)
    try:
        piece = attach_piece(
            candidature=candidature,
            type_piece=type_piece,
            ligne=ligne,
            contenu=envoye,
            nom=envoye.name or "",
            acteur=request.user,
        )
    except ActeurRefuse:
        raise
    except ErreurMetier as erreur:
        return JsonResponse({"refus": str(erreur)}, status=422)
    return JsonResponse(
        {
            "place": _html(request, candidature, type_piece, ligne),
            "phrase": f"La pièce «\u00a0{piece.fichier.nom}\u00a0» est jointe.",
            "heure": heure(horloge.now()),
            "manques": candidature.etats_sections.get(section=section.code).manques,
        }
    )


def _html(request: HttpRequest, candidature: Candidature, type_piece: str, ligne: uuid.UUID | None) -> str:
    valeurs = {"place": place_of(candidature, type_piece, ligne), "candidature": candidature}
    return render_to_string("candidatures/_place.html", valeurs, request)


@never_cache
@require_http_methods(["GET", "POST"])
def remplacer(request: HttpRequest, pk: uuid.UUID, piece: uuid.UUID) -> HttpResponseBase:
    """Replace a piece: of a draft, of what compléments open, or one that nobody can read."""
    candidature = dossier_de_membre(request, pk)
    objet = get_object_or_404(Piece.objects.select_related("fichier"), pk=piece, candidature=candidature)
    objet.candidature = candidature
    voie = may_replace(objet, request.user)
    if not voie and _is_script(request):
        return JsonResponse({"refus": _why_not(objet)}, status=422)
    if not voie:
        messages.error(request, _why_not(objet))
        return redirect("candidatures:dossier", pk=pk)
    poste = request.method == "POST"
    form = RemplacementForm(request.POST, request.FILES) if poste else RemplacementForm()
    if poste and form.is_valid():
        try:
            _replace(request, objet, voie, form.cleaned_data["fichier"])
        except ActeurRefuse:
            raise
        except ErreurMetier as erreur:
            form.add_error("fichier", str(erreur))
        else:
            messages.success(request, _replaced(objet, voie))
            suite = _back(objet, voie)
            return JsonResponse({"suite": suite}) if _is_script(request) else redirect(suite)
    if form.errors and _is_script(request):
        return JsonResponse({"refus": " ".join(form.errors["fichier"])}, status=422)
    page = contexte(
        candidature, "Remplacer une pièce", form=form, piece=objet, voie=voie, retour=_back(objet, voie)
    )
    return render(request, "candidatures/remplacer.html", page, status=422 if form.errors else 200)


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _replace(request: HttpRequest, piece: Piece, voie: str, fichier: UploadedFile) -> None:
    commun: dict[str, Any] = {
        "piece": piece,
        "contenu": fichier,
        "nom": fichier.name or "",
        "acteur": request.user,
    }
    if voie == "saisie":
        replace_piece(**commun)
    else:
        arrivee = request.arrivee  # set by ArrivalMiddleware
        replace_held_piece(**commun, arrivee=arrivee)


def _replaced(piece: Piece, voie: str) -> str:
    phrase = f"La pièce «\u00a0{piece.fichier.nom}\u00a0» est remplacée."
    if voie == "saisie" and not piece.candidature.est_brouillon:
        return f"{phrase} Pensez à transmettre vos compléments."
    return phrase


def _back(piece: Piece, voie: str) -> str:
    section = section_de_piece(piece.type_piece)
    if voie == "saisie" and section is not None:
        adresse = reverse("candidatures:section", args=[piece.candidature_id, section.code])
        ancre = f"ligne-{piece.ligne}" if piece.ligne else f"id_{piece_field(piece.type_piece)}"
        return f"{adresse}#{ancre}"
    return reverse("candidatures:dossier", args=[piece.candidature_id])


def _why_not(piece: Piece) -> str:
    if piece.retiree_le is not None:
        return RETIREE
    if piece in held_pieces(piece.candidature):
        return "Cette pièce est à remplacer par un responsable de la structure."
    if piece.fichier.est_retenu:
        return "L’examen de ce dossier est allé plus loin\u00a0: écrivez à la GEN par un message."
    return "Cette pièce ne peut plus être remplacée\u00a0: le dossier est déposé."


@require_POST
def retirer(request: HttpRequest, pk: uuid.UUID, piece: uuid.UUID) -> HttpResponse:
    """Take an attachment out of the dossier."""
    candidature = dossier_de_membre(request, pk)
    objet = get_object_or_404(Piece.objects.select_related("fichier"), pk=piece, candidature=candidature)
    adresse = reverse("candidatures:dossier", args=[pk])
    try:
        remove_piece(piece=objet, acteur=request.user)
    except ActeurRefuse:
        raise
    except ErreurMetier as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, f"La pièce «\u00a0{objet.fichier.nom}\u00a0» est retirée du dossier.")
        adresse = _back(objet, "saisie")
    return redirect(adresse)
