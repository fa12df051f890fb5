"""The cards that accounts put on the home page."""

from typing import Any

from django.urls import reverse

from comptes.models import ROLES_GEN, DemandeResponsable
from comptes.rules import est_administrateur
from comptes.tableau import Carte, register_card


def register() -> None:
    """Register the cards of this app."""
    register_card("comptes.structures", _is_porteur, _structures, titre="Ma structure", ordre=40, en_vue=True)
    register_card("comptes.instruction", _is_gen, _instruction, titre="Travail à la GEN", ordre=10)
    register_card(
        "comptes.administration", est_administrateur, _administration, titre="Administration", ordre=60
    )


def _is_porteur(utilisateur: Any) -> bool:
    return bool(utilisateur.appartenances_actives) or not utilisateur.roles_actifs


def _structures(utilisateur: Any) -> list[Carte]:
    if not utilisateur.appartenances_actives:
        return [
            Carte(
                "Créer ma structure",
                "Il faut une structure pour présenter une formation au label. Munissez-vous de son SIRET.",
                reverse("comptes:structure-creer"),
            )
        ]
    courante = utilisateur.appartenance_courante
    cartes = [
        Carte(
            courante.structure.raison_sociale,
            f"Fiche, membres et invitations. Vous y êtes {courante.get_role_display().lower()}.",
            reverse("comptes:structure", args=[courante.structure_id]),
        )
    ]
    autres = utilisateur.autres_structures
    if autres and utilisateur.vu_par is None:
        cartes.append(
            Carte(
                "Changer de structure",
                "Cette page et vos listes montrent une structure à la fois.",
                reverse("comptes:structure-agir"),
                len(autres) + 1,
            )
        )
    return cartes


def _is_gen(utilisateur: Any) -> bool:
    return utilisateur.a_role(*ROLES_GEN)


def _instruction(utilisateur: Any) -> list[Carte]:
    return [
        Carte(
            "Espace d’instruction",
            "Les dossiers, leurs critères et leurs suites.",
            reverse("admin:index"),
        )
    ]


def _administration(utilisateur: Any) -> list[Carte]:
    attente = DemandeResponsable.objects.filter(traitee_le__isnull=True).count()
    demandes = [
        Carte(
            "Demandes de responsable",
            "Des membres demandent à la GEN de nommer un responsable.",
            reverse("admin:comptes_structure_changelist") + "?responsable=demande",
            attente,
        )
    ]
    return [
        *(demandes if attente else []),
        Carte(
            "Comptes",
            "Les personnes, leurs structures et leurs rôles.",
            reverse("admin:comptes_utilisateur_changelist"),
        ),
        Carte(
            "Donner un rôle",
            "Ouvrir l’instruction, le comité ou une région à quelqu’un.",
            reverse("admin:comptes_roleattribue_add"),
        ),
        Carte(
            "Second facteur perdu",
            "Retirer celui d’une personne que vous avez reconnue.",
            reverse("admin:comptes_secondfacteur_changelist"),
        ),
    ]
