"""The committee's pages. Each view checks access, calls one verb, and shows."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from candidatures.domain.affectations import declare_interest
from candidatures.domain.lecture import sections_lisibles
from candidatures.models import Candidature
from comptes.rules import est_direction, est_membre_comite
from labellisation import cycle
from labellisation.domain import notification
from labellisation.domain import seance as seances
from labellisation.domain.classement import ranking_for
from labellisation.forms.seance import (
    ConvocationForm,
    DecisionForm,
    OrdreDuJourForm,
    PresenceForm,
    VoteForm,
)
from labellisation.models import Decision, Inscription, Seance
from socle.views.actes import perform, perform_form

#: Rows of a list; what waits beyond comes up as the first ones are dealt with.
PAR_PAGE = 50
#: Letters sent outside a séance that the committee's page follows, the latest first.
NOTIFIEES_MONTREES = 20


def _demand_committee(request: HttpRequest) -> None:
    if not (est_membre_comite(request.user) or est_direction(request.user)):
        raise PermissionDenied("Cette page est réservée au comité et à la direction.")


def _demand_direction(request: HttpRequest) -> None:
    if not est_direction(request.user):
        raise PermissionDenied("Cette page est réservée à la direction.")


def _seance(request: HttpRequest, pk: uuid.UUID) -> Seance:
    return get_object_or_404(Seance.objects.visible_to(request.user), pk=pk)


def _inscription(request: HttpRequest, pk: uuid.UUID, inscription: uuid.UUID) -> Inscription:
    """Return a dossier of the agenda that this person may see (a conflict hides it, R36)."""
    return get_object_or_404(
        Inscription.objects.select_related("seance", "candidature__structure", "candidature__region").filter(
            seance=_seance(request, pk),
            retiree_le__isnull=True,
            candidature__in=Candidature.objects.visible_to(request.user),
        ),
        pk=inscription,
    )


def _fil(*suite: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Comité", reverse("labellisation:comite")), *suite]


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """List the séances; for the direction, also what waits for a notification outside them."""
    _demand_committee(request)
    # The frozen ranking of each is a page of its own.
    seances_vues = Seance.objects.visible_to(request.user).defer("classement").order_by("-tenue_le", "pk")
    hors_seance = list(_to_announce(request)[: PAR_PAGE + 1])
    suite = len(hors_seance) > PAR_PAGE
    contexte = {
        "page": Paginator(seances_vues, PAR_PAGE).get_page(request.GET.get("page")),
        "direction": est_direction(request.user),
        "hors_seance": hors_seance[:PAR_PAGE],
        "hors_seance_suite": suite,
        "hors_seance_total": _to_announce(request).count() if suite else len(hors_seance),
        "hors_seance_notifiees": notification.follow_letters(
            _outside(request).filter(etat__in=cycle.ANNONCEES).order_by("-notifiee_le")[:NOTIFIEES_MONTREES]
        ),
        "notifiees_montrees": NOTIFIEES_MONTREES,
        "fil": [("Comité", "")],
    }
    return render(request, "labellisation/comite.html", contexte)


def _outside(request: HttpRequest) -> Any:
    if not est_direction(request.user):
        return Decision.objects.none()
    return Decision.objects.filter(
        inscription__isnull=True, candidature__in=Candidature.objects.visible_to(request.user)
    ).select_related("candidature__structure")


def _to_announce(request: HttpRequest) -> Any:
    return _outside(request).filter(etat=cycle.PRISE).order_by("prise_le", "pk")


@require_http_methods(["GET", "POST"])
def convoquer(request: HttpRequest) -> HttpResponse:
    """Convene a séance."""
    _demand_direction(request)
    form = ConvocationForm(request.POST or None)
    if form.is_valid() and perform_form(
        request,
        form,
        lambda: seances.convene_seance(acteur=request.user, **form.values()),
        "La séance est convoquée\u00a0; ses membres sont prévenus par courriel.",
    ):
        return redirect("labellisation:comite")
    contexte = {"form": form, "fil": _fil(("Convoquer une séance", ""))}
    return render(request, "labellisation/convoquer.html", contexte, status=422 if form.errors else 200)


@require_safe
def seance(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a séance: agenda and ranking, presence, what to do next."""
    objet = _seance(request, pk)
    direction = est_direction(request.user)
    visibles = Candidature.objects.visible_to(request.user)
    inscriptions = {
        str(ligne.candidature_id): ligne
        for ligne in objet.inscriptions.filter(retiree_le__isnull=True, candidature__in=visibles)
        .prefetch_related("decisions")
        .select_related("candidature")
    }
    lignes = [
        {**ligne, "inscription": inscriptions.get(ligne["candidature"])}
        for ligne in ranking_for(objet, request.user)
        if ligne["candidature"] in inscriptions
    ]
    contexte = {
        "seance": objet,
        "etat": cycle.SEANCE.etat(objet.etat),
        "lignes": lignes,
        "participations": objet.participations.select_related("membre").order_by("membre__nom"),
        "direction": direction,
        "presence": PresenceForm(seance=objet) if direction and objet.etat != cycle.CLOSE else None,
        "ordre_du_jour": (
            OrdreDuJourForm(user=request.user) if direction and objet.etat == cycle.CONVOQUEE else None
        ),
        "a_notifier": notification.preview(objet, request.user).total if direction else 0,
        "lit_le_pv": objet.proces_verbal_id and request.user.has_perm("labellisation.read_minutes", objet),
        "reference_objet": objet.intitule,
        "fil": _fil((objet.intitule, "")),
    }
    return render(request, "labellisation/seance.html", contexte)


