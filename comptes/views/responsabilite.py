"""Who answers for a structure: proposing the role, answering, asking GEN."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from comptes import domain
from comptes.forms.structure import DemandeResponsableForm, TransmissionForm
from comptes.models import Structure, Transmission
from comptes.views.structure import check_permission, get_structure
from socle.views.actes import perform_allowed, perform_form


def _contexte(structure: Structure, titre: str, **valeurs: Any) -> dict[str, Any]:
    fiche = reverse("comptes:structure", args=[structure.pk])
    return {
        "structure": structure,
        "structure_objet": structure,
        "reference_objet": f"SIRET {structure.siret}",
        "fil": [
            ("Mes structures", reverse("comptes:structures")),
            (structure.raison_sociale, fiche),
            (titre, ""),
        ],
        **valeurs,
    }


@require_http_methods(["GET", "POST"])
def transmettre(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Propose one's role to another member."""
    structure = get_structure(request, pk)
    check_permission(request, "comptes.transfer_structure", structure)
    form = TransmissionForm(request.POST or None, structure=structure)
    if form.is_valid() and perform_form(
        request,
        form,
        lambda: domain.propose_transfer(acteur=request.user, structure=structure, **form.values()),
        "La proposition est envoyée. Rien ne change tant que la personne n’a pas accepté.",
    ):
        return redirect("comptes:structure", pk=pk)
    contexte = _contexte(structure, "Transmettre", form=form)
    return render(request, "comptes/structure_transmettre.html", contexte, status=422 if form.errors else 200)


def _transmission(request: HttpRequest, pk: uuid.UUID, transmission: uuid.UUID) -> Transmission:
    lignes = get_structure(request, pk).transmissions.select_related("structure", "de", "vers")
    return get_object_or_404(lignes, pk=transmission)


@require_POST
def repondre(request: HttpRequest, pk: uuid.UUID, transmission: uuid.UUID) -> HttpResponse:
    """Accept the role proposed, or decline it."""
    proposee = _transmission(request, pk, transmission)
    verbes: dict[str, tuple[Any, str]] = {
        "accepter": (
            domain.accept_transfer,
            f"Vous êtes maintenant responsable de «\u00a0{proposee.structure}\u00a0».",
        ),
        "refuser": (domain.decline_transfer, f"Vous avez refusé. {proposee.de} est prévenu."),
    }
    if request.POST.get("reponse") not in verbes:
        messages.error(request, "Choisissez d’accepter ou de refuser.")
        return redirect("comptes:structure", pk=pk)
    verbe, succes = verbes[request.POST["reponse"]]
    perform_allowed(request, lambda: verbe(acteur=request.user, transmission=proposee), succes)
    return redirect("comptes:structure", pk=pk)


@require_POST
def retirer(request: HttpRequest, pk: uuid.UUID, transmission: uuid.UUID) -> HttpResponse:
    """Withdraw a proposal."""
    proposee = _transmission(request, pk, transmission)
    perform_allowed(
        request,
        lambda: domain.withdraw_transfer(acteur=request.user, transmission=proposee),
        "La proposition est retirée.",
    )
    return redirect("comptes:structure", pk=pk)


@require_http_methods(["GET", "POST"])
def demander(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask GEN to name a responsable."""
    structure = get_structure(request, pk)
    check_permission(
        request, "comptes.request_responsable", structure, "Vous êtes responsable de cette structure."
    )
    form = DemandeResponsableForm(request.POST or None)
    if form.is_valid() and perform_form(
        request,
        form,
        lambda: domain.request_responsable(acteur=request.user, structure=structure, **form.cleaned_data),
        "Votre demande est transmise à la GEN, qui vous répondra par courriel.",
    ):
        return redirect("comptes:structure", pk=pk)
    contexte = _contexte(structure, "Demander un responsable", form=form)
    return render(request, "comptes/responsable_demander.html", contexte, status=422 if form.errors else 200)
