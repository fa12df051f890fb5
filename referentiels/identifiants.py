"""Identifiers of the field (R14): kept as text, checked, written back without spaces.

Each ``valider_*`` returns the identifier as it is stored, or raises ``ValidationError`` with a
French sentence that says what to do.
"""

import re

from django.core.exceptions import ValidationError
from stdnum.exceptions import InvalidChecksum
from stdnum.exceptions import ValidationError as StdnumError
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret

from referentiels.models import Departement, Region

#: Spaces of every kind (no-break and narrow ones come with copy and paste), dots and dashes.
_SEPARATEURS = re.compile(r"[\s.\-\u2010-\u2015\u200b\u2060\ufeff]+")
_CHIFFRES = re.compile(r"[0-9]+")
_CERTIFICATION = re.compile(r"(RNCP|RS)[0-9]+")
_ROME = re.compile(r"[A-N][0-9]{4}")
_COMMUNE = re.compile(r"(?:[0-9]{2}|2A|2B)[0-9]{3}")


def compact(texte: str) -> str:
    """Return the text without separators, in capitals."""
    return _SEPARATEURS.sub("", texte).upper()


def valider_siren(texte: str) -> str:
    """Return a SIREN of 9 digits whose key is right (Luhn)."""
    siren = _digits(texte, 9, "SIREN")
    _check(stdnum_siren.validate, siren, "SIREN")
    return siren


def valider_siret(texte: str) -> str:
    """Return a SIRET of 14 digits whose key is right (Luhn; La Poste: sum of the digits modulo 5)."""
    siret = _digits(texte, 14, "SIRET")
    _check(stdnum_siret.validate, siret, "SIRET")
    return siret


def valider_nda(texte: str) -> str:
    """Return a declaration-of-activity number (NDA) of 11 digits."""
    return _digits(texte, 11, "numéro de déclaration d’activité (NDA)")


def valider_certification(texte: str) -> str:
    """Return the code of a sheet of the RNCP or of the RS: ``RNCP37674``, ``RS5616``."""
    code = compact(texte)
    if not _CERTIFICATION.fullmatch(code):
        raise ValidationError(
            "Écrivez le code de la fiche tel qu’il figure sur le site de France compétences\u00a0: "
            "RNCP ou RS suivi de chiffres, par exemple RNCP31114 ou RS5616.",
            code="certification",
        )
    return code


def valider_rome(texte: str) -> str:
    """Return a ROME code: a letter from A to N, then four digits."""
    code = compact(texte)
    if not _ROME.fullmatch(code):
        raise ValidationError(
            "Écrivez le code ROME avec une lettre de A à N puis quatre chiffres, par exemple M1805.",
            code="rome",
        )
    return code


def valider_code_commune(texte: str) -> str:
    """Return the INSEE code of a commune: five characters, ``2A`` or ``2B`` in Corsica."""
    code = compact(texte)
    if not _COMMUNE.fullmatch(code):
        raise ValidationError(
            "Écrivez le code INSEE de la commune (et non son code postal)\u00a0: cinq caractères, "
            "par exemple 35238 ou 2A004.",
            code="commune",
        )
    return code


def nda_region_warning(nda: str, departement: str) -> str:
    """Return a warning if an NDA was given in another region than that of ``departement``, else ``""``.

    Never a refusal (R14): a body that moved keeps its number. The first two digits are the region's
    code, of today or of before 2016; without a known department nothing can be said.
    """
    trouve = Departement.objects.select_related("region").filter(code=departement).first()
    return region_warning(nda, trouve.region) if trouve else ""


def region_warning(nda: str, region: Region) -> str:
    """Return the warning of :func:`nda_region_warning` for a region in hand."""
    if nda[:2] in region.prefixes_nda.split():
        return ""
    return (
        f"Le numéro de déclaration d’activité commence par {nda[:2]}, ce qui n’est pas un numéro de la "
        f"région {region.nom}. S’il a été attribué dans une autre région, vous n’avez rien à "
        "faire\u00a0; sinon, vérifiez-le."
    )


def _digits(texte: str, longueur: int, nom: str) -> str:
    chiffres = compact(texte)
    if not _CHIFFRES.fullmatch(chiffres):
        raise ValidationError(
            f"Le {nom} ne contient que des chiffres\u00a0: retirez les autres caractères.", code="chiffres"
        )
    if len(chiffres) != longueur:
        raise ValidationError(
            f"Le {nom} compte {longueur} chiffres\u00a0; vous en avez saisi {len(chiffres)}. "
            "Vérifiez-le et complétez-le.",
            code="longueur",
        )
    return chiffres


def _check(validate: object, numero: str, nom: str) -> None:
    try:
        validate(numero)
    except InvalidChecksum as erreur:
        raise ValidationError(
            f"Ce {nom} n’existe pas\u00a0: sa clé de contrôle est fausse. Recopiez-le depuis votre avis de "
            "situation INSEE.",
            code="cle",
        ) from erreur
    except StdnumError as erreur:
        raise ValidationError(
            f"Ce {nom} n’est pas valable. Recopiez-le depuis votre avis de situation INSEE.", code="forme"
        ) from erreur
