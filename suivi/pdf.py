"""The documents of the follow-up: their frozen data, and who reads them."""

from typing import Any

from labellisation.models import Label
from socle import documents, fichiers
from socle.models import Document
from socle.references import Reference, resolve
from suivi.domain.obligations import POLITIQUE_PREUVE
from suivi.models import AttestationDemarrage, Session

ATTESTATION = "suivi.attestation_demarrage"


def register() -> None:
    """Register the kinds of documents and their policies."""
    documents.register(
        ATTESTATION, gabarit="pdf/attestation_demarrage.html", version=1, politique=ATTESTATION
    )
    fichiers.register_policy(ATTESTATION, _reads_attestation)
    fichiers.register_policy(POLITIQUE_PREUVE, _reads_proof)


def _reads_attestation(user: Any, fichier: Any) -> bool:
    attestation = resolve(Reference(fichier.proprietaire_genre, fichier.proprietaire_id))
    if not isinstance(attestation, AttestationDemarrage):
        return False
    # A declared link hides the session, hence its list, from the direction too (R36).
    visibles = Session.objects.visible_to(user).filter(pk=attestation.session_id)
    return visibles.exists() and user.has_perm("suivi.read_learners", attestation.session)


def _reads_proof(user: Any, fichier: Any) -> bool:
    """A document that GEN received: the porteur, its bodies and the direction."""
    label = resolve(Reference(fichier.proprietaire_genre, fichier.proprietaire_id))
    if not isinstance(label, Label) or not Label.objects.visible_to(user).filter(pk=label.pk).exists():
        return False
    return bool(user.has_perm("suivi.read_learners", label))


def request_attestation(attestation: AttestationDemarrage) -> Document:
    """Ask for the attestation's PDF. It counts learners and prints the list's hash: no name in it."""
    session = attestation.session
    label = session.label
    attestation.document = documents.request(
        ATTESTATION,
        sujet=attestation,
        titre=f"Attestation de démarrage — session {session.numero}",
        cle=f"{ATTESTATION}:{attestation.pk}",
        donnees={
            "intitule": label.intitule,
            "structure": label.structure.raison_sociale,
            "siret": label.structure.siret,
            "convention": label.convention.numero,
            "session": session.numero,
            "debut": session.debut,
            "fin": session.fin,
            "lieu": session.lieu,
            "inscrits": attestation.inscrits,
            "empreinte_liste": attestation.empreinte_liste,
            "transmise_le": attestation.transmise_le,
            "transmise_par": attestation.transmise_par.nom_complet,
        },
    )
    attestation.save(update_fields=["document"])
    return attestation.document
