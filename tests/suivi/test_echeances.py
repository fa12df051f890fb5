"""Every obligation of DOMAIN §9, at its date (R26); what moves it, meets it and closes it."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labellisation.domain.label import activate_label, withdraw_label
from labellisation.models import Label
from socle import echeances as socle_echeances
from socle.models import Echeance
from suivi import echeances as genres
from suivi.domain import sessions
from suivi.domain.espace import confirm_space
from tests.candidatures import fabriques as candidatures
from tests.labellisation import fabriques as labellisation
from tests.suivi import fabriques

pytestmark = [pytest.mark.django_db, pytest.mark.regle("R26")]


def dates(label: Label, genre: str) -> list[date]:
    """Return the dates of the obligations of one kind, in order."""
    return list(
        Echeance.objects.filter(chaine=label.chaine_journal, genre=genre)
        .order_by("due")
        .values_list("due", flat=True)
    )


# --- Created by the signature ------------------------------------------------------------------


def test_given_a_signed_convention_then_every_obligation_of_the_label_stands_at_its_date() -> None:
    label = fabriques.label()

    assert {genre.code: dates(label, genre.code) for genre in genres.GENRES} == {
        genres.PREMIERE_SESSION: [date(2022, 1, 4)],
        genres.SESSION_PREVUE: [date(2021, 11, 15), date(2022, 11, 14), date(2023, 11, 13)],
        genres.SESSION_A_REDATER: [],
        genres.SESSION_ANNUELLE: [date(2022, 10, 3), date(2023, 10, 3), date(2024, 10, 3)],
        genres.APPRENANTS_CONVENTION: [],
        genres.ESPACE: [date(2022, 1, 4)],
        genres.ATTESTATION: [],
        genres.FICHE_SUIVI: [],
        genres.SITUATION_3: [],
        genres.SITUATION_6: [],
        genres.RAPPORT_ANNUEL: [date(annee, 1, 31) for annee in (2022, 2023, 2024, 2025)],
        genres.CARIF_OREF: [date(2021, 11, 14), date(2022, 11, 13), date(2023, 11, 12)],
        genres.MON_COMPTE_FORMATION: [date(2021, 11, 14), date(2022, 11, 13), date(2023, 11, 12)],
        genres.KAIROS: [],
        genres.AUDIT_QUALIOPI: [],
        # The certificate ends inside the label, the certifier's agreement after it.
        genres.QUALITE: [date(2024, 6, 30)],
        genres.ACCORD_CERTIFICATION: [],
        genres.ENREGISTREMENT: [],
        # Six months after the attestations of 25 May.
        genres.ATTESTATIONS_SOCIALES: [date(2021, 11, 25)],
        genres.CONTROLE_SOUS_TRAITANT: [],
        genres.ASSIDUITE_CROUS: [],
    }
    lignes = Echeance.objects.filter(chaine=label.chaine_journal)
    assert {(ligne.responsable_genre, ligne.responsable_id) for ligne in lignes} == {
        ("comptes.structure", label.structure_id)
    }
    assert all(ligne.regle for ligne in lignes)


def test_given_the_annual_report_then_it_is_due_on_31_january_and_its_reminders_count_from_the_30th() -> None:
    label = fabriques.label()

    rapport = fabriques.echeance(genres.RAPPORT_ANNUEL, label, "2021")

    # 31 January 2022 is a Monday, the 30th a Sunday: neither moves (R6).
    assert (rapport.due, rapport.rappel_compte_de) == (date(2022, 1, 31), date(2022, 1, 30))
    assert rapport.prochain_rappel == date(2021, 12, 31)
    assert "conserver le label" in rapport.libelle


def test_given_a_label_that_begins_on_1_january_then_three_reports_and_no_fourth() -> None:
    label = fabriques.label(date(2022, 1, 1))

    assert label.fin == date(2024, 12, 31)
    assert dates(label, genres.RAPPORT_ANNUEL) == [date(annee, 1, 31) for annee in (2023, 2024, 2025)]


def test_given_a_label_signed_on_a_leap_day_then_its_years_end_on_28_february() -> None:
    label = fabriques.label(date(2024, 2, 29))

    assert label.fin == date(2027, 2, 28)
    assert dates(label, genres.SESSION_ANNUELLE) == [
        date(2025, 2, 28),
        date(2026, 2, 28),
        date(2027, 2, 28),
    ]


def test_given_a_label_signed_on_1_march_then_the_year_before_a_leap_day_ends_on_it() -> None:
    label = Label(debut=date(2023, 3, 1), fin=date(2026, 2, 28))

    assert [genres.label_year_end(label, annee) for annee in (1, 2, 3)] == [
        date(2024, 2, 29),
        date(2025, 2, 28),
        date(2026, 2, 28),
    ]


def test_given_a_year_long_formation_then_the_number_of_the_convention_replaces_the_yearly_sessions() -> None:
    def un_an(contenu: Any) -> None:
        contenu["programme"][0]["duree_mois"] = 12

    label = fabriques.label(change=un_an)

    assert dates(label, genres.SESSION_ANNUELLE) == []
    assert dates(label, genres.APPRENANTS_CONVENTION) == [label.fin]
    assert (
        fabriques.echeance(genres.APPRENANTS_CONVENTION, label).detail
        == "Développement web inclusif, 90 apprenants"
    )


def test_given_a_subcontractor_then_its_control_is_due_each_year_of_the_label() -> None:
    label = fabriques.label()
    depot = label.candidature.depots.latest("numero")
    depot.instantane["structure"]["sous_traitance"] = True
    type(depot).objects.filter(pk=depot.pk).update(instantane=depot.instantane)

    genres.create_for_label(label)

    assert dates(label, genres.CONTROLE_SOUS_TRAITANT) == [
        date(2022, 10, 3),
        date(2023, 10, 3),
        date(2024, 10, 3),
    ]


@pytest.mark.regle("R24")
def test_given_a_conditional_label_then_the_audit_is_due_at_the_date_of_the_decision() -> None:
    label = labellisation.label_sous_condition(debut=fabriques.DEBUT)

    audit = fabriques.echeance(genres.AUDIT_QUALIOPI, label)

    attendu = "Développement web inclusif, Obtenir la certification Qualiopi"
    assert (audit.due, audit.detail) == (label.condition_avant, attendu)


def test_given_a_label_already_active_when_activated_again_then_no_obligation_doubles() -> None:
    label = fabriques.label()
    avant = Echeance.objects.count()

    assert activate_label(convention=label.convention) == label
    genres.create_for_label(label)

    assert Echeance.objects.count() == avant


# --- Holidays of the place (R6) ----------------------------------------------------------------


@pytest.mark.regle("R6")
@pytest.mark.parametrize(
    ("commune", "due"),
    [
        (("59512", "Roubaix", "32"), date(2022, 4, 15)),
        # Good Friday in Alsace, then the week-end and Easter Monday.
        (("67482", "Strasbourg", "44"), date(2022, 4, 19)),
    ],
)
def test_given_a_month_that_ends_on_good_friday_then_the_site_decides(
    commune: tuple[str, str, str], due: date, aller: Any
) -> None:
    def ailleurs(contenu: Any) -> None:
        contenu["formation"][1][0]["commune"] = candidatures.commune(*commune)

    label = fabriques.label(change=ailleurs)
    aller(date(2022, 3, 15))
    session = sessions.plan_session(
        label=label,
        debut=date(2022, 3, 15),
        fin=date(2022, 9, 15),
        places=12,
        acteur=fabriques.porteur(label),
    )

    sessions.start_session(session=session, jour=date(2022, 3, 15), acteur=fabriques.porteur(label))

    assert fabriques.echeance(genres.ATTESTATION, session).due == due


# --- Start and end of a session ------------------------------------------------------------------


def test_given_a_started_session_then_what_it_asks_for_stands_at_its_dates(jour_1: date) -> None:
    label = fabriques.label()

    session = fabriques.demarrer(label)

    ouvertes = socle_echeances.of_subject(session).open()
    assert {ligne.genre: ligne.due for ligne in ouvertes} == {
        genres.CARIF_OREF: date(2021, 11, 14),
        genres.MON_COMPTE_FORMATION: date(2021, 11, 14),
        genres.KAIROS: date(2021, 11, 15),
        genres.ATTESTATION: date(2021, 12, 15),
        # The session ends on 10 June 2022; 10 July is a Sunday.
        genres.FICHE_SUIVI: date(2022, 7, 11),
        genres.ASSIDUITE_CROUS: date(2022, 7, 11),
        genres.SITUATION_3: date(2022, 10, 10),
        genres.SITUATION_6: date(2023, 1, 10),
    }
    assert not fabriques.echeance(genres.SESSION_PREVUE, session).est_ouverte
    assert not fabriques.echeance(genres.PREMIERE_SESSION, label).est_ouverte


def test_given_a_real_end_then_the_end_list_and_the_situations_are_dated_anew(aller: Any) -> None:
    label = fabriques.label()
    aller(fabriques.SESSION_1)
    session = fabriques.demarrer(label)
    aller(date(2022, 8, 31))

    sessions.end_session(session=session, jour=date(2022, 8, 31), acteur=fabriques.porteur(label))

    assert fabriques.echeance(genres.FICHE_SUIVI, session).due == date(2022, 9, 30)
    # +3 months: 30 November, a fact at its day; a month to declare it: 30 December, a Friday.
    assert fabriques.echeance(genres.SITUATION_3, session).due == date(2022, 12, 30)
    # +6 months: 28 February; + 1 month: 28 March.
    assert fabriques.echeance(genres.SITUATION_6, session).due == date(2023, 3, 28)


def test_given_a_start_declared_late_then_the_obligation_was_met_on_the_real_day(aller: Any) -> None:
    label = fabriques.label()
    aller(date(2022, 1, 20))

    session = fabriques.demarrer(label)

    prevue = fabriques.echeance(genres.SESSION_PREVUE, session)
    premiere = fabriques.echeance(genres.PREMIERE_SESSION, label)
    assert premiere.due == date(2022, 1, 4)
    assert {ligne.remplie_le.date() for ligne in (prevue, premiere) if ligne.remplie_le} == {
        date(2021, 11, 15)
    }
    label.bilan.refresh_from_db()
    # In time: both starts. Late: CARIF-OREF, Mon Compte Formation, KAIROS, the attestation of start,
    # the tax and social attestations, the space.
    assert (label.bilan.remplies, label.bilan.remplies_en_retard, label.bilan.en_retard) == (2, 0, 6)


def test_given_a_start_before_the_planned_day_then_the_references_are_due_before_the_real_day(
    aller: Any,
) -> None:
    label = fabriques.label()
    aller(date(2021, 11, 8))

    session = fabriques.demarrer(label, jour=date(2021, 11, 8))

    assert fabriques.echeance(genres.CARIF_OREF, session).due == date(2021, 11, 7)
    assert fabriques.echeance(genres.ATTESTATION, session).due == date(2021, 12, 8)


# --- Postponement --------------------------------------------------------------------------------


@pytest.mark.regle("R25")
def test_given_a_postponement_then_the_session_moves_and_the_first_session_stays() -> None:
    label = fabriques.label()
    session = fabriques.session(label)
    premiere = fabriques.echeance(genres.PREMIERE_SESSION, label).due

    sessions.postpone_session(
        session=session, nouveau_debut=date(2022, 1, 15), motif="Travaux", acteur=fabriques.porteur(label)
    )

    assert fabriques.echeance(genres.SESSION_PREVUE, session).due == date(2022, 1, 15)
    assert fabriques.echeance(genres.CARIF_OREF, session).due == date(2022, 1, 14)
    assert fabriques.echeance(genres.MON_COMPTE_FORMATION, session).due == date(2022, 1, 14)
    assert fabriques.echeance(genres.PREMIERE_SESSION, label).due == premiere == date(2022, 1, 4)


# --- Met and closed --------------------------------------------------------------------------------


def test_given_references_when_recorded_then_each_meets_its_own_obligation(jour_1: date) -> None:
    label = fabriques.label()
    session, acteur = fabriques.session(label), fabriques.porteur(label)

    sessions.record_references(session=session, acteur=acteur, carif_oref="CO-1")
    assert fabriques.echeance(genres.CARIF_OREF, session).remplie_le
    assert fabriques.echeance(genres.MON_COMPTE_FORMATION, session).est_ouverte

    # Declared in KAIROS on the day of the start, before the start is declared here.
    sessions.record_references(
        session=session,
        acteur=acteur,
        carif_oref="CO-1",
        mon_compte_formation="MCF-1",
        entrees_kairos_le=jour_1,
    )
    sessions.start_session(session=session, jour=jour_1, acteur=acteur)
    assert fabriques.echeance(genres.MON_COMPTE_FORMATION, session).remplie_le
    assert fabriques.echeance(genres.KAIROS, session).remplie_le


def test_given_an_attestation_then_its_document_meets_the_obligation(jour_1: date) -> None:
    session = fabriques.demarrer(fabriques.label())
    fabriques.inscrire(session)

    attestation = fabriques.attester(session)

    echeance = fabriques.echeance(genres.ATTESTATION, session)
    assert (echeance.preuve_genre, echeance.preuve_id) == ("socle.document", attestation.document_id)


def test_given_a_confirmation_in_its_month_then_it_is_met_and_the_next_one_stands(aller: Any) -> None:
    label = fabriques.label()
    aller(date(2021, 12, 20))

    confirm_space(label=label, acteur=fabriques.porteur(label))

    assert fabriques.echeance(genres.ESPACE, label, "1").remplie_le
    # 20 March 2022 is a Sunday.
    assert fabriques.echeance(genres.ESPACE, label, "2").due == date(2022, 3, 21)


def test_given_confirmations_every_day_then_the_record_does_not_swell(aller: Any) -> None:
    label = fabriques.label()
    for jour in (5, 6, 7):
        aller(date(2021, 10, jour))
        confirm_space(label=label, acteur=fabriques.porteur(label))

    assert dates(label, genres.ESPACE) == [date(2022, 1, 7)]
    label.bilan.refresh_from_db()
    assert label.bilan.remplies == 0


def test_given_the_last_months_of_a_label_then_a_confirmation_meets_the_last_obligation(aller: Any) -> None:
    label = fabriques.label()
    derniere = fabriques.echeance(genres.ESPACE, label, "1")
    socle_echeances.create(
        genres.ESPACE,
        sujet=label,
        due=date(2024, 9, 20),
        responsable=derniere.responsable,
        cle="1",
        chaine=label.chaine_journal,
    )
    aller(date(2024, 7, 8))

    confirm_space(label=label, acteur=fabriques.porteur(label))

    assert fabriques.echeance(genres.ESPACE, label, "1").remplie_le
    assert len(dates(label, genres.ESPACE)) == 1


def test_given_a_cancelled_session_then_its_obligations_are_closed_and_the_others_stay() -> None:
    label = fabriques.label()
    session = fabriques.session(label)

    sessions.cancel_session(session=session, acteur=fabriques.porteur(label))

    assert socle_echeances.of_subject(session).count() == 3
    assert not socle_echeances.of_subject(session).open().exists()
    assert socle_echeances.of_subject(fabriques.session(label, 1)).open().count() == 3
    assert fabriques.echeance(genres.PREMIERE_SESSION, label).est_ouverte


def test_given_a_withdrawn_label_then_only_begun_sessions_go_on(jour_1: date) -> None:
    label = fabriques.label()
    en_cours = fabriques.demarrer(label)
    attendues = socle_echeances.of_subject(en_cours).open().count()
    assert attendues == 8

    withdraw_label(label=label, acteur=labellisation.direction(), motifs="Manquements graves.")

    assert not socle_echeances.of_subject(label).open().exists()
    assert not socle_echeances.of_subject(fabriques.session(label, 1)).open().exists()
    assert socle_echeances.of_subject(en_cours).open().count() == attendues
    label.refresh_from_db()
    with pytest.raises(sessions.SessionRefusee, match="retiré"):
        fabriques.demarrer(label, 1, jour_1)


# --- The record of criterion 8 ---------------------------------------------------------------------


def test_given_obligations_met_late_and_in_time_then_the_record_counts_them(aller: Any) -> None:
    label = fabriques.label()
    label.bilan.refresh_from_db()
    toutes = Echeance.objects.filter(chaine=label.chaine_journal, genre__startswith="suivi.").count()
    assert (label.bilan.obligations, label.bilan.remplies, label.bilan.en_retard) == (toutes, 0, 0)
    acteur, session = fabriques.porteur(label), fabriques.session(label)
    aller(date(2021, 11, 14))
    sessions.record_references(session=session, acteur=acteur, carif_oref="CO-1")
    aller(date(2021, 11, 15))
    sessions.record_references(session=session, acteur=acteur, mon_compte_formation="MCF-1")

    label.bilan.refresh_from_db()
    bilan = (label.bilan.remplies, label.bilan.remplies_en_retard, label.bilan.en_retard)
    assert bilan == (1, 1, 0)


def test_given_days_that_pass_then_the_sweep_counts_the_new_lateness_once_a_day(aller: Any) -> None:
    from suivi.domain.bilan import refresh_records

    label = fabriques.label()
    aller(date(2021, 11, 15))
    assert refresh_records() == 1
    label.bilan.refresh_from_db()
    assert label.bilan.en_retard == 2
    assert refresh_records() == 0
    aller(date(2021, 11, 16), 0, 1)
    assert refresh_records() == 1
    label.bilan.refresh_from_db()
    assert label.bilan.en_retard == 3


def test_given_a_label_when_activated_then_its_record_is_counted_once(aller: Any) -> None:
    convention = labellisation.convention_a_signer()
    labellisation.signer(convention)
    aller(fabriques.DEBUT)

    with CaptureQueriesContext(connection) as captees:
        labellisation.signer(convention, labellisation.GEN)

    textes = [ligne["sql"] for ligne in captees.captured_queries]
    comptages = [sql for sql in textes if "remplies_en_retard" in sql and sql.startswith("SELECT COUNT(")]
    assert len(comptages) == 1
    assert len([sql for sql in textes if sql.startswith("INSERT") and "socle_echeance" in sql]) == 20
