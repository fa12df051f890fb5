"""The home page and the legal pages."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from comptes import tableau
from comptes.voir_comme import open_to_view
from gen_portal.navigation import exists

ACCES_DIRECTS = (
    {
        "titre": "L’appel à labellisation",
        "chemin": "/appel/",
        "texte": "Les critères, les dates des relevés, les textes.",
    },
    {
        "titre": "Formations labellisées",
        "chemin": "/formations/",
        "texte": "Trouver une formation et vérifier un label.",
    },
    {"titre": "Chiffres clés", "chemin": "/chiffres-cles/", "texte": "Les résultats de la labellisation."},
    {
        "titre": "Signaler un problème",
        "chemin": "/reclamation/",
        "texte": "Apprenants, prescripteurs, financeurs, entreprises.",
    },
)


@open_to_view
@login_not_required
@require_safe
def accueil(request: HttpRequest) -> HttpResponse:
    """Show what the label is, or the dashboard of the person's roles."""
    if request.user.is_authenticated:
        return render(request, "gen_portal/tableau.html", {"groupes": tableau.groups_for(request.user)})
    contexte = {
        "comptes_demo": _demo_accounts(),
        "appel": "/appel/" if exists("/appel/") else "",
        "acces_directs": [lien for lien in ACCES_DIRECTS if exists(lien["chemin"])],
    }
    return render(request, "gen_portal/accueil.html", contexte)


def _demo_accounts() -> list[object]:
    if not settings.GEN_DEMO:
        return []
    from gen_portal.demo.comptes import accounts_by_role

    return accounts_by_role()


@open_to_view
@login_not_required
@require_safe
def accessibilite(request: HttpRequest) -> HttpResponse:
    """Show the accessibility statement (RGAA)."""
    contexte = {"fil": [("Accessibilité", "")], "editeur": settings.GEN_EDITEUR}
    return render(request, "gen_portal/accessibilite.html", contexte)


@open_to_view
@login_not_required
@require_safe
def mentions_legales(request: HttpRequest) -> HttpResponse:
    """Show who publishes and who hosts the portal."""
    contexte = {
        "fil": [("Mentions légales", "")],
        "editeur": settings.GEN_EDITEUR,
        "adresse": settings.GEN_ADRESSE,
        "directeur_publication": settings.GEN_DIRECTEUR_PUBLICATION,
        "hebergeur": settings.GEN_HEBERGEUR,
    }
    return render(request, "gen_portal/mentions_legales.html", contexte)


@open_to_view
@login_not_required
@require_safe
def donnees_personnelles(request: HttpRequest) -> HttpResponse:
    """Show what becomes of personal data (R44)."""
    contexte = {
        "fil": [("Données personnelles", "")],
        "editeur": settings.GEN_EDITEUR,
        "contact_dpo": settings.GEN_CONTACT_DPO,
        "conservation": settings.GEN_CONSERVATION,
        "session_heures": settings.SESSION_COOKIE_AGE // 3600,
    }
    return render(request, "gen_portal/donnees_personnelles.html", contexte)
