"""Sessions of a labelled formation: planned, postponed, started, ended (CdC 3a, 4; R22b, R26)."""

from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from labellisation import cycle as cycle_label
from labellisation.domain import convention as conventions
from labellisation.models import Label
from socle import horloge, journal
from socle.delais import add_months
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier
from socle.references import SYSTEME, Acteur, Systeme
from socle.transition import lock, transition
from suivi import cycle
from suivi.domain.nir import SANS_NIR, contains_nir
from suivi.models import ReportSession, Session


class SessionRefusee(ErreurMetier):
    """An act that the session's dates or state don't allow."""


@transaction.atomic
def plan_dossier_sessions(*, label: Label) -> list[Session]:
    """Plan the sessions that the convention names (R22b, §9).

    One named with its date keeps it, even if the signature comes later; one named « à redater » waits
    for its new date (:func:`redate_session`); one that would begin after the convention's end is named
    there as not covered. Effects: the sessions PLANIFIEE, event ``session.prevue`` of each (by reaction,
    its obligations). Called by the reaction on ``label.actif``.
    """
    return [
        _create(
            label,
            SYSTEME,
            debut=date.fromisoformat(ligne["debut"]),
            fin=max(date.fromisoformat(ligne["debut"]), date.fromisoformat(ligne["fin"])),
            lieu=ligne.get("lieu", ""),
            mode=ligne.get("mode", ""),
            # A dossier deposited with a row of no place must not stop the signature of its convention.
            places=ligne.get("places") or 1,
            a_redater=ligne.get("situation") == conventions.A_REDATER,
        )
        for ligne in label.convention.donnees["sessions"]
        if ligne.get("debut") and ligne.get("fin") and date.fromisoformat(ligne["debut"]) <= label.fin
    ]


@transaction.atomic
def plan_session(
    *, label: Label, debut: date, fin: date, places: int, acteur: Acteur, lieu: str = "", mode: str = ""
) -> Session:
    """Plan a session inside the label.

    Effects: session PLANIFIEE, event ``session.prevue`` (by reaction, its obligations). Errors:
    ``ActeurRefuse``; ``DonneesInvalides`` for dates outside the label or out of order.
    """
    _demand(acteur, "suivi.prepare_session", label)
    lock(label)
    _refuse_if_withdrawn(label)
    erreurs: dict[str, list[str]] = {}
    if not label.debut <= debut <= label.fin:
        erreurs["debut"] = [f"La session commence pendant la convention, du {_period(label)}."]
    if fin < debut:
        erreurs["fin"] = ["La session finit après son début."]
    if places < 1:
        erreurs["places"] = ["Indiquez au moins une place."]
    if erreurs:
        raise DonneesInvalides(erreurs)
    return _create(label, acteur, debut=debut, fin=fin, lieu=lieu.strip(), mode=mode, places=places)


def _create(label: Label, acteur: Acteur, **valeurs: Any) -> Session:
    numero = (label.sessions.aggregate(dernier=Max("numero"))["dernier"] or 0) + 1
    debut, fin = valeurs["debut"], valeurs["fin"]
    session = Session.objects.create(label=label, numero=numero, debut_reference=debut, **valeurs)
    _record(session, "session.prevue", acteur, debut=debut.isoformat(), fin=fin.isoformat())
    return session


