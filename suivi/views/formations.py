"""The space of a labelled formation: what is expected, by date; sessions; who prepares."""

import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comptes.models import Structure
from comptes.voir_comme import open_to_view
from labellisation import cycle as cycle_label
from labellisation.domain.label import public_status
from labellisation.models import Convention, Label
from socle import horloge
from socle.models import Document, Echeance
from socle.models.echeance import EcheanceQuerySet
from socle.views.actes import perform, perform_form
from suivi.domain.espace import confirm_space
from suivi.domain.habilitations import authorize_body, withdraw_body
from suivi.domain.sessions import plan_session
from suivi.forms.session import HabilitationForm, PlanSessionForm
from suivi.politiques import acted_labels


def label_or_404(request: HttpRequest, pk: uuid.UUID) -> Label:
    """Return a label that this person follows, or 404."""
    return get_object_or_404(
        Label.objects.visible_to(request.user).select_related(
            "structure", "convention", "candidature", "region", "famille"
        ),
        pk=pk,
    )


def fil(label: Label, *suite: tuple[str, str]) -> list[tuple[str, str]]:
    """Return the breadcrumb down to a formation."""
    return [
        ("Suivi des formations", reverse("suivi:formations")),
        (label.intitule, reverse("suivi:formation", args=[label.pk])),
        *suite,
    ]


def followed_through(label: Label, personne: Any) -> Structure | None:
    """Return the person's structure that follows this label, when it is not the one they act for."""
    if not personne.autres_structures:
        return None
    habilitees = label.habilitations.filter(retiree_le__isnull=True).values_list("structure", flat=True)
    suivent = {label.structure_id, *habilitees}
    if personne.structure_courante.pk in suivent:
        return None
    miennes = (ligne.structure for ligne in personne.appartenances_actives if ligne.structure_id in suivent)
    return next(miennes, None)


PAR_PAGE = 50
#: Number of obligations shown before one asks for all of them.
PROCHAINES = 10
#: Number of obligations that one page can show.
ECHEANCES_MAX = 500


@open_to_view
@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """List the labelled formations that one follows, and what is expected, soonest first."""
    labels = Label.objects.visible_to(request.user).filter(acted_labels(request.user))
    dossiers = {f"dossier:{pk}": pk for pk in labels.order_by().values_list("candidature_id", flat=True)}
    choix = request.GET.get("echeances", "")
    attendues = _expected(list(dossiers), choix)
    nombre = attendues.count()
    montrees = list(attendues[: ECHEANCES_MAX if choix in ECHEANCES else PROCHAINES])
    concernes = labels.filter(
        candidature__in={dossiers[echeance.chaine] for echeance in montrees}
    ).select_related("structure")
    par_chaine = {label.chaine_journal: label for label in concernes}
    page = Paginator(
        labels.select_related("structure", "region").order_by("-debut", "intitule", "pk"), PAR_PAGE
    ).get_page(request.GET.get("page"))
    contexte = {
        "page": page,
        "labels": [(label, public_status(label)) for label in page],
        "prochaines": [(echeance, par_chaine[echeance.chaine]) for echeance in montrees],
        "nombre": nombre,
        "choix": choix if choix in ECHEANCES else "",
        "fil": [("Suivi des formations", "")],
    }
    return render(request, "suivi/formations.html", contexte)


def _late(attendues: EcheanceQuerySet) -> EcheanceQuerySet:
    return attendues.late()


def _coming(attendues: EcheanceQuerySet) -> EcheanceQuerySet:
    return attendues.filter(due__gte=horloge.today())


def _all(attendues: EcheanceQuerySet) -> EcheanceQuerySet:
    return attendues


#: What ``?echeances=`` may ask for; anything else shows the next ones.
ECHEANCES: dict[str, Callable[[EcheanceQuerySet], EcheanceQuerySet]] = {
    "retard": _late,
    "a-venir": _coming,
    "toutes": _all,
}


def _expected(chaines: list[str], choix: str) -> EcheanceQuerySet:
    attendues = Echeance.objects.open().filter(chaine__in=chaines, genre__startswith="suivi.")
    return ECHEANCES.get(choix, _all)(attendues).order_by("due", "id")


