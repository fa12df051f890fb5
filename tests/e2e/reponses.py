"""What somebody types in the dossier's forms: the demo's plausible content, as text.

Run inside the portal's context (``Pile.data``): jobs and families are chosen there by their id.
"""

import json
from datetime import date
from typing import Any

from candidatures.forms.sections import piece_field
from candidatures.sections import MONTANTS, PAR_CODE, SECTIONS
from comptes.models import Structure
from gen_portal.demo import contenu, scenario
from gen_portal.demo.comptes import SIRET_PORTEUR
from gen_portal.demo.peuplement import LYON
from socle import horloge

#: The scene: a web course in Lyon, whose first session starts on 15 November 2021.
VARIANTE = contenu.Variante(modele=contenu.MODELES[0], lieu=LYON, debut=date(2021, 11, 15))


def print_answers() -> None:
    """Print, section by section: its title, its fields, its rows, and the files to join."""
    structure = Structure.objects.get(siret=SIRET_PORTEUR)
    pages = contenu.dossier(structure, VARIANTE, horloge.today())
    a_joindre = scenario.attachments(VARIANTE)
    sections = []
    for section in SECTIONS:
        valeurs, lignes = pages[section.code]
        sections.append(
            {
                "code": section.code,
                "titre": section.titre,
                "champs": {f"id_{champ}": _typed(champ, valeur) for champ, valeur in _given(valeurs)},
                "lignes": [_row(section.code, rang, ligne) for rang, ligne in enumerate(lignes or [])],
                "pieces": [f"id_{piece_field(piece)}" for piece in section.pieces if piece in a_joindre],
            }
        )
    print(json.dumps(sections))  # noqa: T201


def _row(section: str, rang: int, ligne: dict[str, Any]) -> dict[str, Any]:
    tableau = PAR_CODE[section].tableau
    assert tableau is not None
    return {f"id_{tableau.nom}-{rang}-{champ}": _typed(champ, valeur) for champ, valeur in _given(ligne)}


def _given(valeurs: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(champ, valeur) for champ, valeur in valeurs.items() if valeur is not None]


def _typed(champ: str, valeur: Any) -> Any:
    """Write a value as one types it: amounts in euros, days by the calendar, things by their id."""
    if champ in MONTANTS:
        return f"{valeur // 100},{valeur % 100:02d}"
    if isinstance(valeur, date):
        return valeur.isoformat()
    if isinstance(valeur, bool | str | int):
        return valeur
    return str(valeur.pk)
