"""Structures and their members. Each view checks access, calls one verb, and shows."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from comptes import domain
from comptes.forms import add_domain_errors
from comptes.forms.structure import InvitationForm, StructureForm
from comptes.middleware import choose
from comptes.models import Invitation, Structure
from comptes.voir_comme import open_to_view
from referentiels.identifiants import valider_siret
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.views.actes import perform, perform_allowed

INCONNU = (
    "Ce SIRET ne figure pas dans la liste publique des organismes de formation que tient le portail. "
    "Vérifiez-le\u00a0; s’il est exact, remplissez la fiche à la main."
)
#: Invitations shown on the page of a structure, the latest first.
INVITATIONS = 20


def get_structure(request: HttpRequest, pk: uuid.UUID) -> Structure:
    """Return a structure that this person may see, or a 404."""
    return get_object_or_404(Structure.objects.visible_to(request.user), pk=pk)


def _fil(*suite: tuple[str, str]) -> list[tuple[str, str]]:
    return [("Mes structures", reverse("comptes:structures")), *suite]


@open_to_view
@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """List the structures of which the person is a member."""
    return render(request, "comptes/structures.html", {"fil": [("Mes structures", "")]})


@require_http_methods(["GET", "POST"])
def agir(request: HttpRequest) -> HttpResponse:
    """Choose the structure for which one acts in this session."""
    personne: Any = request.user
    if request.method == "POST":
        choisie = next(
            (
                ligne.structure
                for ligne in personne.appartenances_actives
                if str(ligne.structure_id) == request.POST.get("structure")
            ),
            None,
        )
        if choisie is None:
            raise Http404("structure")
        choose(request, choisie.pk)
        messages.success(request, f"Vous agissez maintenant pour «\u00a0{choisie}\u00a0».")
        suite = request.POST.get("suite", "")
        return redirect(suite if url_has_allowed_host_and_scheme(suite, None) else "accueil")
    if not personne.autres_structures:
        return redirect("comptes:structures")
    suite = request.GET.get("suite", "")
    contexte = {
        "suite": suite if url_has_allowed_host_and_scheme(suite, None) else "",
        "fil": _fil(("Changer de structure", "")),
    }
    return render(request, "comptes/structure_agir.html", contexte)


@require_http_methods(["GET", "POST"])
def creer(request: HttpRequest) -> HttpResponse:
    """Create a structure; a button fills its record with what the public list knows of its SIRET."""
    cherche = "chercher" in request.POST
    form = _filled(request) if cherche else StructureForm(request.POST or None)
    if not cherche and form.is_valid():
        try:
            structure = domain.create_structure(acteur=request.user, donnees=form.clean_values())
        except DonneesInvalides as erreur:
            add_domain_errors(form, erreur)
        else:
            request.user.forget_roles()
            choose(request, structure.pk)
            messages.success(
                request,
                f"La structure «\u00a0{structure}\u00a0» est créée et vous en êtes responsable. "
                "Vous pouvez inviter vos collègues et préparer un dossier.",
            )
            return redirect("comptes:structure", pk=structure.pk)
    contexte = {"form": form, "fil": _fil(("Nouvelle structure", ""))}
    return render(request, "comptes/structure_creer.html", contexte, status=422 if form.errors else 200)


def _filled(request: HttpRequest) -> StructureForm:
    """Return the form as it was sent, with what the public list says where nothing is answered."""
    saisies = {nom: request.POST.get(nom, "") for nom in StructureForm.base_fields}
    try:
        siret = valider_siret(saisies["siret"])
    except ValidationError as erreur:
        messages.warning(request, f"{erreur.messages[0]} Corrigez-le, puis cherchez-le à nouveau.")
        return StructureForm(initial=saisies)
    connu = domain.known_body(siret)
    if connu is None:
        messages.info(request, INCONNU)
        return StructureForm(initial=saisies)
    remplies = {nom: valeur for nom, valeur in connu.fiche.items() if not saisies[nom].strip()}
    suite = "Les réponses vides sont remplies. Vérifiez-les." if remplies else "Il n’y a plus rien à remplir."
    messages.info(request, f"{connu.denomination} ({connu.detail}). {suite}")
    return StructureForm(initial=saisies | remplies)


@require_safe
@cache_control(private=True, max_age=60)
def organismes(request: HttpRequest) -> JsonResponse:
    """Answer which bodies of the public list the text ``q`` may mean, and what it says of their record."""
    return JsonResponse(
        {
            "suggestions": [
                {"valeur": un.siret, "texte": un.denomination, "detail": un.detail, "remplir": un.fiche}
                for un in domain.suggest_bodies(request.GET.get("q", ""))
            ]
        }
    )


@open_to_view
@require_safe
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a structure, its members and the invitations that wait."""
    structure = get_structure(request, pk)
    transmission = structure.transmissions.en_attente().select_related("de", "vers").first()
    contexte = {
        "structure": structure,
        "sans_responsable": not structure.appartenances.responsables().exists(),
        "transmission": transmission,
        "transmission_pour_moi": transmission is not None and transmission.vers_id == request.user.pk,
        "peut_transmettre": request.user.has_perm("comptes.transfer_structure", structure),
        "peut_demander": request.user.has_perm("comptes.request_responsable", structure),
        # The last one: it waits, or GEN has answered.
        "demande": structure.demandes_responsable.select_related("demandeur").first(),
        "membres": structure.appartenances.en_cours().select_related("utilisateur"),
        "invitations": structure.invitations.select_related("invite_par")[:INVITATIONS],
        "peut_modifier": request.user.has_perm("comptes.edit_structure", structure),
        "peut_inviter": request.user.has_perm("comptes.invite_member", structure),
        "est_membre": bool(request.user.role_dans(structure)),
        "structure_objet": structure,
        "reference_objet": f"SIRET {structure.siret}",
        "fil": _fil((structure.raison_sociale, "")),
    }
    return render(request, "comptes/structure.html", contexte)


