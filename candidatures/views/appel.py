"""The public page of the call."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from candidatures.domain.appels import open_call
from candidatures.domain.queries import echeance_affichee
from candidatures.models import Appel
from comptes.voir_comme import open_to_view
from socle import horloge


@open_to_view
@login_not_required
@require_safe
def appel(request: HttpRequest) -> HttpResponse:
    """Show the call that is open, its relevés, its criteria and what to gather (R1 to R3)."""
    ouvert = open_call(horloge.now())
    contexte = {
        "fil": [("L’appel à labellisation", "")],
        "appel": ouvert,
        **(_details(ouvert) if ouvert else {}),
    }
    return render(request, "candidatures/appel.html", contexte)


def _details(appel: Appel) -> dict[str, object]:
    instant = horloge.now()
    return {
        "releves": [
            {
                "releve": releve,
                "jusqu_au": echeance_affichee(releve),
                "passe": releve.borne <= instant,
            }
            for releve in appel.releves.filter(publie_le__lte=instant).order_by("borne")
        ],
        "criteres": appel.grille.criteres_recevabilite.order_by("numero"),
        "selection": appel.grille.criteres_selection.order_by("numero"),
    }