@require_POST
def inscrire(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Put dossiers on the agenda."""
    objet = _seance(request, pk)
    form = OrdreDuJourForm(request.POST, user=request.user)
    if form.is_valid():
        for candidature in form.cleaned_data["dossiers"]:
            perform(
                request,
                lambda candidature=candidature: seances.register_dossier(
                    seance=objet, candidature=candidature, acteur=request.user
                ),
                f"Le dossier {candidature.reference} est à l’ordre du jour.",
            )
    else:
        perform(request, lambda: _refuse("Cochez au moins un dossier."), "")
    return redirect("labellisation:seance", pk=objet.pk)


def _refuse(phrase: str) -> None:
    raise seances.SeanceRefusee(phrase)


@require_POST
def desinscrire(request: HttpRequest, pk: uuid.UUID, inscription: uuid.UUID) -> HttpResponse:
    """Take a dossier off the agenda."""
    ligne = _inscription(request, pk, inscription)
    perform(
        request,
        lambda: seances.remove_dossier(inscription=ligne, acteur=request.user),
        f"Le dossier {ligne.candidature.reference} n’est plus à l’ordre du jour.",
    )
    return redirect("labellisation:seance", pk=pk)


@require_POST
def presence(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Record who is present."""
    objet = _seance(request, pk)
    form = PresenceForm(request.POST, seance=objet)
    if form.is_valid():
        perform(
            request,
            lambda: seances.record_presence(
                seance=objet, presents=form.cleaned_data["presents"], acteur=request.user
            ),
            "La présence est enregistrée.",
        )
    return redirect("labellisation:seance", pk=objet.pk)


@require_POST
def ouvrir(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Open the séance and freeze its ranking."""
    objet = _seance(request, pk)
    perform(
        request,
        lambda: seances.open_seance(seance=objet, acteur=request.user),
        "La séance est ouverte et le classement est figé.",
    )
    return redirect("labellisation:seance", pk=objet.pk)


@require_POST
def cloturer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Close the séance."""
    objet = _seance(request, pk)
    perform(
        request,
        lambda: seances.close_seance(seance=objet, acteur=request.user),
        "La séance est close\u00a0; le procès-verbal est en préparation.",
    )
    return redirect("labellisation:seance", pk=objet.pk)


@require_safe
def dossier(request: HttpRequest, pk: uuid.UUID, inscription: uuid.UUID) -> HttpResponse:
    """Show one dossier of the agenda: its notes, its content, the vote, the decision."""
    return _render_dossier(request, _inscription(request, pk, inscription))


def _render_dossier(
    request: HttpRequest,
    ligne: Inscription,
    vote: VoteForm | None = None,
    decision: DecisionForm | None = None,
) -> HttpResponse:
    membre = ligne.seance.participations.filter(membre=request.user, present=True).exists()
    ouverte = ligne.seance.etat == cycle.OUVERTE
    prise = ligne.decisions.first()
    mien = ligne.votes.filter(membre=request.user).first()
    instantane = ligne.candidature.depots.latest("numero").instantane
    rangs = {rang["candidature"]: rang for rang in ranking_for(ligne.seance, request.user)}
    contexte = {
        "seance": ligne.seance,
        "inscription": ligne,
        "candidature": ligne.candidature,
        "rang": rangs.get(str(ligne.candidature_id)),
        "justifications": _justifications(ligne.candidature),
        "sections": sections_lisibles(instantane),
        "votes": seances.count_votes(ligne),
        "decision": prise,
        "vote_form": (
            vote or VoteForm(initial={"sens": mien.sens if mien else None})
            if membre and ouverte and not prise
            else None
        ),
        "decision_form": (
            decision or DecisionForm() if est_direction(request.user) and ouverte and not prise else None
        ),
        "peut_se_deporter": est_membre_comite(request.user) and not prise,
        "reference_objet": ligne.candidature.reference,
        "fil": _fil(
            (ligne.seance.intitule, reverse("labellisation:seance", args=[ligne.seance_id])),
            (ligne.candidature.reference, ""),
        ),
    }
    erreurs = (vote and vote.errors) or (decision and decision.errors)
    return render(request, "labellisation/dossier_seance.html", contexte, status=422 if erreurs else 200)


def _justifications(candidature: Candidature) -> list[dict[str, Any]]:
    """Return, by criterion, the note and what each scorer wrote."""
    score = getattr(candidature, "score", None)
    notations = list(
        candidature.notations.filter(soumise_le__isnull=False, ecartee_le__isnull=True).prefetch_related(
            "justifications"
        )
    )
    return [
        {
            "critere": critere,
            "note": getattr(score, f"note_{critere.numero}") if score else None,
            "textes": [
                justification.texte
                for notation in notations
                for justification in notation.justifications.all()
                if justification.critere == critere.numero
            ],
        }
        for critere in candidature.appel.grille.criteres_selection.order_by("numero")
    ]


@require_POST
def voter(request: HttpRequest, pk: uuid.UUID, inscription: uuid.UUID) -> HttpResponse:
    """Record a member's vote."""
    ligne = _inscription(request, pk, inscription)
    form = VoteForm(request.POST)
    if form.is_valid() and perform_form(
        request,
        form,
        lambda: seances.cast_vote(inscription=ligne, membre=request.user, sens=form.cleaned_data["sens"]),
        "Votre vote est enregistré\u00a0; vous pouvez le changer jusqu’à la décision.",
    ):
        return redirect("labellisation:seance-dossier", pk=pk, inscription=ligne.pk)
    return _render_dossier(request, ligne, vote=form)


@require_POST
def decider(request: HttpRequest, pk: uuid.UUID, inscription: uuid.UUID) -> HttpResponse:
    """Record the committee's decision."""
    ligne = _inscription(request, pk, inscription)
    form = DecisionForm(request.POST)
    if form.is_valid() and perform_form(
        request,
        form,
        lambda: seances.decide(inscription=ligne, acteur=request.user, **form.cleaned_data),
        "La décision est prise. Le porteur ne la verra qu’à la notification.",
    ):
        return redirect("labellisation:seance", pk=pk)
    return _render_dossier(request, ligne, decision=form)


@require_POST
def se_deporter(request: HttpRequest, pk: uuid.UUID, inscription: uuid.UUID) -> HttpResponse:
    """Declare a link of interest: the dossier vanishes from this member's pages (R36)."""
    ligne = _inscription(request, pk, inscription)
    perform(
        request,
        lambda: declare_interest(
            personne=request.user,
            candidature=ligne.candidature,
            motif=request.POST.get("motif", "").strip()[:255],
        ),
        "Votre lien d’intérêt est enregistré\u00a0: ce dossier ne vous est plus présenté.",
    )
    return redirect("labellisation:seance", pk=pk)


@require_http_methods(["GET", "POST"])
def notifier(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Preview the letters of a séance, prepare their notification, or confirm it (R39)."""
    _demand_direction(request)
    objet = _seance(request, pk)
    if request.method == "POST":
        if request.POST.get("acte") == "confirmer":
            perform(
                request,
                lambda: notification.confirm_notification(seance=objet, acteur=request.user),
                "La notification est lancée\u00a0: chaque porteur reçoit sa lettre.",
            )
        else:
            perform(
                request,
                lambda: notification.prepare_notification(seance=objet, acteur=request.user),
                "La notification est prête. Une autre personne de la direction doit la confirmer.",
            )
        return redirect("labellisation:notifier", pk=objet.pk)
    contexte = {
        "seance": objet,
        "apercu": notification.preview(objet, request.user),
        "lettres": notification.follow_letters(
            Decision.objects.filter(
                inscription__seance=objet, candidature__in=Candidature.objects.visible_to(request.user)
            )
            .select_related("candidature__structure", "lettre")
            .order_by("candidature__reference")
        ),
        "preparee_par_moi": objet.notification_preparee_par_id == request.user.pk,
        "fil": _fil((objet.intitule, reverse("labellisation:seance", args=[objet.pk])), ("Notification", "")),
    }
    return render(request, "labellisation/notifier.html", contexte)
