"""The notes between instructors, on the dossier's screen."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from candidatures.models import Candidature
from comptes.domain.acces import require
from labellisation.admin.acces import REFUSE, dossier_address, dossier_instruit, page
from labellisation.domain.notes import REFUS, closed_because, delete_note, edit_note, write_note
from labellisation.forms.instruction import CorrectionNoteForm, NoteForm
from labellisation.models import NoteInstruction
from socle.views.actes import perform_allowed, perform_form


@require_POST
def ecrire(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Write a note; what is refused comes back on a page of its own with the text typed."""
    candidature = _dossier(request, pk)
    form = NoteForm(request.POST)
    if form.is_valid() and perform_form(
        request,
        form,
        lambda: write_note(
            candidature=candidature,
            texte=form.cleaned_data["texte"],
            cle=form.cleaned_data["cle"],
            acteur=request.user,
        ),
        "Votre note est écrite.",
    ):
        return _back(request, candidature)
    return _form_page(request, "Écrire une note", candidature, form, cle=uuid.uuid4())


@never_cache
@require_http_methods(["GET", "POST"])
def corriger(request: HttpRequest, pk: uuid.UUID, note: uuid.UUID) -> HttpResponse:
    """Correct one's own note."""
    candidature = _dossier(request, pk)
    objet = _note(candidature, note)
    motif = closed_because(objet, request.user)
    if motif and request.method != "POST":
        messages.error(request, motif)
        return _back(request, candidature)
    form = CorrectionNoteForm(request.POST or None, initial={"texte": objet.texte})
    if request.method == "POST" and form.is_valid():
        texte = form.cleaned_data["texte"]
        if perform_form(
            request,
            form,
            lambda: edit_note(note=objet, texte=texte, acteur=request.user),
            "Votre note est corrigée.",
        ):
            return _back(request, candidature)
    return _form_page(request, "Corriger une note", candidature, form)


@require_POST
def supprimer(request: HttpRequest, pk: uuid.UUID, note: uuid.UUID) -> HttpResponse:
    """Delete one's own note."""
    candidature = _dossier(request, pk)
    objet = _note(candidature, note)
    perform_allowed(
        request,
        lambda: delete_note(note=objet, acteur=request.user),
        "Votre note est supprimée.",
    )
    return _back(request, candidature)


def _dossier(request: HttpRequest, pk: uuid.UUID) -> Candidature:
    candidature = dossier_instruit(request, pk)
    require(request.user, "labellisation.read_notes", candidature, REFUS)
    return candidature


def _note(candidature: Candidature, note: uuid.UUID) -> NoteInstruction:
    notes = NoteInstruction.objects.select_related("candidature", "auteur")
    return get_object_or_404(notes, pk=note, candidature=candidature)


def _back(request: HttpRequest, candidature: Candidature) -> HttpResponse:
    return redirect(f"{dossier_address(request, candidature.pk)}#notes")


def _form_page(
    request: HttpRequest, titre: str, candidature: Candidature, form: Any, cle: uuid.UUID | None = None
) -> HttpResponse:
    return page(
        request,
        "note",
        f"{titre} — {candidature.reference}",
        status=REFUSE if form.errors else 200,
        candidature=candidature,
        form=form,
        texte=form["texte"].value() or "",
        erreurs=[("id_texte", phrase) for phrases in form.errors.values() for phrase in phrases],
        cle=cle,
    )
