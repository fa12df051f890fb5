"""Who works on a dossier, as its pages show it, and the act that hands it over."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from candidatures.domain.suivi_porteur import is_followed, read_team, transfer_candidature
from candidatures.forms.equipe import ConfierForm
from candidatures.models import Candidature
from candidatures.views.acces import dossier_de_membre
from comptes.models import Utilisateur
from socle.views.actes import perform_allowed


def team(request: HttpRequest, candidature: Candidature) -> dict[str, Any]:
    """Return what the pages of a dossier show of it to a member."""
    utilisateur: Any = request.user
    equipe = read_team(candidature)
    return {
        "equipe": equipe,
        "peut_confier": is_followed(candidature)
        and utilisateur.has_perm("candidatures.transfer_candidature", candidature),
        "peut_inviter": utilisateur.has_perm("comptes.invite_member", candidature.structure),
        "autres": [
            membre for membre in equipe.membres if not membre.suit and membre.personne.pk != utilisateur.pk
        ],
    }


@require_POST
def confier(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Hand the dossier over to a member of the structure, or to oneself."""
    candidature = dossier_de_membre(request, pk)
    form = ConfierForm(request.POST, structure=candidature.structure)
    if form.is_valid():
        choisie: Utilisateur = form.cleaned_data["a"]
        perform_allowed(
            request,
            lambda: transfer_candidature(candidature=candidature, a=choisie, acteur=request.user),
            _done(candidature, choisie, request.user),
        )
    else:
        messages.error(request, f"Le dossier n’est pas confié. {form.errors['a'][0]}")
    return redirect("candidatures:dossier", pk=pk)


def _done(candidature: Candidature, choisie: Utilisateur, auteur: Any) -> str:
    if choisie.pk == auteur.pk:
        return f"Vous suivez maintenant le dossier {candidature.reference}."
    if choisie.pk == candidature.suivie_par_id:
        return f"{choisie.nom_complet} suit déjà le dossier {candidature.reference}."
    return f"Le dossier {candidature.reference} est confié à {choisie.nom_complet}, qu’un courriel prévient."
