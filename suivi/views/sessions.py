"""A session: its dates, its references, its learners, its attestation."""

import uuid
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comptes.voir_comme import open_to_view
from labellisation import cycle as cycle_label
from socle.models import Echeance
from socle.references import reference
from socle.typographie import date_longue
from socle.views.actes import perform, perform_form
from suivi import cycle
from suivi.domain.apprenants import read_learner, read_list, remove_learner, save_learner
from suivi.domain.attestations import transmit_attestation
from suivi.domain.sessions import (
    cancel_session,
    end_session,
    latest_postponement,
    postpone_session,
    record_references,
    redate_session,
    start_session,
)
from suivi.forms.session import ApprenantForm, JourForm, RedaterForm, ReferencesForm, ReportForm
from suivi.models import Apprenant, Session
from suivi.views.formations import fil, followed_through

#: States in which a session has a nominative list.
AVEC_LISTE = (cycle.DEMARREE, cycle.TERMINEE)


def _session(request: HttpRequest, pk: uuid.UUID) -> Session:
    return get_object_or_404(
        Session.objects.visible_to(request.user).select_related(
            "label__structure", "label__convention", "label__candidature", "attestation"
        ),
        pk=pk,
    )


def _fil(session: Session, *suite: tuple[str, str]) -> list[tuple[str, str]]:
    return fil(
        session.label, (f"Session {session.numero}", reverse("suivi:session", args=[session.pk])), *suite
    )


