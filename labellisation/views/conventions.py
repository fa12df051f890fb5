"""Conventions: read, sign with a code, on both sides of the signature."""

import uuid
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from comptes.rules import est_direction
from comptes.voir_comme import open_to_view
from labellisation import cycle
from labellisation.domain.annexes import titles_of_annexes
from labellisation.domain.convention import (
    ready_to_sign,
    request_code,
    sign,
    signature_from_link,
)
from labellisation.domain.label import CONDITION, RETRAIT, public_status, reasons_of
from labellisation.domain.renouvellement import labels_to_prepare, may_renew, renewal_of
from labellisation.forms.seance import CodeForm
from labellisation.models import Convention, Label, SignatureConvention
from socle.limites import limited
from socle.references import Acteur, reference
from socle.views.actes import perform, perform_form
from socle.views.fichiers import serve_bytes

PAR_PAGE = 50
#: ``?a_signer=`` shows what waits for one side.
_PARTIES = {"porteur": SignatureConvention.Partie.PORTEUR, "gen": SignatureConvention.Partie.GEN}
CODE_ENVOYE = (
    "Un code vient d’être envoyé par courriel. Il vaut "
    f"{settings.GEN_REGLES['code_signature_minutes']} minutes."
)


@open_to_view
@require_safe
def liste(request: HttpRequest) -> HttpResponse:
    """List the conventions of one's structures, or all for the direction."""
    direction = est_direction(request.user)
    personne: Any = request.user
    conventions = Convention.objects.visible_to(personne).select_related("structure", "candidature")
    conventions = conventions.exclude(structure__in=personne.autres_structures)
    a_signer = _PARTIES.get(request.GET.get("a_signer", ""))
    if a_signer:
        conventions = conventions.waiting_for(a_signer)
    a_renouveler = "a_renouveler" in request.GET
    if a_renouveler:
        conventions = conventions.filter(label__in=labels_to_prepare().values("pk"))
    page = Paginator(conventions.order_by("-cree_le", "numero"), PAR_PAGE).get_page(request.GET.get("page"))
    contexte = {
        "page": page,
        "avant_page": _kept_filters(request.GET.get("a_signer", "") if a_signer else "", a_renouveler),
        "a_signer": a_signer,
        "a_renouveler": a_renouveler,
        "direction": direction,
        "fil": [("Conventions", "")],
    }
    return render(request, "labellisation/conventions.html", contexte)


def _kept_filters(a_signer: str, a_renouveler: bool) -> str:
    """Return what the links of the pages keep of the list's filters."""
    return (f"a_signer={a_signer}&" if a_signer else "") + ("a_renouveler=1&" if a_renouveler else "")


def _signature_of(request: HttpRequest, convention: Convention) -> SignatureConvention | None:
    """Return the signature that this person may make on a convention to be signed."""
    if convention.etat != cycle.A_SIGNER:
        return None
    partie = None
    if request.user.has_perm("labellisation.sign_convention_porteur", convention):
        partie = SignatureConvention.Partie.PORTEUR
    elif request.user.has_perm("labellisation.sign_convention_gen", convention):
        partie = SignatureConvention.Partie.GEN
    return convention.signatures.filter(partie=partie, signee_le__isnull=True).first() if partie else None


