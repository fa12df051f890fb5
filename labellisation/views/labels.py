"""The acts on a label: the direction's, each confirmed on a page of its own, and the porteur's renewal."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from candidatures.domain.copies import copy_opened
from labellisation.domain.label import lift_condition, withdraw_label
from labellisation.domain.renouvellement import start_renewal
from labellisation.forms.label import ActeLabelForm, LeverConditionForm, RetraitForm
from labellisation.models import Label
from socle.views.actes import perform_form, perform_opening


def _act(
    request: HttpRequest,
    pk: uuid.UUID,
    *,
    permission: str,
    form_class: type[ActeLabelForm],
    verbe: Callable[..., Any],
    succes: str,
    contexte: dict[str, Any],
) -> HttpResponse:
    """Show the form of one act on the label of a convention, and perform it."""
    label = get_object_or_404(
        Label.objects.visible_to(request.user).select_related("structure", "convention"), convention=pk
    )
    if not request.user.has_perm("labellisation.direct_label", label):
        raise PermissionDenied("Cet acte est réservé à la direction.")
    if not request.user.has_perm(permission, label):
        messages.error(request, "L’état de ce label ne permet pas cet acte.")
        return redirect("labellisation:convention", pk=pk)
    form = form_class(request.POST or None, request.FILES or None)
    if form.is_valid() and perform_form(
        request, form, lambda: verbe(label=label, acteur=request.user, **form.values()), succes
    ):
        return redirect("labellisation:convention", pk=pk)
    fil = [
        ("Conventions", reverse("labellisation:conventions")),
        (label.convention.numero, reverse("labellisation:convention", args=[pk])),
        (contexte["titre"], ""),
    ]
    contexte = {
        **contexte,
        "label": label,
        "form": form,
        "reference_objet": label.convention.numero,
        "fil": fil,
    }
    return render(request, "labellisation/acte_label.html", contexte, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def lever_condition(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Lift the condition of a label, on evidence (R24)."""
    return _act(
        request,
        pk,
        permission="labellisation.offer_lift_condition",
        form_class=LeverConditionForm,
        verbe=lift_condition,
        succes="La condition est levée. Le porteur de projet en est averti par courriel.",
        contexte={
            "titre": "Lever la condition du label",
            "suite": (
                "Le porteur de projet reçoit un courriel et une nouvelle attestation. "
                "La page publique de vérification ne mentionne plus la condition."
            ),
            "bouton": "Lever la condition",
        },
    )


@require_http_methods(["GET", "POST"])
def retirer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Withdraw a label by a reasoned decision (R42)."""
    return _act(
        request,
        pk,
        permission="labellisation.offer_withdrawal",
        form_class=RetraitForm,
        verbe=withdraw_label,
        succes="Le label est retiré. Le porteur de projet en est averti par courriel.",
        contexte={
            "titre": "Retirer le label",
            "suite": (
                "Le retrait est définitif. Le porteur de projet reçoit un courriel avec les motifs et les "
                "voies de recours, et la page publique de vérification dit que le label est retiré. Les "
                "apprenants en cours vont au bout de leur session."
            ),
            "bouton": "Retirer le label",
        },
    )


@require_POST
def renouveler(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Open the draft of the renewal, and lead to it (R13)."""
    label = get_object_or_404(
        Label.objects.visible_to(request.user).select_related("candidature__structure"), convention=pk
    )
    brouillon = perform_opening(
        request,
        lambda: start_renewal(label=label, acteur=request.user),
        lambda brouillon: copy_opened(brouillon, label.candidature),
    )
    if brouillon is None:
        return redirect("labellisation:convention", pk=pk)
    return redirect("candidatures:dossier", pk=brouillon.pk)
