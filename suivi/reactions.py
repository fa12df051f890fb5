"""What follows an event, in its transaction: obligations, documents, the label's record."""

from typing import Any

from labellisation.models import Label
from socle import echeances as socle_echeances
from socle.models import Echeance
from socle.reactions import on
from socle.references import reference
from suivi import echeances, pdf
from suivi.domain.bilan import refresh_record
from suivi.domain.sessions import plan_dossier_sessions
from suivi.models import Session


@on("label.actif")
def open_follow_up(evenement: Any, label: Label) -> None:
    echeances.create_for_label(label)
    plan_dossier_sessions(label=label)


@on("label.retire")
def close_label_obligations(evenement: Any, label: Label) -> None:
    """Learners in progress keep their rights: obligations of begun sessions outlive the label."""
    socle_echeances.close(sujet=label, motif="Label retiré")


@on("session.prevue")
def date_session(evenement: Any, session: Session) -> None:
    echeances.create_for_session(session)


@on("session.reportee")
def date_session_anew(evenement: Any, session: Session) -> None:
    echeances.create_for_session(session)


@on("session.demarree")
def follow_started_session(evenement: Any, session: Session) -> None:
    preuve = reference(session)
    socle_echeances.fulfil(echeances.SESSION_PREVUE, sujet=session, preuve=preuve)
    socle_echeances.fulfil(echeances.PREMIERE_SESSION, sujet=session.label, preuve=preuve)
    echeances.create_at_start(session)


@on("session.terminee")
def follow_ended_session(evenement: Any, session: Session) -> None:
    echeances.create_at_end(session)


@on("session.annulee")
def close_session_obligations(evenement: Any, session: Session) -> None:
    socle_echeances.close(sujet=session, motif="Session annulée")


@on("session.attestee")
def meet_attestation(evenement: Any, session: Session) -> None:
    document = pdf.request_attestation(session.attestation)
    socle_echeances.fulfil(echeances.ATTESTATION, sujet=session, preuve=reference(document))


@on("session.referencee")
def meet_references(evenement: Any, session: Session) -> None:
    donnees = {
        echeances.CARIF_OREF: session.carif_oref,
        echeances.MON_COMPTE_FORMATION: session.mon_compte_formation,
        echeances.KAIROS: session.entrees_kairos_le,
    }
    for genre, valeur in donnees.items():
        if valeur:
            socle_echeances.fulfil(genre, sujet=session, preuve=reference(session))


@on("label.espace_confirme")
def meet_confirmation(evenement: Any, label: Label) -> None:
    ouvertes = Echeance.objects.open().about(reference(label)).filter(genre=echeances.ESPACE)
    for echeance in ouvertes:
        socle_echeances.fulfil(echeances.ESPACE, sujet=label, cle=echeance.cle, preuve=reference(label))
        echeances.create_next_confirmation(label, int(echeance.cle) + 1)


@on("echeance.creee")
@on("echeance.redatee")
@on("echeance.remplie")
@on("echeance.levee")
@on("echeance.close")
def push_record(evenement: Any, echeance: Echeance) -> None:
    """Keep the record that criterion 8 reads without looking up (R15, criterion 8)."""
    if echeance.genre.startswith("suivi."):
        refresh_record(echeances.label_of(echeance))
