"""Next and previous dossier, on the screens of one dossier."""

import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from labellisation.domain import voisins as domaine
from labellisation.domain.filtres import PAR_NOM
from labellisation.domain.voisins import Voisin, neighbours

#: What an address keeps of the list that one comes from.
SUIVIS = (
    domaine.LISTE,
    *PAR_NOM,
    domaine.RECHERCHE,
    domaine.MIENS,
    domaine.MESSAGES,
    domaine.TRI,
)


@dataclass(frozen=True)
class Lien:
    """Where a neighbour is."""

    reference: str
    adresse: str


def neighbour_links(
    request: HttpRequest, pk: uuid.UUID, nom: str = "admin:instruction_dossier"
) -> dict[str, Any]:
    """Return what ``_voisins.html`` shows: ``precedent``, ``suivant``, ``place``, ``liste_suivie``.

    ``nom``: the screen to which the links lead. Everything is empty for who comes from no list.
    """
    suite = came_from_query(request)
    trouves = neighbours(request.user, pk, request.GET) if suite else None
    if trouves is None:
        return {"precedent": None, "suivant": None, "place": "", "liste_suivie": ""}

    def lien(voisin: Voisin | None) -> Lien | None:
        return Lien(voisin.reference, f"{reverse(nom, args=[voisin.pk])}?{suite}") if voisin else None

    place = f"{trouves.rang} sur {trouves.nombre}" if trouves.rang else ""
    return {
        "precedent": lien(trouves.precedent),
        "suivant": lien(trouves.suivant),
        "place": place,
        "liste_suivie": _list_address(request),
    }


def came_from_query(request: HttpRequest) -> str:
    """Return the part of the address that says from which list one comes, to be kept from page to page."""
    return urlencode(came_from(request))


def came_from(request: HttpRequest) -> dict[str, str]:
    """Return what the address keeps of that list, by name; nothing for who comes from none."""
    if not request.GET.get(domaine.LISTE):
        return {}
    return {nom: request.GET[nom] for nom in SUIVIS if request.GET.get(nom)}


def _list_address(request: HttpRequest) -> str:
    """Return the address of the list itself."""
    gardes = {nom: request.GET[nom] for nom in SUIVIS if request.GET.get(nom) and nom != domaine.TRI}
    if gardes[domaine.LISTE] != domaine.DOSSIERS:
        return f"{reverse('admin:instruction_file')}?{urlencode(gardes)}"
    del gardes[domaine.LISTE]
    return f"{reverse('admin:candidatures_candidature_changelist')}?{urlencode(gardes)}"
