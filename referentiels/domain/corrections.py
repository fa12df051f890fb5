"""Corrections of directory entries by an administrator."""

from django.db import transaction

from referentiels.models.base import FicheCorrigeable
from socle import journal
from socle.erreurs import ActeurRefuse
from socle.references import SYSTEME, Acteur

PERMISSION = "referentiels.change_referentiels"


@transaction.atomic
def correct_entry(fiche: FicheCorrigeable, *, acteur: Acteur) -> None:
    """Save an entry corrected on the portal; ``load_referentiels`` then leaves it as it is.

    Effects: the row, event ``referentiel.corrige``. Errors: ``ActeurRefuse`` without the permission.
    """
    if acteur is not SYSTEME and not acteur.has_perm(PERMISSION):
        raise ActeurRefuse("Seul un administrateur peut corriger un référentiel.")
    fiche.corrigee_sur_le_portail = True
    fiche.save()
    journal.record("referentiel.corrige", sujet=fiche, acteur=acteur)
