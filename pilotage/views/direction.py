"""The direction's dashboard."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from comptes.rules import est_direction
from pilotage.domain.tableau import dashboard


@require_safe
def tableau(request: HttpRequest) -> HttpResponse:
    """Show where the dossiers stand and what is late."""
    if not est_direction(request.user):
        raise PermissionDenied("Cette page est réservée à la direction.")
    return render(
        request, "pilotage/tableau.html", {"tableau": dashboard(request.user), "fil": [("Pilotage", "")]}
    )