@open_to_view
@require_http_methods(["GET", "POST"])
def detail(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a convention; ask for a code; sign."""
    convention = get_object_or_404(
        Convention.objects.visible_to(request.user).select_related(
            "structure", "candidature", "document__fichier", "document_signe__fichier"
        ),
        pk=pk,
    )
    signature = _signature_of(request, convention)
    form = CodeForm(request.POST or None) if request.POST.get("acte") == "signer" else CodeForm()
    if request.method == "POST":
        if signature is None:
            raise Http404
        suite = redirect("labellisation:convention", pk=convention.pk)
        if _act(request, signature, form, request.user):
            return suite
    label = Label.objects.visible_to(request.user).filter(convention=convention).first()
    signatures = list(convention.signatures.order_by("-partie"))
    contexte = {
        "convention": convention,
        "label": label,
        "etat_label": cycle.LABEL.etat(label.etat) if label else None,
        "statut": public_status(label) if label else "",
        "condition_levee": reasons_of(label, CONDITION) if label else {},
        "retrait": reasons_of(label, RETRAIT) if label else {},
        "leve": label is not None and request.user.has_perm("labellisation.offer_lift_condition", label),
        **(_renewal(request, label) if label is not None else {"renouvelle": False, "demande": None}),
        "retire": label is not None and request.user.has_perm("labellisation.offer_withdrawal", label),
        "etat": cycle.CONVENTION.etat(convention.etat),
        "suite": _next(convention, signatures),
        "signatures": signatures,
        "signature": signature,
        "pret": ready_to_sign(convention),
        "url_document": convention.document.url if convention.document else "",
        "annexes": [
            {"titre": titre, "url": annexe.document.url} for annexe, titre in titles_of_annexes(convention)
        ],
        "attend_le_porteur": _waits_for_porteur(convention, signature),
        "form": form,
        "reference_objet": convention.numero,
        "structure_objet": convention.structure,
        "fil": [("Conventions", reverse("labellisation:conventions")), (convention.numero, "")],
    }
    return render(request, "labellisation/convention.html", contexte, status=422 if form.errors else 200)


def _next(convention: Convention, signatures: list[SignatureConvention]) -> str:
    """Return what comes next, as it stands once the porteur has signed."""
    du_porteur = [ligne for ligne in signatures if ligne.partie == SignatureConvention.Partie.PORTEUR]
    if convention.etat == cycle.A_SIGNER and all(ligne.signee_le for ligne in du_porteur):
        return "Le représentant légal a signé. La GEN signe à son tour\u00a0: le label est alors actif."
    return cycle.CONVENTION.etat(convention.etat).suite


def _renewal(request: HttpRequest, label: Label) -> dict[str, Any]:
    """Return whether this person may prepare the renewal, and the dossier that asks for it already."""
    renouvelle = may_renew(label) and request.user.has_perm(
        "candidatures.create_candidature", label.structure
    )
    return {"renouvelle": renouvelle, "demande": renewal_of(label) if renouvelle else None}


def _waits_for_porteur(convention: Convention, signature: SignatureConvention | None) -> bool:
    return (
        signature is not None
        and signature.partie == SignatureConvention.Partie.GEN
        and convention.signatures.filter(
            partie=SignatureConvention.Partie.PORTEUR, signee_le__isnull=True
        ).exists()
    )


def _act(request: HttpRequest, signature: SignatureConvention, form: CodeForm, acteur: Acteur) -> bool:
    """Send a code, or sign; ``False`` when the form must be shown again with its errors."""
    if request.POST.get("acte") != "signer":
        perform(request, lambda: request_code(signature=signature, acteur=acteur), CODE_ENVOYE)
        return True
    return form.is_valid() and perform_form(
        request,
        form,
        lambda: sign(
            signature=signature,
            code=form.cleaned_data["code"],
            acteur=acteur,
            adresse_ip=get_adapter(request).get_client_ip(request),
        ),
        "Votre signature est enregistrée.",
    )


def _from_link(jeton: str) -> SignatureConvention:
    signature = signature_from_link(jeton)
    if signature is None:
        raise Http404
    return signature


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
@limited("signature")
def signer_lien(request: HttpRequest, jeton: str) -> HttpResponse:
    """Let the legal representative read and sign by a personal link, without an account (R23)."""
    signature = _from_link(jeton)
    form = CodeForm(request.POST or None) if request.POST.get("acte") == "signer" else CodeForm()
    if request.method == "POST" and _act(request, signature, form, reference(signature)):
        return redirect("labellisation:signer-lien", jeton=jeton)
    contexte: dict[str, Any] = {
        "signature": signature,
        "convention": signature.convention,
        "pret": ready_to_sign(signature.convention),
        "url_document": reverse("labellisation:signer-document", args=[jeton]),
        "annexes": [
            {
                "titre": titre,
                "url": reverse("labellisation:signer-annexe", args=[jeton, annexe.nature.lower()]),
            }
            for annexe, titre in titles_of_annexes(signature.convention)
        ],
        "form": form,
        "reference_objet": signature.convention.numero,
    }
    return render(request, "labellisation/signer_lien.html", contexte, status=422 if form.errors else 200)


@never_cache
@login_not_required
@require_safe
def document_lien(request: HttpRequest, jeton: str) -> HttpResponse:
    """Show the convention to the person who holds the link."""
    convention = _from_link(jeton).convention
    document = convention.document_signe if convention.etat == cycle.SIGNEE else convention.document
    if document is None or document.fichier is None:
        raise Http404
    return serve_bytes(request, document.fichier)


@never_cache
@login_not_required
@require_safe
def annexe_lien(request: HttpRequest, jeton: str, nature: str) -> HttpResponse:
    """Show an annex to the person who holds the link."""
    annexe = get_object_or_404(
        _from_link(jeton).convention.annexes.select_related("document__fichier"), nature=nature.upper()
    )
    if annexe.document.fichier is None:
        raise Http404
    return serve_bytes(request, annexe.document.fichier)
