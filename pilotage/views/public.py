"""Public pages: catalogue, verification of a label, key figures."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from comptes.voir_comme import open_to_view
from pilotage.domain.catalogue import families_in_force, labels_in_force, search, verify
from pilotage.domain.chiffres import OBJECTIFS, REPERES, key_figures
from referentiels.models import Region
from socle.limites import limited

PAR_PAGE = 20


@open_to_view
@login_not_required
@require_safe
def formations(request: HttpRequest) -> HttpResponse:
    """List the labelled formations in force, filtered by the address."""
    filtres = {nom: request.GET.get(nom, "").strip() for nom in ("texte", "region", "famille")}
    trouves = search(labels_in_force(), **filtres)
    page = Paginator(trouves, PAR_PAGE).get_page(request.GET.get("page"))
    requete = request.GET.copy()
    requete.pop("page", None)
    contexte = {
        "page": page,
        "filtres": filtres,
        "requete": requete.urlencode(),
        "regions": Region.objects.order_by("nom"),
        "familles": families_in_force(),
        "fil": [("Formations labellisées", "")],
    }
    return render(request, "pilotage/formations.html", contexte)


@open_to_view
@login_not_required
@require_safe
@limited("verification", lectures=True)
def verifier(request: HttpRequest) -> HttpResponse:
    """Ask for a code, and lead to its page."""
    if code := request.GET.get("code", "").strip():
        return redirect("pilotage:verification", code=verify(code).code or "inconnu")
    return render(request, "pilotage/verifier.html", {"fil": [("Vérifier un label", "")]})


@open_to_view
@login_not_required
@require_safe
def verification(request: HttpRequest, code: str) -> HttpResponse:
    """Say what a label is worth today; a code that doesn't exist is said plainly."""
    resultat = verify(code)
    contexte = {
        "resultat": resultat,
        "reference_objet": f"label {resultat.code}",
        "fil": [("Vérifier un label", reverse("pilotage:verifier")), (resultat.code, "")],
    }
    return render(request, "pilotage/verification.html", contexte, status=200 if resultat.label else 404)


@open_to_view
@login_not_required
@require_safe
def chiffres(request: HttpRequest) -> HttpResponse:
    """Show the key figures."""
    contexte = {
        "chiffres": key_figures(),
        "reperes": REPERES,
        "objectifs": OBJECTIFS,
        "fil": [("Chiffres clés", "")],
    }
    return render(request, "pilotage/chiffres.html", contexte)
