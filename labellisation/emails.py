"""The e-mails of the labelling; every one is a row of the outbox."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from candidatures.domain.echanges import announced_by, gen_recipients
from candidatures.models import Candidature, Message
from comptes.models import RoleMembre
from labellisation.cycle import DEFAVORABLES
from labellisation.domain.convention import signature_code
from labellisation.domain.label import CONDITION, RETRAIT, reasons_of
from labellisation.domain.mentions import last_day_to_appeal, remedies
from labellisation.models import Convention, Decision, Label, Reouverture, Seance, SignatureConvention
from socle import horloge
from socle.courriels import Destinataire, send
from socle.references import reference
from socle.typographie import date_longue, date_simple, heure


def members(structure: Any) -> list[Destinataire]:
    """Return the active responsables of a structure, as recipients."""
    appartenances = (
        structure.appartenances.en_cours()
        .filter(role=RoleMembre.RESPONSABLE, utilisateur__is_active=True)
        .select_related("utilisateur")
    )
    return [
        Destinataire(reference(ligne.utilisateur), ligne.utilisateur.email, ligne.utilisateur.nom_complet)
        for ligne in appartenances
    ]


def send_decision(decision: Decision) -> None:
    """Tell the responsables of the porteur that the decision is on their page (R18, R39).

    Whoever is refused reads at once that they can deposit again, and until when they can appeal.
    """
    assert decision.notifiee_le is not None, "an announced decision has its date"
    refuse = decision.nature in DEFAVORABLES
    jour = horloge.paris(decision.notifiee_le).date()
    _send_about_dossier(
        "labellisation_decision",
        f"decision:{decision.pk}",
        decision.candidature,
        decision,
        {
            "nature": decision.get_nature_display(),
            "notifiee_le": decision.notifiee_le,
            "favorable": hasattr(decision, "convention"),
            "recours_jusqu_au": last_day_to_appeal(jour) if refuse else None,
        },
    )


def send_recours_accepted(reouverture: Reouverture) -> None:
    """Tell the responsables that their recours is accepted, and why (R18)."""
    _send_about_dossier(
        "labellisation_recours_accepte",
        f"recours-accepte:{reouverture.pk}",
        reouverture.candidature,
        reouverture,
        {
            "recu_le": reouverture.recours_recu_le,
            "rouvert_le": reouverture.cree_le,
            "motifs": reouverture.motifs,
        },
    )


def _send_about_dossier(
    gabarit: str, cle: str, candidature: Candidature, sujet: Any, contexte: dict[str, Any]
) -> None:
    for destinataire in members(candidature.structure):
        send(
            gabarit,
            cle=f"{cle}:{destinataire.reference.id}",
            destinataire=destinataire,
            contexte={
                "reference": candidature.reference,
                "intitule": candidature.intitule,
                "url": settings.GEN_URL + reverse("candidatures:dossier", args=[candidature.pk]),
                **contexte,
            },
            sujet=sujet,
        )


def send_signature_invitation(signature: SignatureConvention, url: str) -> None:
    """Invite the legal representative to read and sign the convention."""
    convention = signature.convention
    if not signature.courriel:
        return
    send(
        "labellisation_convention_a_signer",
        cle=f"convention-a-signer:{signature.pk}",
        destinataire=Destinataire(reference(signature), signature.courriel, signature.signataire_nom),
        contexte={
            "numero": convention.numero,
            "etablie_le": horloge.paris(convention.cree_le).date(),
            "intitule": convention.candidature.intitule,
            "signataire": signature.signataire_nom,
            "url": settings.GEN_URL + url,
        },
        sujet=convention,
    )


def send_signature_code(signature: SignatureConvention, *, cle: str) -> None:
    """Send the one-time code; its body is erased once handed over."""
    send(
        "labellisation_code_signature",
        cle=f"code-signature:{signature.pk}:{cle}",
        destinataire=Destinataire(reference(signature), signature.courriel, signature.signataire_nom),
        contexte={
            "code": signature_code(signature),
            "numero": signature.convention.numero,
            "demande_le": horloge.now(),
            "minutes": settings.GEN_REGLES["code_signature_minutes"],
        },
        sujet=signature.convention,
        code=True,
    )


def send_convention_signed(convention: Convention, label: Label) -> None:
    """Tell both sides that the convention is signed and the label active."""
    for destinataire in members(convention.structure):
        send(
            "labellisation_label_actif",
            cle=f"label-actif:{label.pk}:{destinataire.reference.id}",
            destinataire=destinataire,
            contexte={
                "numero": convention.numero,
                "intitule": label.intitule,
                "code": label.code,
                "debut": label.debut,
                "fin": label.fin,
                "url_verification": settings.GEN_URL + reverse("pilotage:verification", args=[label.code]),
                "url_suivi": settings.GEN_URL + reverse("suivi:formation", args=[label.pk]),
            },
            sujet=label,
        )


def send_condition_lifted(label: Label, instant: datetime) -> None:
    """Tell the responsables of the porteur that their label has no more condition (R24)."""
    _send_about_label(
        "labellisation_condition_levee",
        label,
        {
            "levee_le": instant,
            "condition": label.condition,
            "motifs": reasons_of(label, CONDITION)["motifs"],
            "url_suivi": settings.GEN_URL + reverse("suivi:formation", args=[label.pk]),
        },
    )


def send_withdrawal(label: Label) -> None:
    """Tell the responsables of the porteur that their label is withdrawn, why, and the remedies (R42)."""
    _send_about_label(
        "labellisation_label_retire",
        label,
        {
            "retire_le": label.retire_le,
            "motifs": reasons_of(label, RETRAIT)["motifs"],
            "recours": remedies(),
            "adresse": settings.GEN_ADRESSE.splitlines(),
            "url_convention": settings.GEN_URL
            + reverse("labellisation:convention", args=[label.convention_id]),
        },
    )


def _send_about_label(gabarit: str, label: Label, contexte: dict[str, Any]) -> None:
    for destinataire in members(label.structure):
        send(
            gabarit,
            cle=f"{gabarit}:{label.pk}:{destinataire.reference.id}",
            destinataire=destinataire,
            contexte={
                "intitule": label.intitule,
                "code": label.code,
                "url_verification": settings.GEN_URL + reverse("pilotage:verification", args=[label.code]),
                **contexte,
            },
            sujet=label,
        )


def send_convocation(seance: Seance) -> None:
    """Convene the members of a séance."""
    for participation in seance.participations.select_related("membre"):
        membre = participation.membre
        send(
            "labellisation_convocation",
            cle=f"convocation:{participation.pk}",
            destinataire=Destinataire(reference(membre), membre.email, membre.nom_complet),
            contexte={
                "intitule": seance.intitule,
                "tenue_le": seance.tenue_le,
                "lieu": seance.lieu,
                "url": settings.GEN_URL + reverse("labellisation:seance", args=[seance.pk]),
            },
            sujet=seance,
        )


def send_message_of_porteur(message: Message) -> None:
    """Tell the instructors in charge, else the direction, that a message waits: where, never what it says."""
    candidature = message.candidature
    cle = announced_by(message)
    for personne in gen_recipients(candidature):
        send(
            "labellisation_message_recu",
            cle=f"{cle}:{personne.pk}",
            destinataire=Destinataire(reference(personne), personne.email, personne.nom_complet),
            contexte={
                "reference": candidature.reference,
                "intitule": candidature.intitule,
                "structure": candidature.structure.raison_sociale,
                "auteur": message.auteur.nom_complet,
                "jour": date_longue(message.envoye_le),
                "jour_court": date_simple(message.envoye_le),
                "heure": heure(message.envoye_le),
                "url": settings.GEN_URL + reverse("admin:instruction_messages", args=[candidature.pk]),
            },
            sujet=candidature,
        )