@transaction.atomic
def redate_session(*, session: Session, debut: date, fin: date, acteur: Any) -> Session:
    """Give its date to a session that the convention names « à redater » (§9).

    The new date becomes its reference: it is no postponement. Effects: the dates, a ``ReportSession``
    that keeps the former one, event ``session.redatee`` (by reaction, its obligations). Errors:
    ``ActeurRefuse``; ``SessionRefusee`` for a session that has its date, or under a withdrawn label;
    ``DonneesInvalides`` for a day gone by, dates outside the label or out of order.
    """
    _demand(acteur, "suivi.prepare_session", session)
    _lock_with_label(session)
    label = session.label
    _refuse_if_withdrawn(label)
    if not (session.a_redater and session.etat == cycle.PLANIFIEE):
        raise SessionRefusee("Cette session a déjà sa date\u00a0: reportez-la plutôt.")
    erreurs: dict[str, list[str]] = {}
    if debut < horloge.today():
        erreurs["debut"] = ["Ce jour est déjà passé."]
    elif debut > label.fin:
        erreurs["debut"] = [f"La session commence pendant la convention, du {_period(label)}."]
    if fin < debut:
        erreurs["fin"] = ["La session finit après son début."]
    if erreurs:
        raise DonneesInvalides(erreurs)
    ancien = session.debut
    ReportSession.objects.create(
        session=session, ancien_debut=ancien, nouveau_debut=debut, motif="Date passée à la signature"
    )
    session.debut_reference, session.debut, session.fin, session.a_redater = debut, debut, fin, False
    session.save(update_fields=["debut_reference", "debut", "fin", "a_redater"])
    _record(session, "session.redatee", acteur, ancien=ancien.isoformat(), nouveau=debut.isoformat())
    return session


@transaction.atomic
def postpone_session(*, session: Session, nouveau_debut: date, motif: str, acteur: Any) -> ReportSession:
    """Postpone a session by two months at most, all postponements together (CdC 3a).

    Counted from the convention's date, else the dossier's. The end moves by as many days. This never
    extends the three months of the first session. Effects: a ``ReportSession``, event
    ``session.reportee`` (by reaction, its obligations are dated anew).
    """
    _demand(acteur, "suivi.prepare_session", session)
    _lock_with_label(session)
    _refuse_if_withdrawn(session.label)
    if session.etat != cycle.PLANIFIEE:
        raise SessionRefusee("Seule une session prévue peut être reportée.")
    _refuse_without_date(session)
    erreurs = _errors_of_postponement(session, nouveau_debut, motif)
    if erreurs:
        raise DonneesInvalides(erreurs)
    report = ReportSession.objects.create(
        session=session, ancien_debut=session.debut, nouveau_debut=nouveau_debut, motif=motif.strip()
    )
    session.fin += nouveau_debut - session.debut
    session.debut = nouveau_debut
    session.save(update_fields=["debut", "fin"])
    _record(
        session,
        "session.reportee",
        acteur,
        ancien=report.ancien_debut.isoformat(),
        nouveau=nouveau_debut.isoformat(),
    )
    return report


def latest_postponement(session: Session) -> date:
    """Return the last day to which a session may be postponed, all postponements together (CdC 3a)."""
    limite = add_months(session.debut_reference, settings.GEN_REGLES["report_maximum_mois"])
    return min(limite, session.label.fin)


def _errors_of_postponement(session: Session, nouveau_debut: date, motif: str) -> dict[str, list[str]]:
    erreurs: dict[str, list[str]] = {}
    limite = latest_postponement(session)
    if not motif.strip():
        erreurs["motif"] = ["Indiquez le motif du report."]
    elif contains_nir(motif):
        erreurs["motif"] = [SANS_NIR]
    if nouveau_debut <= session.debut:
        erreurs["nouveau_debut"] = [
            f"La nouvelle date vient après la date actuelle, le {session.debut:%d/%m/%Y}."
        ]
    elif nouveau_debut > limite:
        erreurs["nouveau_debut"] = [
            f"Cette session peut être reportée jusqu’au {limite:%d/%m/%Y}\u00a0: deux mois en tout après "
            f"la date de référence, le {session.debut_reference:%d/%m/%Y}, et pendant la convention."
        ]
    return erreurs


