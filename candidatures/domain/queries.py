"""What several pages ask about a dossier."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from candidatures import cycle
from candidatures.models import Candidature, DemandeComplements, Depot, Releve
from comptes.models import Appartenance, RoleMembre, Structure, Utilisateur
from socle import horloge
from socle.typographie import instant_paris


@dataclass(frozen=True)
class StatutPorteur:
    """Where the dossier is, in the porteur's words; ``couleur`` is a DSFR badge."""

    label: str
    suite: str
    couleur: str


#: Bounds are exclusive: one minute earlier is the minute that is announced.
MINUTE = timedelta(minutes=1)

#: What a notified decision means to the porteur. Nothing else betrays a decision (R39).
ISSUES: dict[str, StatutPorteur] = {
    "IRRECEVABLE": StatutPorteur(
        "Irrecevable",
        "La lettre, ci-dessous, indique les critères qui ne sont pas remplis et les voies de recours. "
        "Vous pouvez déposer un nouveau dossier à tout moment.",
        "error",
    ),
    "LABELLISEE": StatutPorteur(
        "Labellisée",
        "Le représentant légal de la structure reçoit la convention à signer. Le label est actif dès la "
        "dernière signature.",
        "success",
    ),
    "LABELLISEE_SOUS_CONDITION": StatutPorteur(
        "Labellisée sous condition",
        "Le représentant légal de la structure reçoit la convention à signer. Transmettez le résultat de "
        "l’audit qualité avant la date indiquée dans la notification.",
        "success",
    ),
    "REFUSEE": StatutPorteur(
        "Non labellisée",
        "La lettre, ci-dessous, indique les motifs et les voies de recours. Vous pouvez déposer un "
        "nouveau dossier à tout moment.",
        "error",
    ),
    "AJOURNEE": StatutPorteur(
        "Ajournée",
        "Le comité reverra votre dossier à une prochaine séance. La lettre, ci-dessous, indique ce qui "
        "est attendu.",
        "warning",
    ),
}

_COULEURS = {cycle.BROUILLON: "new", cycle.EN_COMPLEMENT: "warning"}


def statut_porteur(candidature: Candidature) -> StatutPorteur:
    """Return what the porteur reads: the cycle and what is notified, never a decision before (R39)."""
    etat = cycle.CYCLE.etat(candidature.etat)
    if candidature.etat in (cycle.SANS_SUITE, cycle.EN_COMPLEMENT) or not candidature.issue_notifiee:
        return StatutPorteur(etat.porteur, etat.suite, _COULEURS.get(candidature.etat, "info"))
    return ISSUES[candidature.issue_notifiee]


def responsables(structure: Structure) -> list[Utilisateur]:
    """Return the people who answer for the structure now, with an active account."""
    lignes = active_members(structure).filter(role=RoleMembre.RESPONSABLE)
    return [ligne.utilisateur for ligne in lignes.order_by("du", "id")]


def active_members(structure: Structure) -> QuerySet[Appartenance]:
    """Return the memberships of those who can act for the structure now, with the people."""
    lignes = Appartenance.objects.en_cours().filter(structure=structure, utilisateur__is_active=True)
    return lignes.select_related("utilisateur")


def in_charge(candidature: Candidature) -> list[Utilisateur]:
    """Return whom what happens to a dossier concerns: the responsables, then who follows it; each once."""
    personnes = responsables(candidature.structure)
    suivie_par = candidature.suivie_par_id
    if suivie_par is None or any(personne.pk == suivie_par for personne in personnes):
        return personnes
    suivants = active_members(candidature.structure).filter(utilisateur=suivie_par)
    return [*personnes, *(ligne.utilisateur for ligne in suivants[:1])]


def demande_ouverte(candidature: Candidature) -> DemandeComplements | None:
    """Return the request for compléments that waits for an answer."""
    return candidature.demandes_complements.filter(repondue_le__isnull=True, close_le__isnull=True).first()


def dernier_depot(candidature: Candidature) -> Depot | None:
    """Return what was deposited last: the version that is examined."""
    return candidature.depots.order_by("-numero").first()


def releve_affiche(releve: Releve | None) -> str:
    """Return the relevé in words, with its last minute; the bound itself is the next day (R3)."""
    if releve is None:
        return "relevé à annoncer"
    return f"relevé {releve.numero}, {echeance_affichee(releve)}"


def echeance_affichee(releve: Releve) -> str:
    """Return « jeudi 30 septembre 2021 à 23 h 59, heure de Paris »."""
    return instant_paris(releve.borne - MINUTE)


def remaining(releve: Releve, instant: datetime) -> int | None:
    """Return the seconds left before a relevé, in its last hours only (``GEN_COMPTE_A_REBOURS_HEURES``)."""
    reste = releve.borne - instant
    if not timedelta(0) < reste <= timedelta(hours=settings.GEN_COMPTE_A_REBOURS_HEURES):
        return None
    return int(reste.total_seconds())


def a_venir(releves: QuerySet[Releve]) -> QuerySet[Releve]:
    """Keep the relevés whose bound is still ahead."""
    return releves.filter(borne__gt=horloge.now()).order_by("borne")


def en_liste(candidatures: QuerySet[Candidature]) -> QuerySet[Candidature]:
    """Join what a list of dossiers shows, so that it costs one query."""
    return candidatures.select_related("structure", "appel", "releve_arrivee", "region")


def acted_for(candidatures: QuerySet[Candidature], utilisateur: Any) -> QuerySet[Candidature]:
    """Leave out the dossiers of the person's other structures: a list is that of one structure at a time."""
    return candidatures.exclude(structure__in=utilisateur.autres_structures)


def est_membre(utilisateur: Any, candidature: Candidature) -> bool:
    """Whether this person acts for the dossier's structure."""
    return bool(utilisateur.role_dans(candidature.structure))
