"""My account."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def mon_compte(request: HttpRequest) -> HttpResponse:
    """Show what the portal knows of the person: identity, roles, structures, sign-in."""
    return render(request, "comptes/mon_compte.html", {"fil": [("Mon compte", "")]})
