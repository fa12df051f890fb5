"""Give the dossiers ticked in the list to somebody: a page that says what will happen, then one act."""

import uuid
from collections.abc import Iterable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from candidatures.domain.repartition import Choix, RepartitionRefusee, assign_many
from candidatures.models import Candidature
from labellisation.admin.acces import REFUSE, demand_instruction, page
from labellisation.domain.file_instruction import to_instruct, with_instructors
from labellisation.forms.instruction import AffectationForm
from socle.erreurs import ActeurRefuse, DonneesInvalides
from socle.references import SANS_ID, read_key
from socle.typographie import pluriel_fr

#: The page of confirmation names each dossier.
MAXIMUM = 500


def ask(request: HttpRequest, dossiers: QuerySet[Candidature]) -> HttpResponse:
    """Show what was ticked, and ask to whom and for which task."""
    demand_instruction(request)
    noms = [str(pk) for pk in dossiers.values_list("pk", flat=True)[: MAXIMUM + 1]]
    if len(noms) > MAXIMUM:
        messages.error(
            request,
            f"Sélectionnez {MAXIMUM}\u00a0dossiers au plus, ou répartissez un relevé depuis votre file.",
        )
        return redirect(request.get_full_path())
    return _screen(request, noms, AffectationForm())


@require_POST
def confier(request: HttpRequest) -> HttpResponse:
    """Give the dossiers named by the form, all of them or none."""
    demand_instruction(request)
    form = AffectationForm(request.POST)
    noms = request.POST.getlist("dossiers")
    refus: Iterable[str] = ()
    if form.is_valid():
        personne = form.cleaned_data["instructeur"]
        try:
            faites = assign_many(
                choix=[Choix(pk, personne.pk) for pk in _keys(noms)],
                tache=form.cleaned_data["tache"],
                acteur=request.user,
            )
        except RepartitionRefusee as erreur:
            form.add_error(None, str(erreur))
            refus = erreur.refus.values()
        except ActeurRefuse:
            raise
        except DonneesInvalides as erreur:
            form.add_error(None, [phrase for phrases in erreur.erreurs.values() for phrase in phrases])
        else:
            nombre = len(faites)
            s = pluriel_fr(nombre)
            messages.success(request, f"{nombre}\u00a0dossier{s} confié{s} à {personne.nom_complet}.")
            return redirect(_back(request))
    return _screen(request, noms, form, refus)


def _keys(noms: Iterable[str]) -> list[uuid.UUID]:
    """Read the keys of a form; what is none can be no dossier: the verb is told of one that isn't there."""
    return [read_key(nom) or SANS_ID for nom in noms]


def _screen(
    request: HttpRequest, noms: list[str], form: AffectationForm, refus: Iterable[str] = ()
) -> HttpResponse:
    visibles = with_instructors(to_instruct(request.user)).filter(pk__in=_keys(noms))
    dossiers = list(visibles.order_by("deposee_le", "reference"))
    return page(
        request,
        "confier",
        "Confier des dossiers",
        status=REFUSE if form.errors else 200,
        form=form,
        dossiers=dossiers,
        refus=sorted(set(refus)),
        retour=_back(request),
        suite=request.POST.get("retour") or request.GET.urlencode(),
    )


def _back(request: HttpRequest) -> str:
    """Return the list with its filters, as the form kept them."""
    suite = request.POST.get("retour") or request.GET.urlencode()
    return reverse("admin:candidatures_candidature_changelist") + (f"?{suite}" if suite else "")
