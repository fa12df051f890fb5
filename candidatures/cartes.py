"""The cards that dossiers put on the home page."""

from typing import Any

from django.urls import reverse

from candidatures import cycle
from candidatures.domain.echanges import unread_by_porteur
from candidatures.models import Candidature
from comptes.tableau import Carte, register_card


def register() -> None:
    """Register the cards of this app."""
    register_card(
        "candidatures.porteur", _is_porteur, _cards, titre="Mes candidatures", ordre=20, en_vue=True
    )


def _is_porteur(utilisateur: Any) -> bool:
    return bool(utilisateur.appartenances_actives)


def _cards(utilisateur: Any) -> list[Carte]:
    dossiers = list(
        Candidature.objects.visible_to(utilisateur)
        .filter(structure=utilisateur.structure_courante)
        .values_list("etat", unread_by_porteur())
    )
    etats = [etat for etat, _ in dossiers]
    a_lire = sum(a_lire for _, a_lire in dossiers)
    brouillons = sum(etat == cycle.BROUILLON for etat in etats)
    a_completer = sum(etat == cycle.EN_COMPLEMENT for etat in etats)
    deposes = len(etats) - brouillons - a_completer
    liste = reverse("candidatures:liste")
    cartes = []
    if a_completer:
        cartes.append(
            Carte(
                "Compléments demandés",
                "La GEN attend votre réponse avant une date limite.",
                f"{liste}?etat=complements",
                a_completer,
            )
        )
    if a_lire:
        cartes.append(
            Carte(
                "Messages de la GEN à lire",
                "La GEN vous a écrit au sujet d’un dossier.",
                f"{liste}?etat=messages",
                a_lire,
            )
        )
    if brouillons:
        cartes.append(
            Carte(
                "Brouillons — non déposés",
                "À compléter, puis à déposer.",
                f"{liste}?etat=brouillon",
                brouillons,
            )
        )
    if deposes:
        cartes.append(
            Carte("Dossiers déposés", "Leur état, leur reçu et la suite.", f"{liste}?etat=depose", deposes)
        )
    cartes.append(
        Carte(
            "Présenter une formation",
            "Ouvrez un dossier\u00a0: il reste un brouillon tant qu’il n’est pas déposé.",
            reverse("candidatures:creer"),
        )
    )
    return cartes
