"""The draft, opened for one formation (R8)."""

import secrets
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction

from candidatures.domain import completude, instantane
from candidatures.domain.appels import open_call
from candidatures.models import Candidature, EtatSection
from candidatures.sections import SECTIONS, Section
from comptes.domain.acces import require
from comptes.models import Structure
from referentiels.models import Commune
from referentiels.texte import normalise
from socle import horloge, journal
from socle.erreurs import ErreurMetier
from socle.journal import Visibilite
from socle.references import Acteur

#: Crockford's base 32: no I, L, O or U, so that a reference can be read over the telephone.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ESSAIS_REFERENCE = 20


@transaction.atomic
def create_candidature(
    *, structure: Structure, acteur: Acteur, intitule: str = "", depot_des: date | None = None
) -> Candidature:
    """Open a draft for one formation of a structure (R8), in the call open now.

    ``depot_des``: the first day on which it may be deposited, for the renewal of a label (R13).

    Effects: the dossier with a reference of its own, its eleven sections (section 1 filled in from
    the structure's record), the actor in charge of it for the structure, event ``candidature.creee``.
    Errors: ``ActeurRefuse`` for anybody but a member; ``ErreurMetier`` when no call is open.
    """
    require(acteur, "candidatures.create_candidature", structure)
    appel = open_call(horloge.now())
    if appel is None:
        raise ErreurMetier("Aucun appel à labellisation n’est ouvert pour l’instant.")
    candidature = _with_reference(
        Candidature(
            appel=appel,
            structure=structure,
            cree_par=acteur,
            suivie_par=acteur,
            intitule=intitule.strip()[:200],
            depot_des=depot_des,
        ),
        prefixe=f"GEN-{appel.code}-",
    )
    _create_sections(candidature)
    journal.record("candidature.creee", sujet=candidature, acteur=acteur, visibilite=Visibilite.PORTEUR)
    return candidature


def new_reference(prefixe: str) -> str:
    """Return a reference that nobody can guess from another one."""
    return prefixe + "".join(secrets.choice(ALPHABET) for _ in range(5))


def _with_reference(candidature: Candidature, prefixe: str) -> Candidature:
    for _ in range(_ESSAIS_REFERENCE):
        candidature.reference = new_reference(prefixe)
        try:
            with transaction.atomic():
                candidature.save(force_insert=True)
        except IntegrityError:
            if not Candidature.objects.filter(reference=candidature.reference).exists():
                raise
            continue
        return candidature
    raise ErreurMetier("Aucune référence n’est disponible pour ce dossier. Réessayez dans un instant.")


def _create_sections(candidature: Candidature) -> None:
    structure = candidature.structure
    premieres = {
        "raison_sociale": structure.raison_sociale,
        "siret": structure.siret,
        "forme_juridique": structure.forme_juridique,
        "nda": structure.nda,
        "adresse": structure.adresse,
        "code_postal": structure.code_postal,
        "commune": structure.commune_code or _commune_code(structure),
        "representant_nom": structure.representant_nom,
        "representant_prenom": structure.representant_prenom,
        "representant_fonction": structure.representant_fonction[:100],
        "representant_courriel": structure.representant_email,
    }
    reprises: dict[str, dict[str, Any]] = {
        "structure": premieres,
        "formation": {"intitule": candidature.intitule},
    }
    EtatSection.objects.bulk_create(
        EtatSection(
            candidature=candidature,
            section=section.code,
            manques=_first_gaps(candidature, section, reprises.get(section.code, {})),
        )
        for section in SECTIONS
    )


def _first_gaps(candidature: Candidature, section: Section, valeurs: dict[str, Any]) -> int:
    """Create the row of a section, and return how many gaps it begins with."""
    objet = None
    if section.modele:
        modele = instantane.model_of(section.modele)
        objet = modele._default_manager.create(candidature=candidature, **valeurs)
    return len(completude.section_gaps(section.code, instantane.data_of(section, objet, ()), ()))


def _commune_code(structure: Structure) -> str:
    """Return the INSEE code of a structure's commune when its name and postcode leave no doubt."""
    trouvees = Commune.objects.filter(
        nom_recherche=normalise(structure.commune), codes_postaux__contains=structure.code_postal
    ).values_list("pk", flat=True)[:2]
    return trouvees[0] if len(trouvees) == 1 and structure.code_postal else ""
