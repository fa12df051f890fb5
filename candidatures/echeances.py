"""The obligations of this app: answer a request for compléments, announce the results of a relevé."""

from typing import Any

from django.db.models import Q
from django.urls import reverse

from candidatures.domain.queries import responsables
from candidatures.models import DemandeComplements
from comptes.models import Role, RoleAttribue
from socle import echeances, horloge
from socle.courriels import Destinataire
from socle.references import reference, resolve
from socle.visibilite import Visibilite

COMPLEMENTS = "candidatures.complements"
RESULTATS = "candidatures.resultats"


def register() -> None:
    """Register the kinds of this app."""
    echeances.register(
        echeances.GenreEcheance(
            code=COMPLEMENTS,
            libelle="réponse à la demande de compléments",
            regle="Date fixée par la demande de compléments",
            mention="Sans réponse à cette date, le dossier est examiné en l’état.",
            visibilite=Visibilite.PORTEUR,
            destinataires=_structure,
            url=_dossier_url,
        )
    )
    echeances.register(
        echeances.GenreEcheance(
            code=RESULTATS,
            libelle="résultats du relevé",
            action="À annoncer",
            regle="Date annoncée par l’appel à labellisation",
            destinataires=_direction,
            url=_list_url,
        )
    )


def _request(echeance: Any) -> DemandeComplements:
    demande = resolve(echeance.sujet)
    assert isinstance(demande, DemandeComplements), "the subject of this kind is a request"
    return demande


def _structure(echeance: Any) -> list[Destinataire]:
    structure = _request(echeance).candidature.structure
    return [Destinataire(reference(p), p.email, p.nom_complet) for p in responsables(structure)]


def _dossier_url(echeance: Any) -> str:
    return reverse("candidatures:dossier", args=[_request(echeance).candidature_id])


def _direction(echeance: Any) -> list[Destinataire]:
    instant = horloge.now()
    roles = RoleAttribue.objects.filter(
        Q(au__isnull=True) | Q(au__gt=instant),
        role=Role.DIRECTION,
        du__lte=instant,
        utilisateur__is_active=True,
    ).select_related("utilisateur")
    personnes = {role.utilisateur_id: role.utilisateur for role in roles.order_by("du", "id")}
    return [Destinataire(reference(p), p.email, p.nom_complet) for p in personnes.values()]


def _list_url(echeance: Any) -> str:
    return reverse("candidatures:liste")
