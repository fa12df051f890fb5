"""What every page of the dossier does first: find it among what the person may see."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from candidatures.domain.queries import en_liste, est_membre
from candidatures.models import Candidature
from candidatures.models.candidature import CandidatureQuerySet

Fil = list[tuple[str, str]]


def dossier_visible(request: HttpRequest, pk: uuid.UUID) -> Candidature:
    """Return the dossier, or a 404 when it is hidden from this person."""
    return get_object_or_404(en_liste(Candidature.objects.visible_to(request.user)), pk=pk)


def dossiers_de_membre(utilisateur: Any) -> CandidatureQuerySet:
    """Return the dossiers of the person's structures, for an act that finds and locks one by itself."""
    return Candidature.objects.visible_to(utilisateur).filter(structure__in=utilisateur.pks_structures)


def dossier_de_membre(request: HttpRequest, pk: uuid.UUID) -> Candidature:
    """Return the dossier of one of the person's structures, or a 404."""
    candidature = dossier_visible(request, pk)
    if not est_membre(request.user, candidature):
        raise Http404
    return candidature


def fil(candidature: Candidature | None = None, *suite: tuple[str, str]) -> Fil:
    """Return the breadcrumb down to a page of a dossier."""
    chemin = [("Candidatures", reverse("candidatures:liste"))]
    if candidature is not None:
        chemin.append((candidature.reference, reverse("candidatures:dossier", args=[candidature.pk])))
    return [*chemin, *suite]


def contexte(candidature: Candidature, titre: str = "", **valeurs: Any) -> dict[str, Any]:
    """Return what the shell and every page of a dossier need."""
    suite = [(titre, "")] if titre else []
    return {
        "candidature": candidature,
        "fil": fil(candidature, *suite),
        "reference_objet": candidature.reference,
        "structure_objet": candidature.structure,
        **valeurs,
    }
