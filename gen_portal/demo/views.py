"""Views of the demo: sign in with one click, move the clock, read the outgoing mail."""

from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from gen_portal.demo.comptes import demo_account
from socle import delais, fournisseurs, horloge
from socle.erreurs import HorlogeRefusee

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def _back(request: HttpRequest) -> str:
    """Return the page one came from, if it is ours."""
    suite = request.POST.get("suite", "")
    return suite if url_has_allowed_host_and_scheme(suite, None) else reverse("accueil")


@login_not_required
@require_POST
def connexion(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the listed accounts, and no other."""
    utilisateur = demo_account(request.POST.get("compte", ""))
    if utilisateur is None:
        raise Http404
    login(request, utilisateur, backend=BACKEND)
    return redirect(_back(request))


class HorlogeForm(forms.Form):
    """How far to move: a step, or a day."""

    pas = forms.ChoiceField(choices=[(pas, pas) for pas in ("jour", "semaine", "mois", "date")])
    jour = forms.DateField(required=False)

    def clean(self) -> dict[str, object]:
        """Ask for the day when one moves to a date."""
        donnees = super().clean() or {}
        if donnees.get("pas") == "date" and not donnees.get("jour"):
            raise forms.ValidationError("Indiquez la date à laquelle avancer l’horloge.")
        return donnees


@login_not_required
@require_POST
def horloge_avancer(request: HttpRequest) -> HttpResponse:
    """Move the business clock of the demo forward; it never goes back."""
    form = HorlogeForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Indiquez la date à laquelle avancer l’horloge, au format jj/mm/aaaa.")
        return redirect(_back(request))
    try:
        instant = horloge.advance_to(_ahead(_target(form)))
    except HorlogeRefusee as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(
            request,
            f"Il est maintenant {horloge.paris(instant):%H h %M, le %d/%m/%Y}. "
            "Les relances dues partent au prochain passage de la tâche de fond, en une minute au plus.",
        )
    return redirect(_back(request))


def _ahead(instant: datetime) -> datetime:
    """Refuse a day gone by; only the seeder's first move may set the clock in the past."""
    if instant < horloge.now():
        raise HorlogeRefusee("L’horloge n’avance que vers l’avant\u00a0: choisissez un jour à venir.")
    return instant


def _target(form: HorlogeForm) -> datetime:
    maintenant = horloge.paris(horloge.now())
    heure = (maintenant.hour, maintenant.minute)
    match form.cleaned_data["pas"]:
        case "jour":
            return horloge.at_paris(maintenant.date() + timedelta(days=1), *heure)
        case "semaine":
            return horloge.at_paris(maintenant.date() + timedelta(weeks=1), *heure)
        case "mois":
            return horloge.at_paris(delais.add_months(maintenant.date(), 1), *heure)
        case _:
            return horloge.at_paris(form.cleaned_data["jour"], 10)


COURRIELS_PAR_PAGE = 50


@login_not_required
@require_safe
def courriels(request: HttpRequest) -> HttpResponse:
    """List the mail that left, the latest first."""
    email = request.GET.get("a", "")
    debut = max(0, int(request.GET["debut"])) if request.GET.get("debut", "").isdigit() else 0
    # One more than shown tells whether there is a next page.
    lus = fournisseurs.demo_messages(debut=debut, nombre=COURRIELS_PAR_PAGE + 1, email=email)
    contexte = {
        "courriels": lus[:COURRIELS_PAR_PAGE],
        "email": email,
        "precedents": max(0, debut - COURRIELS_PAR_PAGE) if debut else None,
        "suivants": debut + COURRIELS_PAR_PAGE if len(lus) > COURRIELS_PAR_PAGE else None,
        "fil": [("Courriels sortants", "")],
    }
    return render(request, "gen_portal/demo/courriels.html", contexte)


@login_not_required
@require_safe
def courriel(request: HttpRequest, identifiant: str) -> HttpResponse:
    """Show one mail as it left. Its text part: the HTML part brings styles that our CSP refuses."""
    message = fournisseurs.demo_message(identifiant)
    if message is None:
        raise Http404
    contexte = {
        "courriel": message,
        "fil": [("Courriels sortants", reverse("demo:courriels")), (message.objet, "")],
    }
    return render(request, "gen_portal/demo/courriel.html", contexte)
