"""Who signs for the direction: delegations given and taken back."""

import uuid

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from labellisation.admin.acces import REFUSE, page
from labellisation.domain.delegation import delegate_signature, standing_delegations, withdraw_delegation
from labellisation.forms.decision import DelegationForm
from labellisation.models import DelegationSignature
from socle import horloge
from socle.views.actes import perform_allowed, perform_form


def _demand_direction(request: HttpRequest) -> None:
    if not request.user.has_perm("labellisation.delegate_signature"):
        raise PermissionDenied("Seule la direction délègue sa signature.")


@require_http_methods(["GET", "POST"])
def delegations(request: HttpRequest) -> HttpResponse:
    """List the delegations that stand; give one."""
    _demand_direction(request)
    form = DelegationForm(request.POST or None, initial={"du": horloge.today()})
    if (
        request.method == "POST"
        and form.is_valid()
        and perform_form(
            request,
            form,
            lambda: delegate_signature(acteur=request.user, **form.cleaned_data),
            "La délégation de signature est accordée.",
        )
    ):
        return redirect("admin:instruction_delegations")
    return page(
        request,
        "delegations",
        "Délégations de signature",
        status=REFUSE if form.errors else 200,
        form=form,
        erreurs=[
            (form[champ].id_for_label if champ in form.fields else "formulaire", phrase)
            for champ, phrases in form.errors.items()
            for phrase in phrases
        ],
        delegations=standing_delegations(),
        aujourd_hui=horloge.today(),
    )


@require_POST
def retirer(request: HttpRequest, delegation: uuid.UUID) -> HttpResponse:
    """Take a delegation back."""
    _demand_direction(request)
    objet = get_object_or_404(DelegationSignature.objects.select_related("delegataire"), pk=delegation)
    perform_allowed(
        request,
        lambda: withdraw_delegation(delegation=objet, acteur=request.user),
        f"{objet.delegataire.nom_complet} ne signe plus pour la direction.",
    )
    return redirect("admin:instruction_delegations")
