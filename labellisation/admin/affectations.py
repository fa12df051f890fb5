"""Who works on a dossier, who must not, and a notation set aside."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from candidatures.domain.affectations import assign, declare_interest, unassign
from candidatures.models import Affectation, Candidature
from comptes.domain.acces import require
from labellisation.admin.acces import REFUSE, dossier_address, dossier_instruit, page, says_refusals
from labellisation.admin.voisins import neighbour_links
from labellisation.domain.notation import readable_by, set_aside
from labellisation.forms.instruction import AffectationForm, EcartementForm, LienForm
from socle.views.actes import perform_form


@require_http_methods(["GET", "POST"])
@says_refusals
def affectations(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show who is in charge; put somebody in charge."""
    candidature = dossier_instruit(request, pk)
    require(request.user, "candidatures.assign_candidature", candidature)
    form = AffectationForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _assigned(request, candidature, form):
        return redirect(dossier_address(request, candidature.pk, "instruction_affectations"))
    return _screen(request, candidature, form)


def _assigned(request: HttpRequest, candidature: Candidature, form: AffectationForm) -> bool:
    personne = form.cleaned_data["instructeur"]
    return perform_form(
        request,
        form,
        lambda: assign(
            candidature=candidature,
            instructeur=personne,
            tache=form.cleaned_data["tache"],
            acteur=request.user,
        ),
        f"{personne.nom_complet} est chargé de cette tâche.",
    )


def _screen(
    request: HttpRequest,
    candidature: Candidature,
    form: AffectationForm,
    ecartement: tuple[uuid.UUID, EcartementForm] | None = None,
) -> HttpResponse:
    """Show the page; ``ecartement``: the notation that is not set aside, and what was typed for it."""
    utilisateur: Any = request.user
    charges: list[Affectation] = candidature.charges
    notations = [
        notation for notation in readable_by(candidature, utilisateur) if notation.soumise_le is not None
    ]
    refus = _refused(*(ecartement or (None, EcartementForm())))
    return page(
        request,
        "affectations",
        "Affectations",
        status=REFUSE if form.errors or ecartement else 200,
        candidature=candidature,
        form=form,
        erreurs=_errors(form) + refus["erreurs"],
        ecartement=refus,
        taches=[
            (str(libelle), [charge for charge in charges if charge.tache == tache])
            for tache, libelle in Affectation.Tache.choices
        ],
        notations=notations if utilisateur.has_perm("labellisation.set_aside_notation", candidature) else [],
        **neighbour_links(request, candidature.pk, "admin:instruction_affectations"),
    )


def _errors(form: AffectationForm) -> list[tuple[str, str]]:
    """Return (anchor, sentence) pairs for the summary."""
    return [
        (form[champ].id_for_label if champ in form.fields else "confier", phrase)
        for champ, phrases in form.errors.items()
        for phrase in phrases
    ]


def _refused(notation: uuid.UUID | None, form: EcartementForm) -> dict[str, Any]:
    phrases = [phrase for phrases in form.errors.values() for phrase in phrases]
    return {
        "notation": notation,
        "motif": form["motif"].value() or "",
        "erreurs": [(f"ecarter-{notation}", phrase) for phrase in phrases],
    }


@require_POST
@says_refusals
def desaffecter(request: HttpRequest, pk: uuid.UUID, affectation: uuid.UUID) -> HttpResponse:
    """Take somebody off a task."""
    candidature = dossier_instruit(request, pk)
    ligne = get_object_or_404(candidature.affectations.filter(retiree_le__isnull=True), pk=affectation)
    unassign(affectation=ligne, acteur=request.user)
    messages.success(request, f"{ligne.instructeur.nom_complet} n’est plus chargé de cette tâche.")
    return redirect(dossier_address(request, candidature.pk, "instruction_affectations"))


@require_POST
@says_refusals
def ecarter(request: HttpRequest, pk: uuid.UUID, notation: uuid.UUID) -> HttpResponse:
    """Set a submitted notation aside, with a reason."""
    candidature = dossier_instruit(request, pk)
    lisibles = {ligne.pk: ligne for ligne in readable_by(candidature, request.user)}
    ligne = lisibles.get(notation) or get_object_or_404(candidature.notations.none(), pk=notation)
    require(request.user, "labellisation.set_aside_notation", candidature)
    form = EcartementForm(request.POST)
    if form.is_valid() and perform_form(
        request,
        form,
        lambda: set_aside(notation=ligne, acteur=request.user, motif=form.cleaned_data["motif"]),
        "La notation est écartée. Confiez le dossier à une autre personne.",
    ):
        return redirect(dossier_address(request, candidature.pk, "instruction_affectations"))
    return _screen(request, candidature, AffectationForm(), (ligne.pk, form))


@require_http_methods(["GET", "POST"])
@says_refusals
def declarer_lien(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Declare one's own link; the dossier disappears from one's screens (R36)."""
    candidature = dossier_instruit(request, pk)
    form = LienForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _declared(request, candidature, form):
        return redirect("admin:instruction_file")
    return page(
        request,
        "lien",
        "Déclarer un lien d’intérêt",
        status=REFUSE if form.errors else 200,
        candidature=candidature,
        form=form,
        erreurs=[
            ("id_motif" if champ == "motif" else "portee", phrase)
            for champ, phrases in form.errors.items()
            for phrase in phrases
        ],
    )


def _declared(request: HttpRequest, candidature: Candidature, form: LienForm) -> bool:
    sur_la_structure = form.cleaned_data["portee"] == "structure"
    return perform_form(
        request,
        form,
        lambda: declare_interest(
            personne=request.user,
            structure=candidature.structure if sur_la_structure else None,
            candidature=None if sur_la_structure else candidature,
            motif=form.cleaned_data["motif"],
        ),
        "Votre lien d’intérêt est déclaré. Le dossier ne vous est plus montré.",
    )
