"""What a person may do on the portal, since when, and who gave it: the journal remembers."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from comptes.models import Appartenance, Structure, Utilisateur
from socle.models import Evenement
from socle.references import SYSTEME, reference_acteur

LE_PORTAIL = "le portail"


@dataclass(frozen=True)
class Acces:
    """A role or a membership, as its holder reads it."""

    titre: str
    depuis: datetime
    par: str
    structure: Structure | None = None


def accesses_of(utilisateur: Utilisateur) -> list[Acces]:
    """Return the roles, then the memberships, that run now."""
    lignes: list[Any] = [*utilisateur.roles_actifs, *utilisateur.appartenances_actives]
    auteurs = _givers(ligne.pk for ligne in lignes)
    return [_access(utilisateur, ligne, auteurs.get(ligne.pk, "")) for ligne in lignes]


def _access(utilisateur: Utilisateur, ligne: Any, par: str) -> Acces:
    if not isinstance(ligne, Appartenance):
        return Acces(str(ligne), ligne.du, par)
    titre = f"{ligne.get_role_display()} de {ligne.structure.raison_sociale}"
    par = "vous" if par == utilisateur.nom_complet else par
    return Acces(titre, ligne.du, par, ligne.structure)


def _givers(lignes: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    faits = Evenement.objects.filter(
        sujet_genre__in=("comptes.roleattribue", "comptes.appartenance"),
        sujet_id__in=list(lignes),
        verbe__in=("role.donne", "membre.arrive"),
    ).values_list("sujet_id", "acteur_id")
    auteurs = dict(faits)
    noms = {
        personne.pk: personne.nom_complet for personne in Utilisateur.objects.filter(pk__in=auteurs.values())
    }
    noms[reference_acteur(SYSTEME).id] = LE_PORTAIL
    return {ligne: noms.get(auteur, "") for ligne, auteur in auteurs.items()}
