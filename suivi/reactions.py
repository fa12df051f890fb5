"""What follows an event, in its transaction: obligations, documents, the label's record."""

from datetime import date, datetime
from typing import Any

from django.conf import settings

from labellisation.models import Label
from socle import echeances as socle_echeances
from socle import horloge
from socle.models import Echeance
from socle.reactions import on
from socle.references import Reference, reference
from suivi import cycle, echeances, pdf
from suivi.domain.bilan import note_change, one_refresh
from suivi.domain.obligations import gen_public_of, learners_trained
from suivi.domain.sessions import plan_dossier_sessions
from suivi.models import AttestationDemarrage, Session


@on("label.actif")
@one_refresh()
def open_follow_up(evenement: Any, label: Label) -> None:
    echeances.create_for_label(label)
    plan_dossier_sessions(label=label)


@on("label.condition_levee")
def meet_audit(evenement: Any, label: Label) -> None:
    socle_echeances.fulfil(echeances.AUDIT_QUALIOPI, sujet=label, preuve=reference(label))


@on("label.retire")
@one_refresh()
def close_label_obligations(evenement: Any, label: Label) -> None:
    """Learners in progress keep their rights: obligations of begun sessions outlive the label."""
    socle_echeances.close(sujet=label, motif="Label retiré")
    for session in label.sessions.filter(etat=cycle.PLANIFIEE).order_by("pk"):
        socle_echeances.close(sujet=session, motif="Label retiré")


@on("session.prevue")
@one_refresh()
def date_session(evenement: Any, session: Session) -> None:
    echeances.create_for_session(session)


@on("session.redatee")
@one_refresh()
def date_session_at_last(evenement: Any, session: Session) -> None:
    socle_echeances.fulfil(echeances.SESSION_A_REDATER, sujet=session, preuve=reference(session))
    echeances.create_for_session(session)


@on("session.reportee")
@one_refresh()
def date_session_anew(evenement: Any, session: Session) -> None:
    echeances.create_for_session(session)


@on("session.demarree")
@one_refresh()
def follow_started_session(evenement: Any, session: Session) -> None:
    """The start counts on its own day, even if it is declared later; references follow the real day."""
    preuve, instant = reference(session), _on_day(session.debut)
    socle_echeances.fulfil(echeances.SESSION_PREVUE, sujet=session, preuve=preuve, instant=instant)
    socle_echeances.fulfil(echeances.PREMIERE_SESSION, sujet=session.label, preuve=preuve, instant=instant)
    echeances.create_for_session(session)
    echeances.create_at_start(session)
    _meet_references(session)


@on("session.terminee")
@one_refresh()
def follow_ended_session(evenement: Any, session: Session) -> None:
    echeances.create_at_end(session)
    if AttestationDemarrage.objects.filter(session=session).exists():
        # Learners may have joined since the attestation.
        _meet_volumes(session, preuve=reference(session))


@on("session.annulee")
@one_refresh()
def close_session_obligations(evenement: Any, session: Session) -> None:
    socle_echeances.close(sujet=session, motif="Session annulée")


@on("session.attestee")
@one_refresh()
def meet_attestation(evenement: Any, session: Session) -> None:
    document = pdf.request_attestation(session.attestation)
    socle_echeances.fulfil(echeances.ATTESTATION, sujet=session, preuve=reference(document))
    _meet_volumes(session, preuve=reference(document))


def _meet_volumes(session: Session, preuve: Reference) -> None:
    """Meet criterion 6: the session of the label's year with its ten people, or the convention's number."""
    label = session.label
    annee = echeances.label_year_of(label, session.debut)
    if annee and gen_public_of(session) >= settings.GEN_REGLES["apprenants_minimum_par_session"]:
        socle_echeances.fulfil(echeances.SESSION_ANNUELLE, sujet=label, cle=str(annee), preuve=preuve)
    a_former = label.convention.apprenants_a_former
    if a_former and learners_trained(label) >= a_former:
        socle_echeances.fulfil(echeances.APPRENANTS_CONVENTION, sujet=label, preuve=preuve)


@on("session.referencee")
@one_refresh()
def meet_references(evenement: Any, session: Session) -> None:
    _meet_references(session)


def _meet_references(session: Session) -> None:
    donnees = {
        echeances.CARIF_OREF: session.carif_oref,
        echeances.MON_COMPTE_FORMATION: session.mon_compte_formation,
        echeances.KAIROS: session.entrees_kairos_le,
    }
    for genre, valeur in donnees.items():
        if valeur:
            instant = _on_day(valeur) if genre == echeances.KAIROS else None
            socle_echeances.fulfil(genre, sujet=session, preuve=reference(session), instant=instant)


def _on_day(jour: date) -> datetime:
    """Return an instant of a day gone by, or now."""
    return min(horloge.now(), horloge.at_paris(jour, 12))


@on("label.espace_confirme")
@one_refresh()
def meet_confirmation(evenement: Any, label: Label) -> None:
    """A confirmation in the month before its date meets the obligation; an earlier one dates it anew.

    Else confirming every day would fill the label's record with obligations met.
    """
    ouvertes = Echeance.objects.open().about(reference(label)).filter(genre=echeances.ESPACE)
    for echeance in ouvertes:
        if echeances.is_early(echeance, label):
            echeances.create_confirmation(label, int(echeance.cle))
        else:
            socle_echeances.fulfil(echeances.ESPACE, sujet=label, cle=echeance.cle, preuve=reference(label))
            echeances.create_confirmation(label, int(echeance.cle) + 1)


@on("echeance.creee")
@on("echeance.redatee")
@on("echeance.remplie")
@on("echeance.levee")
@on("echeance.close")
def push_record(evenement: Any, echeance: Echeance) -> None:
    """Keep the record that criterion 8 reads without looking up (R15, criterion 8)."""
    if echeance.genre.startswith("suivi."):
        note_change(echeance.chaine)
