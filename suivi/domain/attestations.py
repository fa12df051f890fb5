"""The attestation of a session's real start, with its list of learners (CdC 4)."""

from typing import Any

from django.db import transaction

from socle import horloge, journal
from socle.canonique import fingerprint
from socle.erreurs import ActeurRefuse, ErreurMetier
from socle.transition import lock
from suivi import cycle
from suivi.models import Apprenant, AttestationDemarrage, Session

#: What the list says of each person when it is handed in.
CHAMPS_LISTE = ("nom", "prenoms", "rue", "code_postal", "commune_id", "entree")


class TransmissionRefusee(ErreurMetier):
    """The attestation can't be handed in yet, or was already."""


@transaction.atomic
def transmit_attestation(*, session: Session, acteur: Any) -> AttestationDemarrage:
    """Hand in the attestation with the list of enrolled learners; only the porteur does (DOMAIN §1).

    Effects: the attestation with the list's SHA-256, event ``session.attestee`` (by reaction, the
    PDF is made and the obligation met). Errors: ``ActeurRefuse``; ``TransmissionRefusee`` before
    the start, with an empty list, or a second time.
    """
    if not acteur.has_perm("suivi.transmit_session", session):
        raise ActeurRefuse("Seul un responsable du porteur de projet transmet l’attestation.")
    label = session.label
    lock(session)
    session.label = label
    if session.etat not in (cycle.DEMARREE, cycle.TERMINEE):
        raise TransmissionRefusee("Déclarez d’abord le démarrage de la session.")
    if AttestationDemarrage.objects.filter(session=session).exists():
        raise TransmissionRefusee("L’attestation de cette session est déjà transmise.")
    apprenants = list(session.apprenants.all())
    if not apprenants:
        raise TransmissionRefusee("Inscrivez d’abord les apprenants de la session.")
    attestation = AttestationDemarrage.objects.create(
        session=session,
        transmise_le=horloge.now(),
        transmise_par=acteur,
        inscrits=len(apprenants),
        empreinte_liste=list_fingerprint(apprenants),
    )
    journal.record(
        "session.attestee",
        sujet=session,
        acteur=acteur,
        donnees={
            "numero": session.numero,
            "inscrits": attestation.inscrits,
            "empreinte": attestation.empreinte_liste,
        },
        visibilite=journal.Visibilite.PORTEUR,
    )
    return attestation


def list_fingerprint(apprenants: list[Apprenant]) -> str:
    """Return the SHA-256 of a list as it is handed in, whatever the order of its rows."""
    lignes = [{champ: getattr(ligne, champ) for champ in CHAMPS_LISTE} for ligne in apprenants]
    return fingerprint(sorted(lignes, key=lambda ligne: str(sorted(ligne.items(), key=str))))
