"""What every screen of the instruction does first, and how it shows a refusal."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from candidatures.domain.echanges import with_unread
from candidatures.models import Candidature
from labellisation.admin.voisins import came_from_query
from labellisation.domain.file_instruction import to_instruct, with_instructors
from socle.erreurs import ActeurRefuse, ErreurMetier

Vue = Callable[..., HttpResponse]

#: What an address says once a text is saved: which one, so that the browser keeps it no longer.
ENREGISTRE = "enregistre"
BROUILLONS = ("complements", "irrecevable", "motifs", "rouvrir")

#: An input that can't be taken: the page comes back with its errors.
REFUSE = 422
#: Somebody else saved meanwhile: the page comes back with both.
CONFLIT = 409


def demand_instruction(request: HttpRequest) -> None:
    """Let in instructors and the direction only (403)."""
    if not request.user.has_perm("candidatures.view_candidature"):
        raise PermissionDenied("L’instruction est réservée aux instructeurs et à la direction.")


def dossier_instruit(request: HttpRequest, pk: uuid.UUID) -> Candidature:
    """Return a deposited dossier that this person may work on, or a 404."""
    demand_instruction(request)
    dossiers = with_unread(with_instructors(to_instruct(request.user))).select_related("appel__grille")
    return get_object_or_404(dossiers, pk=pk)


def dossier_juge(request: HttpRequest, pk: uuid.UUID) -> Candidature:
    """Return the same with what an act reads of it, and nothing of what its page shows."""
    demand_instruction(request)
    dossiers = to_instruct(request.user).select_related("structure", "appel__grille", "releve_examen")
    return get_object_or_404(dossiers, pk=pk)


def says_refusals(vue: Vue) -> Vue:
    """Show a refusal of the domain as a message on the dossier's page; a right that lacks stays a 403.

    A form with a text of its own catches the refusal before: its page comes back with what was typed.
    """

    @wraps(vue)
    def enveloppe(request: HttpRequest, pk: uuid.UUID, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return vue(request, pk, *args, **kwargs)
        except ActeurRefuse:
            raise
        except ErreurMetier as erreur:
            messages.error(request, str(erreur))
            return redirect(dossier_address(request, pk))

    return enveloppe


def dossier_address(request: HttpRequest, pk: uuid.UUID, nom: str = "instruction_dossier") -> str:
    """Return where a screen of a dossier is, the list that one comes from kept in the address."""
    suite = came_from_query(request)
    return reverse(f"admin:{nom}", args=[pk]) + (f"?{suite}" if suite else "")


def draft_key(request: HttpRequest, candidature: Candidature, brouillon: str) -> str:
    """Return under what a browser keeps a text: the sign-out drops whatever begins so (portail.js)."""
    return f"gen-saisie:{request.user.pk}:{candidature.pk}:{brouillon}"


def _dropped(request: HttpRequest, candidature: Candidature | None) -> str:
    """Return the key of the text that has just been saved."""
    brouillon = request.GET.get(ENREGISTRE, "")
    return draft_key(request, candidature, brouillon) if candidature and brouillon in BROUILLONS else ""


def page(
    request: HttpRequest, gabarit: str, titre: str, *, status: int = 200, **contexte: Any
) -> TemplateResponse:
    """Answer with a screen of the admin."""
    request.current_app = admin.site.name
    candidature = contexte.get("candidature")
    return TemplateResponse(
        request,
        f"admin/labellisation/{gabarit}.html",
        {
            **admin.site.each_context(request),
            "title": titre,
            "en_erreur": status in (REFUSE, CONFLIT),
            "subtitle": None,
            "is_nav_sidebar_enabled": False,
            "reference_objet": candidature.reference if candidature else "",
            "fil": _breadcrumb(candidature, titre),
            "suite_liste": came_from_query(request),
            "oublie": _dropped(request, candidature),
            **contexte,
        },
        status=status,
    )


def saved(adresse: str, brouillon: str) -> HttpResponse:
    """Lead to the next page, which drops what the browser kept of this text (oubli.js)."""
    return redirect(f"{adresse}{'&' if '?' in adresse else '?'}{ENREGISTRE}={brouillon}")


def _breadcrumb(candidature: Candidature | None, titre: str) -> list[tuple[str, str]]:
    chemin = [("Espace de travail", reverse("admin:index"))]
    if candidature is None:
        return [*chemin, (titre, "")]
    fiche = (candidature.reference, reverse("admin:instruction_dossier", args=[candidature.pk]))
    chemin += [("Ma file", reverse("admin:instruction_file")), fiche]
    return [*chemin[:-1], (titre, "")] if titre.startswith(candidature.reference) else [*chemin, (titre, "")]