@transaction.atomic
def start_session(*, session: Session, jour: date, acteur: Any) -> Session:
    """Declare that a session really started on ``jour``.

    A session that the convention names with its date may have begun before the signature, from that
    date on (R22b). Effects: transition ``start_session``; by reaction, the attestation and the list are
    due one month later. Errors: ``ActeurRefuse``; ``SessionRefusee`` once the label is withdrawn or
    while the session waits for its date; ``DonneesInvalides`` for a day to come or outside the label.
    """
    _demand(acteur, "suivi.prepare_session", session)
    _lock_with_label(session)
    _refuse_if_withdrawn(session.label)
    if jour > horloge.today():
        raise DonneesInvalides({"jour": ["Ce jour n’est pas encore venu."]})
    _refuse_without_date(session)
    if not min(session.label.debut, session.debut_reference) <= jour <= session.label.fin:
        raise DonneesInvalides(
            {"jour": [f"La session commence pendant la convention, du {_period(session.label)}."]}
        )
    limite = add_months(session.debut_reference, settings.GEN_REGLES["report_maximum_mois"])
    transition(
        session,
        "start_session",
        acteur,
        valeurs={"debut": jour, "fin": max(session.fin, jour)},
        donnees={"jour": jour.isoformat(), "au_dela_du_report": jour > limite},
    )
    return session


@transaction.atomic
def end_session(*, session: Session, jour: date, acteur: Any) -> Session:
    """Declare the real end of a session, immersion included.

    Effects: transition ``end_session``; by reaction, the end list is due one month later.
    """
    _demand(acteur, "suivi.prepare_session", session)
    _lock_with_label(session)
    if jour > horloge.today():
        raise DonneesInvalides({"jour": ["Ce jour n’est pas encore venu."]})
    if jour < session.debut:
        raise DonneesInvalides({"jour": ["La session finit après son début."]})
    transition(session, "end_session", acteur, valeurs={"fin": jour}, donnees={"jour": jour.isoformat()})
    return session


@transaction.atomic
def cancel_session(*, session: Session, acteur: Any) -> Session:
    """Cancel a planned session: transition ``cancel_session``; its obligations close by reaction."""
    _lock_with_label(session)
    transition(session, "cancel_session", acteur)
    return session


@transaction.atomic
def record_references(
    *,
    session: Session,
    acteur: Any,
    carif_oref: str = "",
    mon_compte_formation: str = "",
    entrees_kairos_le: date | None = None,
) -> Session:
    """Record where the session is referenced (CdC 3b).

    Effects: event ``session.referencee`` (by reaction, the obligations of what is given are met).
    Errors: ``ActeurRefuse``; ``SessionRefusee`` for a cancelled session; ``DonneesInvalides`` for a
    day to come.
    """
    _demand(acteur, "suivi.prepare_session", session)
    _lock_with_label(session)
    if session.etat == cycle.ANNULEE:
        raise SessionRefusee("Cette session est annulée.")
    if entrees_kairos_le and entrees_kairos_le > horloge.today():
        raise DonneesInvalides({"entrees_kairos_le": ["Ce jour n’est pas encore venu."]})
    session.carif_oref = carif_oref.strip()
    session.mon_compte_formation = mon_compte_formation.strip()
    session.entrees_kairos_le = entrees_kairos_le
    session.save(update_fields=["carif_oref", "mon_compte_formation", "entrees_kairos_le"])
    _record(session, "session.referencee", acteur)
    return session


def _refuse_if_withdrawn(label: Label) -> None:
    if label.etat == cycle_label.RETIRE:
        raise SessionRefusee(
            "Le label est retiré\u00a0: aucune session ne peut plus commencer sous ce label."
        )


def _refuse_without_date(session: Session) -> None:
    if session.a_redater:
        raise SessionRefusee("Donnez d’abord sa nouvelle date à cette session.")


def _period(label: Label) -> str:
    return f"{label.debut:%d/%m/%Y} au {label.fin:%d/%m/%Y}"


def _lock_with_label(session: Session) -> None:
    label = session.label
    lock(session)
    session.label = label


def _demand(acteur: Acteur, permission: str, objet: Any) -> None:
    if not isinstance(acteur, Systeme) and not acteur.has_perm(permission, objet):
        raise ActeurRefuse("Votre rôle ne permet pas cet acte.")


def _record(session: Session, verbe: str, acteur: Acteur, **donnees: Any) -> None:
    journal.record(
        verbe,
        sujet=session,
        acteur=acteur,
        donnees={"numero": session.numero, **donnees},
        visibilite=journal.Visibilite.PORTEUR,
    )
