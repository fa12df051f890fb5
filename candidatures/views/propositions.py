"""What the public lists say beside an identifier, printed for the page of a section and its autosave."""

import json
from collections.abc import Collection

from django.template.loader import render_to_string

from candidatures.domain.instantane import Donnees
from candidatures.domain.propositions import PROPOSES, Proposition, propositions
from candidatures.forms.frappes import shown
from candidatures.forms.sections import field_of
from candidatures.sections import Section


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
