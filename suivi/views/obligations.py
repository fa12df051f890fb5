"""One obligation, as the direction settles it: met by a document received, or waived."""

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from socle.models import Echeance
from socle.references import resolve
from socle.views.actes import perform_form
from suivi.domain.obligations import record_met, waive_obligation
from suivi.forms.session import LeveeForm, PreuveForm
from suivi.views.formations import fil, label_or_404


@require_http_methods(["GET", "POST"])
def regler(request: HttpRequest, pk: uuid.UUID, echeance: uuid.UUID) -> HttpResponse:
    """Note an obligation as met, or waive it."""
    label = label_or_404(request, pk)
    if not request.user.has_perm("suivi.settle_obligation", label):
        raise Http404
    objet = get_object_or_404(
        Echeance.objects.visible_to(request.user).filter(chaine=label.chaine_journal), pk=echeance
    )
    acte = request.POST.get("acte", "")
    preuve = PreuveForm(request.POST if acte == "remplir" else None, request.FILES or None)
    levee = LeveeForm(request.POST if acte == "lever" else None)
    if acte == "remplir" and preuve.is_valid():
        recu = preuve.cleaned_data["preuve"]
        if perform_form(
            request,
            preuve,
            lambda: record_met(
                echeance=objet,
                label=label,
                acteur=request.user,
                jour=preuve.cleaned_data["jour"],
                preuve=recu,
                nom=recu.name,
            ),
            "L’échéance est notée comme remplie\u00a0: plus aucun rappel ne part à son sujet.",
        ):
            return redirect("suivi:formation", pk=label.pk)
    elif acte == "lever" and levee.is_valid():
        motif = levee.cleaned_data["motif"]
        if perform_form(
            request,
            levee,
            lambda: waive_obligation(echeance=objet, label=label, acteur=request.user, motif=motif),
            "L’échéance est levée\u00a0: plus aucun rappel ne part à son sujet.",
        ):
            return redirect("suivi:formation", pk=label.pk)
    contexte = {
        "label": label,
        "echeance": objet,
        "preuve": preuve,
        "levee": levee,
        "levee_par": resolve(objet.levee_par) if objet.levee_par else None,
        "fil": fil(label, ("Régler une échéance" if objet.est_ouverte else "Échéance réglée", "")),
    }
    return render(
        request, "suivi/echeance.html", contexte, status=422 if preuve.errors or levee.errors else 200
    )