@open_to_view
@require_safe
def formation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show the space of a formation."""
    return _render_space(request, label_or_404(request, pk))


def _render_space(
    request: HttpRequest, label: Label, habilitation: HabilitationForm | None = None
) -> HttpResponse:
    echeances = Echeance.objects.filter(chaine=label.chaine_journal, genre__startswith="suivi.")
    gere = request.user.has_perm("suivi.manage_habilitation", label)
    contexte = {
        "label": label,
        "etat": cycle_label.LABEL.etat(label.etat),
        "statut": public_status(label),
        "ouvertes": echeances.open().order_by("due"),
        "faites": echeances.filter(remplie_le__isnull=False).order_by("-remplie_le"),
        "levees": echeances.filter(levee_le__isnull=False).order_by("-levee_le"),
        "regle_les_echeances": request.user.has_perm("suivi.settle_obligation", label),
        "sessions": label.sessions.order_by("debut"),
        "voit_convention": Convention.objects.visible_to(request.user)
        .filter(pk=label.convention_id)
        .exists(),
        "attestation": Document.objects.filter(genre="labellisation.attestation", sujet_id=label.pk)
        .order_by("-demande_le")
        .first(),
        "confirme": request.user.has_perm("suivi.confirm_space", label),
        "prevoit": request.user.has_perm("suivi.plan_session", label),
        "habilitations": label.habilitations.filter(retiree_le__isnull=True).select_related("structure"),
        "habilitation_form": (habilitation or HabilitationForm()) if gere else None,
        "reference_objet": label.convention.numero,
        "structure_objet": followed_through(label, request.user),
        "fil": [*fil(label)[:1], (label.intitule, "")],
    }
    erreurs = habilitation is not None and habilitation.errors
    return render(request, "suivi/formation.html", contexte, status=422 if erreurs else 200)


@require_POST
def confirmer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Confirm that the space is up to date."""
    label = label_or_404(request, pk)
    perform(
        request,
        lambda: confirm_space(label=label, acteur=request.user),
        "Merci\u00a0: l’espace de la formation est confirmé à jour pour trois mois.",
    )
    return redirect("suivi:formation", pk=label.pk)


@require_http_methods(["GET", "POST"])
def prevoir(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Plan a session."""
    label = label_or_404(request, pk)
    if not request.user.has_perm("suivi.prepare_session", label):
        raise PermissionDenied("Seuls le porteur et son organisme prévoient des sessions.")
    form = PlanSessionForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and perform_form(
        request,
        form,
        lambda: plan_session(label=label, acteur=request.user, **form.cleaned_data),
        "La session est prévue. Référencez-la avant son démarrage.",
    ):
        return redirect("suivi:formation", pk=label.pk)
    contexte = {"label": label, "form": form, "fil": fil(label, ("Prévoir une session", ""))}
    return render(request, "suivi/prevoir.html", contexte, status=422 if form.errors else 200)


@require_POST
def habiliter(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Let a training body prepare the follow-up."""
    label = label_or_404(request, pk)
    form = HabilitationForm(request.POST)
    if form.is_valid():
        siret = "".join(form.cleaned_data["siret"].split())
        structure: Any = Structure.objects.filter(siret=siret).first()
        if structure is None:
            form.add_error(
                "siret", "Aucune structure du portail n’a ce SIRET. L’organisme doit d’abord la créer."
            )
        elif perform_form(
            request,
            form,
            lambda: authorize_body(label=label, structure=structure, acteur=request.user),
            f"{structure} peut désormais préparer le suivi de cette formation.",
        ):
            return redirect("suivi:formation", pk=label.pk)
    return _render_space(request, label, habilitation=form)


@require_POST
def deshabiliter(request: HttpRequest, pk: uuid.UUID, habilitation: uuid.UUID) -> HttpResponse:
    """End a body's access."""
    label = label_or_404(request, pk)
    ligne = get_object_or_404(label.habilitations.filter(retiree_le__isnull=True), pk=habilitation)
    perform(
        request,
        lambda: withdraw_body(habilitation=ligne, acteur=request.user),
        f"{ligne.structure} n’a plus accès au suivi de cette formation.",
    )
    return redirect("suivi:formation", pk=label.pk)
