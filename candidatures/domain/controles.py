"""Checks on one answer, whoever sends it: a form, the API or the demo (R14).

The verb that saves a section refuses what is wrong; the forms show the same sentences beside the
fields. A missing answer is never wrong here: drafts are free (see ``completude``).
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError

from candidatures.sections import MONTANTS, POURCENTAGES
from comptes.models import FormeJuridique
from referentiels.identifiants import (
    valider_certification,
    valider_code_commune,
    valider_nda,
    valider_rome,
    valider_siret,
)

#: Largest number of a small column, on every database.
ENTIER_MAX = 32_767
#: Ten million euros, in cents: above, it is a mistake.
MONTANT_MAX = 10_000_000_00


def _postcode(texte: str) -> str:
    compact = texte.replace(" ", "")
    if len(compact) != 5 or not compact.isascii() or not compact.isdigit():
        raise ValidationError("Le code postal comporte 5 chiffres. Exemple\u00a0: 59100.")
    return compact


def _legal_form(texte: str) -> str:
    if texte not in FormeJuridique.values:
        raise ValidationError("Choisissez une forme juridique dans la liste.")
    return texte


#: Columns of text that are normalised before they are stored.
NORMALISATIONS: dict[str, Callable[[str], str]] = {
    "siret": valider_siret,
    "sous_traitant_siret": valider_siret,
    "nda": valider_nda,
    "sous_traitant_nda": valider_nda,
    "certification_code": valider_certification,
    "rome": valider_rome,
    "code_postal": _postcode,
    "forme_juridique": _legal_form,
}
#: The same, for columns whose name means something else in other sections.
_NORMALISATIONS_SECTION: dict[tuple[str, str], Callable[[str], str]] = {
    ("structure", "commune"): valider_code_commune,
}

#: First and last day of one thing: the second is not before the first.
PERIODES = {
    "sessions": ("debut", "fin"),
    "partenaires": ("partenariat_depuis", "partenariat_jusqu_au"),
}
_FIN_AVANT_DEBUT = {
    "sessions": "La fin de la session ne peut pas précéder son début.",
    "partenaires": "Le terme du partenariat ne peut pas précéder sa conclusion.",
}


def normalise(section: str, champ: str, valeur: Any) -> Any:
    """Return an answer as it is stored; ``ValidationError`` says what is wrong with it."""
    if isinstance(valeur, str):
        # Forms send two characters for the end of a line, scripts send one: the limits count one.
        valeur = valeur.replace("\r\n", "\n").replace("\r", "\n").strip()
        regle = _NORMALISATIONS_SECTION.get((section, champ)) or NORMALISATIONS.get(champ)
        return regle(valeur) if regle and valeur else valeur
    if isinstance(valeur, int) and not isinstance(valeur, bool):
        _check_bounds(champ, valeur)
    return valeur


def _check_bounds(champ: str, valeur: int) -> None:
    maximum = MONTANT_MAX if champ in MONTANTS else 100 if champ in POURCENTAGES else ENTIER_MAX
    if 0 <= valeur <= maximum:
        return
    if champ in POURCENTAGES:
        raise ValidationError("Indiquez un pourcentage entre 0 et 100.")
    if champ in MONTANTS:
        raise ValidationError("Indiquez un montant positif, de dix millions d’euros au plus.")
    raise ValidationError(f"Indiquez un nombre entre 0 et {maximum}.")


def check_values(section: str, valeurs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Return the normalised answers, and the errors by field."""
    propres: dict[str, Any] = {}
    erreurs: dict[str, list[str]] = {}
    for champ, valeur in valeurs.items():
        try:
            propres[champ] = normalise(section, champ, valeur)
        except ValidationError as erreur:
            erreurs[champ] = list(erreur.messages)
    if not erreurs:
        erreurs |= check_period(section, propres)
    return propres, erreurs


def check_period(section: str, valeurs: dict[str, Any]) -> dict[str, list[str]]:
    """Return the error of a thing that ends before it begins, by its field."""
    if section not in PERIODES:
        return {}
    debut, fin = PERIODES[section]
    premier, dernier = valeurs.get(debut), valeurs.get(fin)
    if premier and dernier and dernier < premier:
        return {fin: [_FIN_AVANT_DEBUT[section]]}
    return {}
