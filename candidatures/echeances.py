"""The obligations of this app: deposit a draft, answer a request for compléments, announce results."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Q
from django.urls import reverse

from candidatures.domain.attentes import DEPOT
from candidatures.domain.queries import in_charge
from candidatures.models import Candidature, DemandeComplements
from comptes.models import Appartenance, Role, RoleAttribue, RoleMembre
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
            code=DEPOT,
            libelle="dossier de candidature",
            action="À déposer",
            regle="Date du relevé, annoncée par l’appel à labellisation",
            mention=(
                "Un brouillon n’est pas déposé et ne compte pas. Après cette date, il reste ouvert\u00a0: "
                "déposé plus tard, le dossier prend le relevé suivant."
            ),
            visibilite=Visibilite.PORTEUR,
            etapes=(-15, -7, -2, 0),
            destinataires=_authors,
            url=_draft_url,
        )
    )
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


def reminders_of_request(due: date, depuis: date) -> list[date]:
    """Return the days on which a request for compléments, sent on a day, is reminded until its own date."""
    etapes = echeances.kind(COMPLEMENTS).etapes
    jours = sorted(due + timedelta(days=etape) for etape in etapes)
    return [jour for jour in jours if depuis < jour <= due]


def _draft(echeance: Any) -> Candidature:
    candidature = resolve(echeance.sujet)
    assert isinstance(candidature, Candidature), "the subject of this kind is a dossier"
    return candidature


def _authors(echeance: Any) -> list[Destinataire]:
    """The responsables, who alone may deposit, who follows the draft, and the members who wrote in it."""
    candidature = _draft(echeance)
    ecrivent = candidature.etats_sections.filter(modifiee_par__isnull=False).values("modifiee_par")
    membres = Appartenance.objects.en_cours().filter(
        Q(role=RoleMembre.RESPONSABLE)
        | Q(utilisateur__in=[candidature.cree_par_id, candidature.suivie_par_id])
        | Q(utilisateur__in=ecrivent),
        structure=candidature.structure_id,
        utilisateur__is_active=True,
    )
    personnes = [ligne.utilisateur for ligne in membres.select_related("utilisateur").order_by("du", "id")]
    return [Destinataire(reference(p), p.email, p.nom_complet) for p in personnes]


def _draft_url(echeance: Any) -> str:
    return reverse("candidatures:dossier", args=[echeance.sujet_id])


def _request(echeance: Any) -> DemandeComplements:
    demande = resolve(echeance.sujet)
    assert isinstance(demande, DemandeComplements), "the subject of this kind is a request"
    return demande


def _structure(echeance: Any) -> list[Destinataire]:
    personnes = in_charge(_request(echeance).candidature)
    return [Destinataire(reference(p), p.email, p.nom_complet) for p in personnes]


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
