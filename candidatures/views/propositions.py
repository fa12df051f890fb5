"""What the public lists say beside an identifier, printed for the page of a section and its script."""

import json
import uuid
from collections.abc import Collection

from django.http import Http404, HttpRequest, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from candidatures.domain.instantane import Donnees, section_data
from candidatures.domain.propositions import PROPOSES, Proposition, propositions
from candidatures.domain.saisie import open_fields
from candidatures.forms.frappes import shown
from candidatures.forms.sections import field_of
from candidatures.sections import PAR_CODE, Section
from candidatures.views.acces import dossier_de_membre


@never_cache
@require_GET
def lire(request: HttpRequest, pk: uuid.UUID, code: str) -> JsonResponse:
    """Answer what the lists say of a section as it is stored, by question: asked once an answer is saved."""
    candidature, section = dossier_de_membre(request, pk), PAR_CODE.get(code)
    if section is None:
        raise Http404
    ouverts = open_fields(candidature, code)
    return JsonResponse({"propositions": printed(section, section_data(candidature, code), ouverts)})


def printed(section: Section, donnees: Donnees, ouverts: Collection[str] | None) -> dict[str, str]:
    """Return the block of each question that a list may speak of, empty when none has anything to say."""
    trouvees = propositions(section.code, donnees, ouverts)
    return {
        champ: _print(section, trouvees[champ]) if champ in trouvees else ""
        for champ in PROPOSES.get(section.code, ())
        if ouverts is None or champ in ouverts
    }


def _print(section: Section, proposition: Proposition) -> str:
    valeurs = {
        champ: shown(field_of(section, section.modele, champ), valeur)
        for champ, valeur in proposition.remplir.items()
    }
    contexte = {"proposition": proposition, "valeurs": json.dumps(valeurs)}
    return render_to_string("candidatures/_proposition.html", contexte)
