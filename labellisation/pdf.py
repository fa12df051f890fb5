"""The documents of the labelling: their frozen data, and who reads them."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from labellisation import cycle
from labellisation.domain.annexes import dossier_data, printed_annexes, specifications_data
from labellisation.domain.decision import acknowledge_letter
from labellisation.domain.label import PREUVE
from labellisation.domain.lettre import letter_data, letter_title
from labellisation.domain.seance import count_votes
from labellisation.models import AnnexeConvention, Convention, Decision, Label, Seance
from socle import documents, fichiers, horloge, lectures
from socle.models import Document
from socle.references import Reference, resolve

LETTRE = "labellisation.lettre"
ANNEXE_DOSSIER = "labellisation.annexe_dossier"
ANNEXE_CAHIER = "labellisation.annexe_cahier"
CONVENTION = "labellisation.convention"
CONVENTION_SIGNEE = "labellisation.convention_signee"
ATTESTATION = "labellisation.attestation"
PROCES_VERBAL = "labellisation.proces_verbal"


def register() -> None:
    """Register the kinds of documents and their policies."""
    documents.register(LETTRE, gabarit="pdf/lettre_decision.html", version=4, politique=LETTRE)
    for genre, gabarit in (
        (ANNEXE_DOSSIER, "annexe_dossier"),
        (ANNEXE_CAHIER, "annexe_cahier"),
    ):
        documents.register(genre, gabarit=gabarit, version=1, politique=CONVENTION)
    for genre in (CONVENTION, CONVENTION_SIGNEE):
        documents.register(genre, gabarit="pdf/convention.html", version=2, politique=CONVENTION)
    documents.register(ATTESTATION, gabarit="pdf/attestation_label.html", version=1, politique=ATTESTATION)
    documents.register(PROCES_VERBAL, gabarit="pdf/proces_verbal.html", version=1, politique=PROCES_VERBAL)
    lectures.register(LETTRE, _letter_opened)
    fichiers.register_policy(LETTRE, _reads_letter)
    fichiers.register_policy(CONVENTION, _reads_convention)
    fichiers.register_policy(ATTESTATION, _reads_label)
    fichiers.register_policy(PREUVE, _reads_label)
    fichiers.register_policy(PROCES_VERBAL, _reads_minutes)


def _owner(fichier: Any) -> Any:
    return resolve(Reference(fichier.proprietaire_genre, fichier.proprietaire_id))


def _reads_letter(user: Any, fichier: Any) -> bool:
    decision = _owner(fichier)
    return isinstance(decision, Decision) and user.has_perm("labellisation.read_decision", decision)


def _letter_opened(lecteur: Any, document: Document) -> None:
    decision = resolve(document.sujet)
    if isinstance(decision, Decision):
        acknowledge_letter(decision=decision, lecteur=lecteur)


def _reads_convention(user: Any, fichier: Any) -> bool:
    convention = _owner(fichier)
    return (
        isinstance(convention, Convention)
        and Convention.objects.visible_to(user).filter(pk=convention.pk).exists()
    )


def _reads_label(user: Any, fichier: Any) -> bool:
    label = _owner(fichier)
    return isinstance(label, Label) and Label.objects.visible_to(user).filter(pk=label.pk).exists()


def _reads_minutes(user: Any, fichier: Any) -> bool:
    seance = _owner(fichier)
    return isinstance(seance, Seance) and user.has_perm("labellisation.read_minutes", seance)


def request_letter(decision: Decision) -> Document:
    """Ask for the letter of a decision: grounds, signatory, remedies and delays (R18)."""
    decision.lettre = documents.request(
        LETTRE,
        sujet=decision,
        titre=letter_title(decision),
        cle=f"{LETTRE}:{decision.pk}",
        donnees=letter_data(decision),
    )
    decision.save(update_fields=["lettre"])
    return decision.lettre


def request_annexes(convention: Convention) -> list[AnnexeConvention]:
    """Ask for both annexes: the deposited dossier, and the call's text (R22). Twice is once."""
    candidature = convention.candidature
    depot = candidature.depots.latest("numero")
    demandes = (
        (
            AnnexeConvention.Nature.DOSSIER,
            ANNEXE_DOSSIER,
            f"Annexe 1 à la convention {convention.numero}, dossier de candidature {candidature.reference}",
            dossier_data(depot),
        ),
        (
            AnnexeConvention.Nature.CAHIER,
            ANNEXE_CAHIER,
            f"Annexe 2 à la convention {convention.numero}, cahier des charges",
            specifications_data(candidature.appel),
        ),
    )
    return [
        AnnexeConvention.objects.get_or_create(
            convention=convention,
            nature=nature,
            defaults={
                "document": documents.request(
                    genre,
                    sujet=convention,
                    titre=titre,
                    cle=f"{genre}:{convention.pk}",
                    donnees={**donnees, "numero": convention.numero},
                )
            },
        )[0]
        for nature, genre, titre, donnees in demandes
    ]