@require_http_methods(["GET", "POST"])
def modifier(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Change the record of a structure."""
    structure = get_structure(request, pk)
    check_permission(request, "comptes.edit_structure", structure)
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
        "structure_objet": structure,
        "reference_objet": f"SIRET {structure.siret}",
        "fil": _fil((structure.raison_sociale, reverse("comptes:structure", args=[pk])), ("Modifier", "")),
    }
    return render(request, "comptes/structure_modifier.html", contexte, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def inviter(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Invite a person."""
    structure = get_structure(request, pk)
    check_permission(request, "comptes.invite_member", structure)
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
        "structure_objet": structure,
        "reference_objet": f"SIRET {structure.siret}",
        "fil": _fil((structure.raison_sociale, reverse("comptes:structure", args=[pk])), ("Inviter", "")),
    }
    return render(request, "comptes/structure_inviter.html", contexte, status=422 if form.errors else 200)


@require_POST
def retirer(request: HttpRequest, pk: uuid.UUID, membre: uuid.UUID) -> HttpResponse:
    """Take a member out of the structure."""
    structure = get_structure(request, pk)
    appartenance = get_object_or_404(structure.appartenances, pk=membre)
    perform_allowed(
        request,
        lambda: domain.remove_member(acteur=request.user, appartenance=appartenance),
        f"{appartenance.utilisateur} n’est plus membre de la structure.",
    )
    request.user.forget_roles()
    if not request.user.role_dans(structure):
        return redirect("comptes:structures")
    return redirect("comptes:structure", pk=structure.pk)


@require_http_methods(["GET", "POST"])
def quitter(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Leave a structure, after a page that says what it means; the last responsable is told what to do."""
    structure = get_structure(request, pk)
    appartenance = get_object_or_404(structure.appartenances.en_cours(), utilisateur=request.user)
    if request.method == "POST" and perform(
        request,
        lambda: domain.leave_structure(acteur=request.user, structure=structure),
        f"Vous n’êtes plus membre de «\u00a0{structure}\u00a0».",
    ):
        return redirect("comptes:structures")
    contexte = {
        "structure": structure,
        "dernier": domain.is_last_responsable(appartenance),
        "structure_objet": structure,
        "reference_objet": f"SIRET {structure.siret}",
        "fil": _fil((structure.raison_sociale, reverse("comptes:structure", args=[pk])), ("Quitter", "")),
    }
    return render(request, "comptes/structure_quitter.html", contexte)


# --- Invitations -------------------------------------------------------------------------------
def _invitation(request: HttpRequest, pk: uuid.UUID, invitation: uuid.UUID) -> Invitation:
    return get_object_or_404(
        get_structure(request, pk).invitations.select_related("structure"), pk=invitation
    )


@require_POST
def renvoyer(request: HttpRequest, pk: uuid.UUID, invitation: uuid.UUID) -> HttpResponse:
    """Send an invitation again."""
    envoyee = _invitation(request, pk, invitation)
    perform_allowed(
        request,
        lambda: domain.resend_invitation(acteur=request.user, invitation=envoyee),
        f"L’invitation repart à {envoyee.email}. Le lien précédent ne sert plus.",
    )
    return redirect("comptes:structure", pk=pk)


@require_POST
def retirer_invitation(request: HttpRequest, pk: uuid.UUID, invitation: uuid.UUID) -> HttpResponse:
    """Withdraw an invitation."""
    envoyee = _invitation(request, pk, invitation)
    perform_allowed(
        request,
        lambda: domain.withdraw_invitation(acteur=request.user, invitation=envoyee),
        f"L’invitation de {envoyee.email} est retirée. Son lien ne sert plus.",
    )
    return redirect("comptes:structure", pk=pk)


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, jeton: str) -> HttpResponse:
    """Show an invitation; accepting it is a POST, so that no link scanner accepts it."""
    personne: Any = request.user
    if deja := domain.membership_by(personne=personne, jeton=jeton):
        messages.info(
            request, f"Vous êtes déjà membre de «\u00a0{deja.structure}\u00a0» par cette invitation."
        )
        return redirect("comptes:structure", pk=deja.structure_id)
    contexte: dict[str, object] = {"refus": "", "autre_compte": False, "fil": [("Invitation", "")]}
    try:
        recue = domain.find_invitation(jeton)
        domain.check_addressee(personne=personne, invitation=recue)
        if request.method == "POST":
            domain.accept_invitation(acteur=personne, jeton=jeton)
            choose(request, recue.structure_id)
            messages.success(request, f"Vous êtes maintenant membre de «\u00a0{recue.structure}\u00a0».")
            return redirect("comptes:structure", pk=recue.structure_id)
    except ErreurMetier as erreur:
        autre_compte = isinstance(erreur, ActeurRefuse)
        contexte |= {"refus": str(erreur), "autre_compte": autre_compte}
        return render(request, "comptes/invitation.html", contexte, status=403 if autre_compte else 409)
    contexte["invitation"] = recue
    return render(request, "comptes/invitation.html", contexte)


RESERVE = "Seul un responsable de la structure peut faire cela. Demandez à l’un d’eux."


def check_permission(
    request: HttpRequest, permission: str, structure: Structure, message: str = RESERVE
) -> None:
    """Refuse (403) a person without the permission."""
    if not request.user.has_perm(permission, structure):
        raise ActeurRefuse(message)
