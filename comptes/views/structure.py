"""Structures and their members. Each view checks access, calls one verb, and shows."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comptes import domain
from comptes.forms import add_domain_errors
from comptes.forms.structure import InvitationForm, StructureForm
from comptes.models import Structure
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier


def _get(request: HttpRequest, pk: uuid.UUID) -> Structure:
    return get_object_or_404(Structure.objects.visible_to(request.user), pk=pk)


def _fil(*suite: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Mes structures", reverse("comptes:structures")), *suite]


@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """List the structures of which the person is a member."""
    return render(request, "comptes/structures.html", {"fil": [("Mes structures", "")]})


@require_http_methods(["GET", "POST"])
def creer(request: HttpRequest) -> HttpResponse:
    """Create a structure."""
    form = StructureForm(request.POST or None)
    if form.is_valid():
        try:
            structure = domain.create_structure(acteur=request.user, donnees=form.clean_values())
        except DonneesInvalides as erreur:
            add_domain_errors(form, erreur)
        else:
            messages.success(
                request,
                f"La structure « {structure} » est créée et vous en êtes responsable. "
                "Vous pouvez inviter vos collègues et préparer un dossier.",
            )
            return redirect("comptes:structure", pk=structure.pk)
    contexte = {"form": form, "fil": _fil(("Nouvelle structure", ""))}
    return render(request, "comptes/structure_creer.html", contexte, status=422 if form.errors else 200)


@require_safe
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a structure, its members and the invitations that wait."""
    structure = _get(request, pk)
    contexte = {
        "structure": structure,
        "membres": structure.appartenances.en_cours().select_related("utilisateur"),
        "invitations": structure.invitations.en_attente(),
        "peut_modifier": request.user.has_perm("comptes.edit_structure", structure),
        "peut_inviter": request.user.has_perm("comptes.invite_member", structure),
        "reference_objet": f"SIRET {structure.siret}",
        "fil": _fil((structure.raison_sociale, "")),
    }
    return render(request, "comptes/structure.html", contexte)


@require_http_methods(["GET", "POST"])
def modifier(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change the record of a structure."""
    structure = _get(request, pk)
    _check(request, "comptes.edit_structure", structure)
    form = StructureForm(request.POST or None, structure=structure)
    if form.is_valid():
        try:
            domain.edit_structure(acteur=request.user, structure=structure, donnees=form.clean_values())
        except DonneesInvalides as erreur:
            add_domain_errors(form, erreur)
        else:
            messages.success(request, "La fiche de la structure est enregistrée.")
            return redirect("comptes:structure", pk=structure.pk)
    contexte = {
        "form": form,
        "structure": structure,
        "reference_objet": f"SIRET {structure.siret}",
        "fil": _fil((structure.raison_sociale, reverse("comptes:structure", args=[pk])), ("Modifier", "")),
    }
    return render(request, "comptes/structure_modifier.html", contexte, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def inviter(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Invite a person."""
    structure = _get(request, pk)
    _check(request, "comptes.invite_member", structure)
    form = InvitationForm(request.POST or None)
    if form.is_valid():
        try:
            invitation = domain.invite_member(acteur=request.user, structure=structure, **form.cleaned_data)
        except DonneesInvalides as erreur:
            add_domain_errors(form, erreur)
        else:
            messages.success(
                request,
                f"L’invitation part à {invitation.email}. La personne deviendra membre quand elle "
                "aura ouvert le lien reçu.",
            )
            return redirect("comptes:structure", pk=structure.pk)
    contexte = {
        "form": form,
        "structure": structure,
        "reference_objet": f"SIRET {structure.siret}",
        "fil": _fil((structure.raison_sociale, reverse("comptes:structure", args=[pk])), ("Inviter", "")),
    }
    return render(request, "comptes/structure_inviter.html", contexte, status=422 if form.errors else 200)


@require_POST
def retirer(request: HttpRequest, pk: uuid.UUID, membre: uuid.UUID) -> HttpResponse:
    """Take a member out of the structure."""
    structure = _get(request, pk)
    appartenance = get_object_or_404(structure.appartenances, pk=membre)
    try:
        domain.remove_member(acteur=request.user, appartenance=appartenance)
    except ActeurRefuse:
        raise
    except ErreurMetier as erreur:
        messages.error(request, str(erreur))
    else:
        messages.success(request, f"{appartenance.utilisateur} n’est plus membre de la structure.")
    request.user.forget_roles()
    if not request.user.role_dans(structure):
        return redirect("comptes:structures")
    return redirect("comptes:structure", pk=structure.pk)


@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, jeton: str) -> HttpResponse:
    """Show an invitation; accepting it is a POST, so that no link scanner accepts it."""
    contexte: dict[str, object] = {"fil": [("Invitation", "")]}
    try:
        recue = domain.find_invitation(jeton)
        contexte["invitation"] = recue
        if request.method == "POST":
            domain.accept_invitation(acteur=request.user, jeton=jeton)
            messages.success(request, f"Vous êtes maintenant membre de « {recue.structure} ».")
            return redirect("comptes:structure", pk=recue.structure_id)
    except ErreurMetier as erreur:
        contexte["refus"] = str(erreur)
        return render(request, "comptes/invitation.html", contexte, status=409)
    return render(request, "comptes/invitation.html", contexte)


def _check(request: HttpRequest, permission: str, structure: Structure) -> None:
    if not request.user.has_perm(permission, structure):
        raise ActeurRefuse("Seul un responsable de la structure peut faire cela. Demandez à l’un d’eux.")