def request_convention(convention: Convention) -> Document:
    """Ask for the PDF to be signed, which prints the hashes of its annexes' files."""
    convention.document = documents.request(
        CONVENTION,
        sujet=convention,
        titre=f"Convention de labellisation {convention.numero}",
        cle=f"{CONVENTION}:{convention.pk}",
        donnees={
            **convention.donnees,
            "numero": convention.numero,
            "annexes": printed_annexes(convention),
            "signatures": [],
        },
    )
    convention.save(update_fields=["document"])
    return convention.document


def request_signed_convention(convention: Convention) -> Document:
    """Ask for the convention with both signatures, and the hash of what was signed."""
    convention.document_signe = documents.request(
        CONVENTION_SIGNEE,
        sujet=convention,
        titre=f"Convention de labellisation {convention.numero}, signée",
        cle=f"{CONVENTION_SIGNEE}:{convention.pk}",
        donnees={
            **convention.donnees,
            "numero": convention.numero,
            "debut": convention.debut,
            "fin": convention.fin,
            "annexes": printed_annexes(convention),
            "signatures": [
                {
                    "partie": signature.get_partie_display(),
                    "nom": signature.signataire_nom,
                    "qualite": signature.signataire_qualite,
                    "signee_le": signature.signee_le,
                    "sha256": signature.document_sha256,
                }
                for signature in convention.signatures.order_by("-partie")
            ],
        },
    )
    convention.save(update_fields=["document_signe"])
    return convention.document_signe


def request_attestation(label: Label) -> Document:
    """Ask for the attestation of label, with the address of its public verification.

    A condition that is lifted asks for another one, which no more names it.
    """
    conditionnel = label.etat == cycle.CONDITIONNEL
    levee = bool(label.condition_avant) and not conditionnel
    return documents.request(
        ATTESTATION,
        sujet=label,
        titre=f"Attestation de label {label.code}",
        cle=f"{ATTESTATION}:{label.pk}" + (":condition-levee" if levee else ""),
        donnees={
            "code": label.code,
            "intitule": label.intitule,
            "structure": label.structure.raison_sociale,
            "region": label.region.nom,
            "debut": label.debut,
            "fin": label.fin,
            "condition": label.condition if conditionnel else "",
            "condition_avant": label.condition_avant if conditionnel else None,
            "convention": label.convention.numero,
            "delivree_le": horloge.today(),
            "url": settings.GEN_URL + reverse("pilotage:verification", args=[label.code]),
        },
    )


def request_minutes(seance: Seance) -> Document:
    """Ask for the minutes: presence, quorum, votes, decisions, the ranking's hash (R38)."""
    inscriptions = (
        seance.inscriptions.filter(retiree_le__isnull=True)
        .select_related("candidature__structure")
        .prefetch_related("decisions", "votes")
        .order_by("candidature__reference")
    )
    participations = seance.participations.select_related("membre").order_by("membre__nom")
    seance.proces_verbal = documents.request(
        PROCES_VERBAL,
        sujet=seance,
        titre=f"Procès-verbal — {seance.intitule}",
        cle=f"{PROCES_VERBAL}:{seance.pk}",
        donnees={
            "intitule": seance.intitule,
            "tenue_le": seance.tenue_le,
            "ouverte_le": seance.ouverte_le,
            "close_le": seance.close_le,
            "lieu": seance.lieu,
            "quorum": seance.quorum,
            "presents": [ligne.membre.nom_complet for ligne in participations if ligne.present],
            "absents": [ligne.membre.nom_complet for ligne in participations if not ligne.present],
            "classement": seance.classement,
            "empreinte_classement": seance.empreinte_classement,
            "dossiers": [_minutes_row(inscription) for inscription in inscriptions],
        },
    )
    seance.save(update_fields=["proces_verbal"])
    return seance.proces_verbal


def _minutes_row(inscription: Any) -> dict[str, Any]:
    decision = inscription.decisions.first()
    return {
        "reference": inscription.candidature.reference,
        "intitule": inscription.candidature.intitule,
        "structure": inscription.candidature.structure.raison_sociale,
        "votes": count_votes(inscription),
        "decision": decision.get_nature_display() if decision else "Sans décision (dossier retiré)",
        "motifs": decision.motifs if decision else "",
    }
