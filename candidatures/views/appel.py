"""The public pages of the call."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from candidatures.domain.appels import open_call
from candidatures.domain.auto_evaluation import Etat, Verdict, assess
from candidatures.domain.queries import echeance_affichee, remaining
from candidatures.forms.auto_evaluation import AutoEvaluationForm
from candidatures.models import Appel
from comptes.voir_comme import open_to_view
from socle import horloge
from socle.typographie import pluriel_fr


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


@open_to_view
@login_not_required
@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """Ask a few questions, and explain each no by its criterion (R15); nothing is kept."""
    form = AutoEvaluationForm(request.GET if "verifier" in request.GET else None)
    ouvert = open_call(horloge.now())
    contexte: dict[str, object] = {
        "form": form,
        "appel": ouvert,
        "verdicts": [],
        "fil": [("L’appel à labellisation", reverse("candidatures:appel")), ("Ma formation", "")],
    }
    if form.is_valid() and ouvert:
        contexte |= _result(ouvert, assess(form.cleaned_data))
    form.show()
    return render(request, "candidatures/verifier.html", contexte, status=422 if form.errors else 200)


def _result(appel: Appel, verdicts: list[Verdict]) -> dict[str, object]:
    criteres = {critere.numero: critere for critere in appel.grille.criteres_recevabilite.all()}
    lus = [(criteres[verdict.critere], verdict) for verdict in verdicts]
    manques = [ligne for ligne in lus if ligne[1].etat == Etat.MANQUE]
    inconnus = [ligne for ligne in lus if ligne[1].etat == Etat.INCONNU]
    return {
        "verdicts": verdicts,
        "manques": manques,
        "inconnus": inconnus,
        **_summary(len(manques), len(inconnus)),
    }


def _summary(manques: int, inconnus: int) -> dict[str, str]:
    """Return the answer in words; all ten criteria have to be met."""
    if manques:
        return {
            "couleur": "warning",
            "titre_resultat": (
                f"Pas encore\u00a0: {manques} critère{pluriel_fr(manques)} sur dix "
                f"{'ne sont' if manques > 1 else 'n’est'} pas rempli{pluriel_fr(manques)}"
            ),
            "suite": "Chacun est expliqué ci-dessous, avec ce qui peut être fait. Les dix critères "
            "sont nécessaires.",
        }
    if inconnus:
        return {
            "couleur": "info",
            "titre_resultat": "Rien ne s’y oppose dans vos réponses",
            "suite": "Quelques points restent à savoir. Vous pouvez ouvrir un brouillon et le "
            "compléter peu à peu.",
        }
    return {
        "couleur": "success",
        "titre_resultat": "Oui, d’après vos réponses",
        "suite": "Ouvrez un brouillon\u00a0: il se complète en plusieurs fois et reste le vôtre "
        "jusqu’au dépôt.",
    }


def _details(appel: Appel) -> dict[str, object]:
    instant = horloge.now()
    return {
        "releves": [
            {
                "releve": releve,
                "jusqu_au": echeance_affichee(releve),
                "passe": releve.borne <= instant,
                "reste": remaining(releve, instant),
            }
            for releve in appel.releves.filter(publie_le__lte=instant).order_by("borne")
        ],
        "criteres": appel.grille.criteres_recevabilite.order_by("numero"),
        "selection": appel.grille.criteres_selection.order_by("numero"),
    }