@open_to_view
@never_cache
@require_safe
def session(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a session, and its list to those who may read it (each reading is logged, R44)."""
    objet = _session(request, pk)
    lit = request.user.has_perm("suivi.read_learners", objet) and objet.etat in AVEC_LISTE
    vivant = objet.label.etat != cycle_label.RETIRE
    attestation = getattr(objet, "attestation", None)
    prepare = request.user.has_perm("suivi.prepare_session", objet)
    contexte = {
        "session": objet,
        "label": objet.label,
        "etat": cycle.SESSION.etat(objet.etat),
        "apprenants": read_list(session=objet, acteur=request.user) if lit else None,
        "attestation": attestation,
        "echeances": Echeance.objects.about(reference(objet)).open().order_by("due"),
        "reports": objet.reports.order_by("cree_le"),
        "prepare": prepare,
        "demarre": prepare and vivant and objet.etat == cycle.PLANIFIEE and not objet.a_redater,
        "redate": prepare and vivant and objet.etat == cycle.PLANIFIEE and objet.a_redater,
        "limite_report": latest_postponement(objet),
        "liste_ouverte": prepare and attestation is None and objet.etat in AVEC_LISTE,
        "transmet": request.user.has_perm("suivi.transmit_session", objet),
        "consultations": (
            objet.consultations.select_related("personne")[:10]
            if request.user.has_perm("suivi.transmit_session", objet)
            else []
        ),
        "structure_objet": followed_through(objet.label, request.user),
        "reference_objet": f"{objet.label.convention.numero}, session {objet.numero}",
        "fil": [*_fil(objet)[:-1], (f"Session {objet.numero}", "")],
    }
    return render(request, "suivi/session.html", contexte)


def _act(
    request: HttpRequest,
    pk: uuid.UUID,
    titre: str,
    explication: Callable[[Session], str],
    bouton: str,
    form_class: Any,
    verbe: Callable[[Session, dict[str, Any]], Any],
    succes: str,
    initial: Callable[[Session], dict[str, Any]] | None = None,
) -> HttpResponse:
    """Show the form of one act on a session, and perform it."""
    objet = _session(request, pk)
    if not request.user.has_perm("suivi.prepare_session", objet):
        raise PermissionDenied("Seuls le porteur et son organisme tiennent cette session.")
    form = form_class(
        request.POST if request.method == "POST" else None, initial=initial(objet) if initial else None
    )
    if form.is_valid() and perform_form(request, form, lambda: verbe(objet, form.cleaned_data), succes):
        return redirect("suivi:session", pk=objet.pk)
    contexte = {
        "session": objet,
        "form": form,
        "titre": titre,
        "explication": explication(objet),
        "bouton": bouton,
        "fil": _fil(objet, (titre, "")),
    }
    return render(request, "suivi/acte_session.html", contexte, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def demarrer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Declare the real start."""
    return _act(
        request,
        pk,
        "Déclarer le démarrage",
        lambda objet: (
            "L’attestation de démarrage et la liste des apprenants sont alors attendues dans le mois."
        ),
        "Déclarer le démarrage",
        JourForm,
        lambda objet, propres: start_session(session=objet, acteur=request.user, **propres),
        "Le démarrage est déclaré. Inscrivez les apprenants, puis transmettez l’attestation.",
    )


@require_http_methods(["GET", "POST"])
def redater(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give its date to a session that the convention names « à redater »."""
    return _act(
        request,
        pk,
        "Redater la session",
        lambda objet: (
            "Cette date était passée quand la convention a été établie. "
            f"La session peut commencer jusqu’au {date_longue(objet.label.fin)}. "
            "Cette nouvelle date sera celle d’un éventuel report."
        ),
        "Enregistrer la nouvelle date",
        RedaterForm,
        lambda objet, propres: redate_session(session=objet, acteur=request.user, **propres),
        "La session a sa nouvelle date. Référencez-la avant son démarrage.",
    )


@require_http_methods(["GET", "POST"])
def reporter(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Postpone."""
    return _act(
        request,
        pk,
        "Reporter la session",
        lambda objet: (
            f"Elle peut commencer jusqu’au {date_longue(latest_postponement(objet))}. "
            "La fin se décale d’autant. Le délai de la première session, lui, ne change pas."
        ),
        "Reporter la session",
        ReportForm,
        lambda objet, propres: postpone_session(session=objet, acteur=request.user, **propres),
        "La session est reportée et ses échéances sont recalculées.",
    )


@require_http_methods(["GET", "POST"])
def terminer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Declare the real end."""
    return _act(
        request,
        pk,
        "Déclarer la fin",
        lambda objet: "La liste de fin de session est alors attendue dans le mois.",
        "Déclarer la fin",
        JourForm,
        lambda objet, propres: end_session(session=objet, acteur=request.user, **propres),
        "La fin de la session est déclarée.",
    )


@require_http_methods(["GET", "POST"])
def referencer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Record the references."""
    return _act(
        request,
        pk,
        "Référencement de la session",
        lambda objet: (
            "Le CARIF-OREF et Mon Compte Formation avant le démarrage, "
            "KAIROS à l’entrée des demandeurs d’emploi."
        ),
        "Enregistrer les références",
        ReferencesForm,
        lambda objet, propres: record_references(session=objet, acteur=request.user, **propres),
        "Les références sont enregistrées.",
        lambda objet: {
            "carif_oref": objet.carif_oref,
            "mon_compte_formation": objet.mon_compte_formation,
            "entrees_kairos_le": objet.entrees_kairos_le,
        },
    )


@require_POST
def annuler(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Cancel a planned session."""
    objet = _session(request, pk)
    perform(
        request,
        lambda: cancel_session(session=objet, acteur=request.user),
        "La session est annulée.",
    )
    return redirect("suivi:session", pk=objet.pk)


@require_POST
def attester(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Hand in the attestation with its list."""
    objet = _session(request, pk)
    perform(
        request,
        lambda: transmit_attestation(session=objet, acteur=request.user),
        "L’attestation de démarrage et la liste sont transmises à la GEN.",
    )
    return redirect("suivi:session", pk=objet.pk)


@never_cache
@require_http_methods(["GET", "POST"])
def apprenant(request: HttpRequest, pk: uuid.UUID, apprenant: uuid.UUID | None = None) -> HttpResponse:
    """Add a learner to the list, or change one."""
    objet = _session(request, pk)
    if not request.user.has_perm("suivi.prepare_session", objet):
        raise PermissionDenied("Cette liste nominative ne vous est pas ouverte.")
    ligne = get_object_or_404(objet.apprenants.select_related("commune"), pk=apprenant) if apprenant else None
    if ligne and request.method == "GET":
        read_learner(session=objet, apprenant=ligne, acteur=request.user)
    initial = None if ligne else {"entree": objet.debut, "fin_prevue": objet.fin}
    donnees = request.POST if request.method == "POST" else None
    form = ApprenantForm(donnees, instance=ligne, initial=initial)
    if form.is_valid() and perform_form(
        request,
        form,
        lambda: save_learner(session=objet, acteur=request.user, valeurs=form.values(), apprenant=ligne),
        "L’apprenant est enregistré.",
    ):
        if request.POST.get("suite") == "autre":
            return redirect("suivi:apprenant-ajouter", pk=objet.pk)
        return redirect("suivi:session", pk=objet.pk)
    titre = "Modifier un apprenant" if ligne else "Ajouter un apprenant"
    contexte = {
        "session": objet,
        "form": form,
        "titre": titre,
        "nouveau": ligne is None,
        "fil": _fil(objet, (titre, "")),
    }
    return render(request, "suivi/apprenant.html", contexte, status=422 if form.errors else 200)


@require_POST
def retirer_apprenant(request: HttpRequest, pk: uuid.UUID, apprenant: uuid.UUID) -> HttpResponse:
    """Take a learner off a list not handed in."""
    objet = _session(request, pk)
    if not request.user.has_perm("suivi.prepare_session", objet):
        raise PermissionDenied("Cette liste nominative ne vous est pas ouverte.")
    ligne = get_object_or_404(Apprenant.objects.select_related("session__label"), session=objet, pk=apprenant)
    perform(
        request,
        lambda: remove_learner(apprenant=ligne, acteur=request.user),
        "L’apprenant est retiré de la liste.",
    )
    return redirect("suivi:session", pk=objet.pk)
