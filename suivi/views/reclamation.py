"""The public complaint form (R41)."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from socle.limites import limited
from socle.views.actes import perform_form
from suivi.domain.reclamations import file_complaint
from suivi.forms.session import ReclamationForm


@login_not_required
@require_http_methods(["GET", "POST"])
@limited("reclamation")
def reclamation(request: HttpRequest) -> HttpResponse:
    """Receive a complaint."""
    form = ReclamationForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and perform_form(
        request, form, lambda: file_complaint(valeurs=form.values()), "Votre réclamation est enregistrée."
    ):
        return redirect("suivi:reclamation-recue")
    contexte = {"form": form, "fil": [("Faire une réclamation", "")]}
    return render(request, "suivi/reclamation.html", contexte, status=422 if form.errors else 200)


@login_not_required
@require_safe
def recue(request: HttpRequest) -> HttpResponse:
    """Say what happens next."""
    return render(request, "suivi/reclamation_recue.html", {"fil": [("Réclamation reçue", "")]})
