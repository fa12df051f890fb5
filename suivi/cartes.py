"""The cards that the follow-up puts on the home page."""

from typing import Any

from django.urls import reverse

from comptes.rules import est_direction
from comptes.tableau import Carte, register_card
from labellisation.models import Label
from socle.models import Echeance
from suivi.models import Reclamation
from suivi.politiques import followed_labels


def register() -> None:
    """Register the cards of this app."""
    register_card("suivi.porteur", _is_porteur, _own, titre="Suivi des formations", ordre=15)
    register_card("suivi.direction", est_direction, _direction, titre="Suivi des formations", ordre=15)


def _is_porteur(utilisateur: Any) -> bool:
    return bool(utilisateur.appartenances_actives)


def _own(utilisateur: Any) -> list[Carte]:
    labels = list(Label.objects.filter(followed_labels(utilisateur)))
    if not labels:
        return []
    suivi = Echeance.objects.filter(
        chaine__in=[label.chaine_journal for label in labels], genre__startswith="suivi."
    )
    en_retard, ouvertes = suivi.late().count(), suivi.open().count()
    cartes = []
    if en_retard:
        cartes.append(
            Carte(
                "Échéances en retard",
                "À faire au plus vite\u00a0: elles comptent dans le bilan du label.",
                reverse("suivi:formations") + "?echeances=retard",
                en_retard,
            )
        )
    if ouvertes - en_retard:
        cartes.append(
            Carte(
                "Échéances à venir",
                "Ce qui est attendu, la plus proche d’abord.",
                reverse("suivi:formations") + "?echeances=a-venir",
                ouvertes - en_retard,
            )
        )
    cartes.append(
        Carte(
            "Formations suivies",
            "Leurs sessions, leurs apprenants, leurs attestations.",
            reverse("suivi:formations") + "#formations",
            len(labels),
        )
    )
    return cartes


def _direction(utilisateur: Any) -> list[Carte]:
    en_retard = Echeance.objects.late().visible_to(utilisateur).filter(genre__startswith="suivi.").count()
    a_traiter = Reclamation.objects.visible_to(utilisateur).filter(traitee_le__isnull=True).count()
    cartes = [
        Carte(
            "Échéances en retard",
            "Ce que les porteurs n’ont pas encore transmis ou fait.",
            reverse("pilotage:tableau") + "#retards",
            en_retard,
        )
    ]
    if a_traiter:
        cartes.append(
            Carte(
                "Réclamations à traiter",
                "À lire, puis à marquer comme traitées.",
                reverse("admin:suivi_reclamation_changelist") + "?traitee_le__isempty=1",
                a_traiter,
            )
        )
    return cartes
