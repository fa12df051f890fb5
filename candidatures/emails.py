"""The e-mails of the dossier; each is a row of the outbox, written with its event."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse

from candidatures import cycle
from candidatures.domain.attentes import next_releve
from candidatures.domain.echanges import announced_by, porteur_recipients
from candidatures.domain.lecture import place_of_element
from candidatures.domain.queries import (
    demande_ouverte,
    echeance_affichee,
    est_membre,
    in_charge,
    releve_affiche,
    statut_porteur,
)
from candidatures.models import Candidature, DemandeComplements, Depot, Message, Piece
from candidatures.pdf import implicit_rejection_day
from candidatures.sections import PAR_CODE
from comptes.models import Utilisateur
from socle import horloge
from socle.courriels import Destinataire, send
from socle.models import Antivirus, Evenement
from socle.references import reference, resolve
from socle.rendu_courriel import Contenu, render
from socle.typographie import date_longue, date_simple, heure, heure_secondes

DEMANDE_COMPLEMENTS = "candidature_complements_demandes"


@dataclass(frozen=True)
class ApercuCourriel:
    """An e-mail before it is written, and those who would receive it."""

    destinataires: list[Utilisateur]
    contenu: Contenu


def send_deposit(candidature: Candidature, depot: Depot, renvoi: Evenement | None = None) -> None:
    """Confirm the deposit to the depositor and the responsables, or again to who asks for it (R11)."""
    cle = f"candidature.deposee:{depot.pk}"
    demandeur: Any = resolve(renvoi.acteur) if renvoi else None
    _send_all(
        "candidature_deposee",
        candidature,
        cle=f"{cle}:{renvoi.pk}" if renvoi else cle,
        aussi=None if renvoi else depot.deposant,
        a=[demandeur] if renvoi else None,
        contexte={
            "renvoye_le": date_simple(renvoi.instant) if renvoi else "",
            "jour": date_longue(depot.arrivee),
            "jour_court": date_simple(depot.arrivee),
            "heure": heure_secondes(depot.arrivee),
            "releve": releve_affiche(candidature.releve_arrivee),
            "empreinte": depot.empreinte,
            "rejet_le": date_simple(implicit_rejection_day(depot)),
            "url_recu": settings.GEN_URL + reverse("socle:document", args=[depot.recu_id]),
        },
    )


def send_complements_requested(demande: DemandeComplements) -> None:
    """Tell the responsables what is asked, and for when (R16)."""
    _send_all(
        DEMANDE_COMPLEMENTS,
        demande.candidature,
        cle=f"candidature.complements_demandes:{demande.pk}",
        contexte=_request_words(
            demande.reponse_avant,
            demande.message,
            demande.elements.order_by("id").values_list("section", "champ", "consigne"),
        ),
    )


def preview_complements_requested(
    candidature: Candidature, *, reponse_avant: date, message: str, elements: list[tuple[str, str, str]]
) -> ApercuCourriel:
    """Return the e-mail that a request would send, with its recipients; nothing is written."""
    contexte = _common(candidature) | _request_words(reponse_avant, message, elements)
    return ApercuCourriel(in_charge(candidature), render(DEMANDE_COMPLEMENTS, {"nom": "", **contexte}))


def _request_words(
    reponse_avant: date, message: str, elements: Iterable[tuple[str, str, str]]
) -> dict[str, Any]:
    """Say what is asked: for each element its section, its name, and what is expected."""
    return {
        "reponse_avant": date_longue(reponse_avant),
        "message": message.strip(),
        # Each is one line of a list: a paragraph of its own would end the list.
        "consignes": [
            f"{place_of_element(PAR_CODE[section], champ)}\u00a0: {' '.join(consigne.split())}"
            for section, champ, consigne in elements
        ],
    }


def send_complements_received(demande: DemandeComplements, depot: Depot) -> None:
    """Confirm the answer to the depositor and the responsables."""
    _send_all(
        "candidature_complements_recus",
        demande.candidature,
        cle=f"candidature.complements_recus:{depot.pk}",
        aussi=depot.deposant,
        contexte={
            "jour": date_longue(depot.arrivee),
            "jour_court": date_simple(depot.arrivee),
            "heure": heure_secondes(depot.arrivee),
            "empreinte": depot.empreinte,
        },
    )


def send_complements_closed(demande: DemandeComplements) -> None:
    """Tell the responsables that the dossier is examined as it stands."""
    _send_all(
        "candidature_complements_clos",
        demande.candidature,
        cle=f"candidature.complements_clos:{demande.pk}",
        contexte={"reponse_avant": date_longue(demande.reponse_avant)},
    )


def send_held_piece(candidature: Candidature, piece: Piece) -> None:
    """Say which piece nobody can read, why, and how to replace it (R12)."""
    fichier = piece.fichier
    _send_all(
        "candidature_piece_retenue",
        candidature,
        cle=f"candidature.piece_retenue:{piece.pk}",
        aussi=piece.deposee_par if est_membre(piece.deposee_par, candidature) else None,
        contexte={
            "piece": fichier.nom,
            "type_piece": piece.get_type_piece_display(),
            "infectee": fichier.antivirus == Antivirus.INFECTE,
            "constat": fichier.constat,
            "jointe_le": date_longue(fichier.depose_le),
            "jour_court": date_simple(horloge.now()),
            "deposee": not candidature.est_brouillon,
            "url_remplacer": settings.GEN_URL
            + reverse("candidatures:piece-remplacer", args=[candidature.pk, piece.pk]),
        },
    )


def send_withdrawal(candidature: Candidature, auteur: Any) -> None:
    """Confirm the withdrawal to whoever withdrew and to the responsables."""
    _send_all(
        "candidature_retiree",
        candidature,
        cle=f"candidature.retiree:{candidature.pk}",
        aussi=auteur,
        contexte={
            "jour": date_longue(candidature.retiree_le),
            "jour_court": date_simple(candidature.retiree_le),
            "heure": heure(candidature.retiree_le),
        },
    )


def send_message_of_gen(message: Message) -> None:
    """Tell the porteur's side that a message waits: where, never what it says."""
    candidature = message.candidature
    _send_all(
        "candidature_message_recu",
        candidature,
        cle=announced_by(message),
        a=porteur_recipients(candidature),
        contexte={
            "jour": date_longue(message.envoye_le),
            "jour_court": date_simple(message.envoye_le),
            "heure": heure(message.envoye_le),
            "url": settings.GEN_URL + reverse("candidatures:messages", args=[candidature.pk]),
        },
    )


