"""My account, and the end of « voir comme »."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from comptes import domain
from comptes.middleware import CLE_VOIR_COMME
from comptes.models import VoirComme

#: Views of « voir comme » shown on the account page, the latest first.
VUES = 20


@require_safe
def mon_compte(request: HttpRequest) -> HttpResponse:
    """Show what the portal knows of the person: identity, roles, structures, sign-in, who saw as them."""
    personne: Any = request.user
    contexte = {
        "vues": personne.vues.select_related("agent")[:VUES],
        "fil": [("Mon compte", "")],
    }
    return render(request, "comptes/mon_compte.html", contexte)


@require_POST
def voir_comme_quitter(request: HttpRequest) -> HttpResponse:
    """Become oneself again; ``comptes.middleware`` leaves this address to the agent."""
    identifiant = request.session.pop(CLE_VOIR_COMME, "")
    vue = VoirComme.objects.filter(pk=identifiant, agent=request.user).first() if identifiant else None
    if vue is None:
        return redirect("accueil")
    domain.end_view(vue=vue, acteur=request.user, fin=VoirComme.Fin.QUITTEE)
    messages.success(request, f"Vous ne voyez plus le portail comme {vue.personne}.")
    return redirect("admin:comptes_utilisateur_change", vue.personne_id)


@require_safe
def voir_comme_terminee(request: HttpRequest) -> HttpResponse:
    """Say that the view ended by itself."""
    contexte = {"minutes": settings.GEN_VOIR_COMME_MINUTES, "fil": [("Consultation terminée", "")]}
    return render(request, "comptes/voir_comme_terminee.html", contexte)
