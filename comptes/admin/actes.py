"""Screens of the admin on which an administrator does one act, with its reason."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from comptes import domain
from comptes.domain.acces import require
from comptes.domain.voir_comme import refusal
from comptes.forms import add_domain_errors
from comptes.forms.structure import MotifForm, NominationForm
from comptes.middleware import CLE_VOIR_COMME
from comptes.models import DemandeResponsable, Structure, Utilisateur
from socle import revisions
from socle.erreurs import DonneesInvalides
from socle.views.actes import perform_form


def screen(
    request: HttpRequest, gabarit: str, titre: str, form: forms.Form, retour: tuple[str, str], **contexte: Any
) -> TemplateResponse:
    """Answer with a screen: its form, its title, and where one comes back to."""
    request.current_app = admin.site.name
    return TemplateResponse(
        request,
        f"admin/comptes/{gabarit}.html",
        {
            **admin.site.each_context(request),
            "title": titre,
            "subtitle": None,
            "is_nav_sidebar_enabled": False,
            "form": form,
            "retour": retour,
            **contexte,
        },
        status=422 if form.errors else 200,
    )


def _account(pk: uuid.UUID) -> tuple[Utilisateur, tuple[str, str]]:
    personne = get_object_or_404(Utilisateur, pk=pk)
    return personne, (personne.nom_complet, reverse("admin:comptes_utilisateur_change", args=[pk]))


@require_http_methods(["GET", "POST"])
def activation(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Close an account, or open it again; the screen says beforehand what hangs on it."""
    require(request.user, "comptes.deactivate_account")
    personne, retour = _account(pk)
    fermer = personne.is_active
    verbe = domain.deactivate_account if fermer else domain.reactivate_account
    form = MotifForm(request.POST or None)
    if form.is_valid() and perform_form(
        request,
        form,
        lambda: verbe(acteur=request.user, utilisateur=personne, **form.cleaned_data),
        f"Le compte de {personne} est {'désactivé' if fermer else 'réactivé'}.",
    ):
        return redirect(retour[1])
    administrateur: Any = request.user
    return screen(
        request,
        "activation",
        f"{'Désactiver' if fermer else 'Réactiver'} le compte de {personne}",
        form,
        retour,
        personne=personne,
        fermer=fermer,
        structures=domain.orphaned_by(personne) if fermer else [],
        attaches=domain.attached_to(personne, administrateur) if fermer else [],
        historique=revisions.of(personne, "activation").filter(champ="motif"),
    )


@require_http_methods(["GET", "POST"])
def voir_comme(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Begin to see the portal as a person does, with a reason."""
    require(request.user, "comptes.view_as")
    personne, retour = _account(pk)
    agent: Any = request.user
    if refus := refusal(agent, personne):
        messages.error(request, refus)
        return redirect(retour[1])
    form = MotifForm(request.POST or None)
    if form.is_valid():
        try:
            vue = domain.start_view(acteur=agent, personne=personne, **form.cleaned_data)
        except DonneesInvalides as erreur:
            add_domain_errors(form, erreur)
        else:
            request.session[CLE_VOIR_COMME] = str(vue.pk)
            return redirect("accueil")
    return screen(
        request,
        "voir_comme",
        f"Voir comme {personne}",
        form,
        retour,
        personne=personne,
        minutes=settings.GEN_VOIR_COMME_MINUTES,
    )


@require_http_methods(["GET", "POST"])
def nommer(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Name a responsable of a structure."""
    structure, retour = _structure(request, pk)
    form = NominationForm(request.POST or None)
    if form.is_valid():
        personne = form.cleaned_data["email"]
        if perform_form(
            request,
            form,
            lambda: domain.appoint_responsable(
                acteur=request.user,
                structure=structure,
                utilisateur=personne,
                motif=form.cleaned_data["motif"],
            ),
            f"{personne} est responsable de {structure}. Tous les membres sont prévenus.",
        ):
            return redirect(retour[1])
    return screen(
        request,
        "nommer",
        f"Nommer un responsable\u00a0: {structure}",
        form,
        retour,
        structure=structure,
        membres=structure.appartenances.en_cours().select_related("utilisateur"),
        demande=_waiting(structure),
    )


@require_http_methods(["GET", "POST"])
def rejeter(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Reject the request that waits for a structure."""
    structure, retour = _structure(request, pk)
    demande = _waiting(structure)
    if demande is None:
        return redirect(retour[1])
    form = MotifForm(request.POST or None)
    if form.is_valid() and perform_form(
        request,
        form,
        lambda: domain.reject_request(acteur=request.user, demande=demande, **form.cleaned_data),
        "La demande est rejetée. La personne qui l’a faite est prévenue.",
    ):
        return redirect(retour[1])
    return screen(
        request,
        "rejeter",
        f"Rejeter la demande\u00a0: {structure}",
        form,
        retour,
        structure=structure,
        demande=demande,
    )


def _structure(request: HttpRequest, pk: uuid.UUID) -> tuple[Structure, tuple[str, str]]:
    structure = get_object_or_404(Structure.objects.visible_to(request.user), pk=pk)
    require(request.user, "comptes.appoint_responsable", structure)
    return structure, (structure.raison_sociale, reverse("admin:comptes_structure_change", args=[pk]))


def _waiting(structure: Structure) -> DemandeResponsable | None:
    demandes = structure.demandes_responsable.filter(traitee_le__isnull=True)
    return demandes.select_related("demandeur", "structure").first()