def send_transfer(candidature: Candidature, evenement: Evenement) -> None:
    """Tell a member that the dossier is theirs to follow, and what it waits for; not who took it."""
    if evenement.acteur.id == candidature.suivie_par_id:
        return
    auteur: Any = resolve(evenement.acteur)
    _send_all(
        "candidature_transmise",
        candidature,
        cle=f"candidature.transmise:{evenement.pk}",
        a=[candidature.suivie_par],
        contexte={
            "par": auteur.nom_complet if isinstance(auteur, Utilisateur) else "",
            "jour_court": date_simple(evenement.instant),
            "brouillon": candidature.est_brouillon,
            "attendu": _awaited(candidature),
        },
    )


def _awaited(candidature: Candidature) -> str:
    """Say what the dossier waits for from its porteur, with the date when there is one."""
    suite = statut_porteur(candidature).suite
    if candidature.est_brouillon and (releve := next_releve(candidature)):
        return f"{suite} Relevé en cours\u00a0: dépôt jusqu’au {echeance_affichee(releve)}."
    if candidature.etat == cycle.EN_COMPLEMENT and (demande := demande_ouverte(candidature)):
        return f"{suite} Date limite\u00a0: {date_longue(demande.reponse_avant)}."
    return suite


def _send_all(
    gabarit: str,
    candidature: Candidature,
    *,
    cle: str,
    contexte: dict[str, Any],
    aussi: Utilisateur | None = None,
    a: Iterable[Utilisateur] | None = None,
) -> None:
    """Write to the responsables, to who follows the dossier and to ``aussi``; or to ``a`` and nobody else."""
    personnes = {personne.pk: personne for personne in (in_charge(candidature) if a is None else a)}
    if aussi is not None:
        personnes.setdefault(aussi.pk, aussi)
    commun = _common(candidature)
    for personne in personnes.values():
        send(
            gabarit,
            cle=f"{cle}:{personne.pk}",
            destinataire=Destinataire(reference(personne), personne.email, personne.nom_complet),
            contexte=commun | contexte,
            sujet=candidature,
        )


def _common(candidature: Candidature) -> dict[str, Any]:
    """Return what every e-mail about a dossier says."""
    return {
        "reference": candidature.reference,
        "intitule": candidature.intitule,
        "structure": candidature.structure.raison_sociale,
        "url": settings.GEN_URL + reverse("candidatures:dossier", args=[candidature.pk]),
        "courriel_aide": settings.GEN_COURRIEL_AIDE,
        "telephone_aide": settings.GEN_TELEPHONE_AIDE,
    }
