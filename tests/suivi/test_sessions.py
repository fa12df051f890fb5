"""Sessions: planned inside the label (R22b), postponed within two months (R25), started, ended."""

from datetime import date
from typing import Any

import pytest
import time_machine

from labellisation.domain import convention as conventions
from labellisation.models import Label
from socle import horloge, journal
from socle.erreurs import ActeurRefuse, DonneesInvalides, ErreurMetier, TransitionRefusee
from socle.models import Echeance
from socle.references import reference
from suivi import cycle
from suivi.domain import sessions
from suivi.domain.habilitations import HabilitationRefusee, authorize_body, withdraw_body
from tests.candidatures import fabriques as candidatures
from tests.comptes import fabriques as comptes
from tests.labellisation import fabriques as labellisation
from tests.suivi import fabriques

pytestmark = pytest.mark.django_db


def prevoir(label: Any, debut: date, fin: date = date(2025, 6, 1), **champs: Any) -> Any:
    """Plan a session as the porteur."""
    valeurs = {"places": 12, "acteur": fabriques.porteur(label), **champs}
    return sessions.plan_session(label=label, debut=debut, fin=fin, **valeurs)


# --- What the convention names ---------------------------------------------------------------
def signee_tard(etablie: date, signee: date) -> Label:
    """Return the label of a convention made on one day and signed on another."""
    with time_machine.travel(horloge.at_paris(etablie, 10), tick=False):
        convention = labellisation.convention_a_signer()
    with time_machine.travel(horloge.at_paris(signee, 10), tick=False):
        return labellisation.convention_signee(convention).label


@pytest.mark.regle("R22b")
def test_given_a_session_dated_between_the_making_and_the_signature_then_it_keeps_its_named_date() -> None:
    label = fabriques.label(date(2021, 12, 1))

    assert list(label.sessions.order_by("numero").values_list("numero", "debut", "a_redater")) == [
        (1, date(2021, 11, 15), False),
        (2, date(2022, 11, 14), False),
        (3, date(2023, 11, 13), False),
    ]


@pytest.mark.regle("R22b")
def test_given_a_named_session_begun_before_the_signature_then_it_may_start_from_its_date_not_the_eve(
    aller: Any,
) -> None:
    label = fabriques.label(date(2021, 12, 1))
    aller(date(2021, 12, 2))
    session = fabriques.session(label)
    porteur = fabriques.porteur(label)
    with pytest.raises(DonneesInvalides, match="pendant la convention"):
        sessions.start_session(session=session, jour=date(2021, 11, 14), acteur=porteur)
    sessions.start_session(session=session, jour=date(2021, 11, 15), acteur=porteur)
    assert (session.etat, session.debut) == (cycle.DEMARREE, date(2021, 11, 15))


@pytest.mark.regle("R22b")
@pytest.mark.parametrize(("etablie", "a_redater"), [(date(2021, 11, 15), False), (date(2021, 11, 16), True)])
def test_given_the_day_of_the_making_then_a_date_gone_by_is_named_to_be_dated_again(
    etablie: date, a_redater: bool
) -> None:
    label = signee_tard(etablie, date(2021, 11, 22))
    premiere = label.sessions.get(numero=1)
    assert premiere.a_redater is a_redater
    nommee = label.convention.donnees["sessions"][0]
    assert nommee["situation"] == ("A_REDATER" if a_redater else "PREVUE")
    genres = set(Echeance.objects.about(reference(premiere)).open().values_list("genre", flat=True))
    assert ("suivi.session_a_redater" in genres) is a_redater
    assert ("suivi.session_prevue" in genres) is not a_redater


@pytest.mark.regle("R22b", "R26")
def test_given_a_session_to_be_dated_again_then_it_waits_for_its_date_and_nothing_else(aller: Any) -> None:
    label = signee_tard(date(2021, 11, 16), date(2021, 11, 22))
    aller(date(2021, 11, 23))
    session, porteur = fabriques.session(label), fabriques.porteur(label)
    echeance = Echeance.objects.about(reference(session)).get(genre="suivi.session_a_redater")
    assert echeance.due == date(2022, 1, 24)  # 22 January is a Saturday
    for acte, valeurs in (
        (sessions.start_session, {"jour": date(2021, 11, 22)}),
        (sessions.postpone_session, {"nouveau_debut": date(2021, 12, 1), "motif": "Report."}),
    ):
        with pytest.raises(ErreurMetier, match="nouvelle date"):
            acte(session=session, acteur=porteur, **valeurs)

    with pytest.raises(DonneesInvalides) as refus:
        sessions.redate_session(
            session=session, debut=date(2021, 11, 22), fin=date(2021, 11, 21), acteur=porteur
        )
    assert set(refus.value.erreurs) == {"debut", "fin"}
    with pytest.raises(DonneesInvalides, match="pendant la convention"):
        sessions.redate_session(
            session=session, debut=date(2024, 11, 22), fin=date(2025, 1, 1), acteur=porteur
        )

    sessions.redate_session(session=session, debut=date(2022, 1, 10), fin=date(2022, 6, 10), acteur=porteur)
    session.refresh_from_db()
    assert (session.a_redater, session.debut, session.debut_reference) == (
        False,
        date(2022, 1, 10),
        date(2022, 1, 10),
    )
    echeance.refresh_from_db()
    assert echeance.remplie_le is not None
    prevue = Echeance.objects.about(reference(session)).get(genre="suivi.session_prevue")
    assert prevue.due == date(2022, 1, 10)
    assert sessions.latest_postponement(session) == date(2022, 3, 10)
    with pytest.raises(sessions.SessionRefusee, match="déjà sa date"):
        sessions.redate_session(
            session=session, debut=date(2022, 2, 1), fin=date(2022, 6, 10), acteur=porteur
        )


@pytest.mark.regle("R22b")
def test_given_a_session_that_begins_after_the_end_then_the_convention_says_that_it_is_not_covered() -> None:
    jour = date(2021, 9, 20)
    lignes = [
        {"debut": debut.isoformat(), "fin": "2025-06-01"} for debut in (date(2024, 9, 19), date(2024, 9, 20))
    ]
    assert [ligne["situation"] for ligne in conventions.named_sessions(lignes, jour)] == [
        "PREVUE",
        "HORS_DUREE",
    ]


@pytest.mark.regle("R22b")
def test_given_a_stranger_when_dating_a_session_again_then_it_is_refused() -> None:
    label = signee_tard(date(2021, 11, 16), date(2021, 11, 22))
    with pytest.raises(ActeurRefuse):
        sessions.redate_session(
            session=fabriques.session(label),
            debut=date(2022, 1, 10),
            fin=date(2022, 6, 10),
            acteur=comptes.utilisateur(),
        )


@pytest.mark.regle("R22b")
def test_given_a_label_when_a_session_is_planned_then_its_first_and_last_days_are_the_bounds() -> None:
    label = fabriques.label()

    assert prevoir(label, date(2021, 10, 4)).etat == cycle.PLANIFIEE
    assert prevoir(label, date(2024, 10, 3)).etat == cycle.PLANIFIEE
    for jour in (date(2021, 10, 3), date(2024, 10, 4)):
        with pytest.raises(DonneesInvalides) as refus:
            prevoir(label, jour)
        assert list(refus.value.erreurs) == ["debut"]


@pytest.mark.regle("R22b")
def test_given_a_session_when_started_then_the_label_bounds_its_day(aller: Any) -> None:
    label = fabriques.label()
    session = prevoir(label, date(2024, 10, 3))
    aller(date(2024, 10, 4))

    with pytest.raises(DonneesInvalides, match="convention"):
        sessions.start_session(session=session, jour=date(2024, 10, 4), acteur=fabriques.porteur(label))

    sessions.start_session(session=session, jour=date(2024, 10, 3), acteur=fabriques.porteur(label))
    assert session.etat == cycle.DEMARREE


def test_given_wrong_dates_or_places_when_planned_then_each_field_says_why() -> None:
    label = fabriques.label()

    with pytest.raises(DonneesInvalides) as refus:
        prevoir(label, date(2022, 3, 1), date(2022, 2, 1), places=0)

    assert set(refus.value.erreurs) == {"fin", "places"}


@pytest.mark.regle("R25")
def test_given_postponements_then_two_months_in_all_count_from_the_reference() -> None:
    label = fabriques.label()
    session, acteur = fabriques.session(label), fabriques.porteur(label)
    duree = session.fin - session.debut

    sessions.postpone_session(
        session=session, nouveau_debut=date(2021, 12, 20), motif="Travaux", acteur=acteur
    )
    for trop in (date(2022, 1, 16), date(2022, 2, 20)):
        with pytest.raises(DonneesInvalides, match="deux mois"):
            sessions.postpone_session(session=session, nouveau_debut=trop, motif="Encore", acteur=acteur)
    sessions.postpone_session(session=session, nouveau_debut=date(2022, 1, 15), motif="Encore", acteur=acteur)

    session.refresh_from_db()
    assert (session.debut_reference, session.debut) == (date(2021, 11, 15), date(2022, 1, 15))
    assert session.fin - session.debut == duree
    assert session.reports.count() == 2
    with pytest.raises(DonneesInvalides):
        sessions.postpone_session(
            session=session, nouveau_debut=date(2022, 1, 16), motif="Encore", acteur=acteur
        )


@pytest.mark.regle("R25")
@pytest.mark.parametrize("jour", [date(2021, 11, 15), date(2021, 11, 14)])
def test_given_a_day_that_is_not_later_then_it_is_no_postponement(jour: date) -> None:
    label = fabriques.label()

    with pytest.raises(DonneesInvalides) as refus:
        sessions.postpone_session(
            session=fabriques.session(label), nouveau_debut=jour, motif="x", acteur=fabriques.porteur(label)
        )

    assert list(refus.value.erreurs) == ["nouveau_debut"]


@pytest.mark.regle("R25", "R22b")
def test_given_the_end_of_the_label_then_a_postponement_does_not_cross_it() -> None:
    label = fabriques.label()
    session = prevoir(label, date(2024, 9, 1))
    assert sessions.latest_postponement(session) == date(2024, 10, 3)

    with pytest.raises(DonneesInvalides):
        sessions.postpone_session(
            session=session,
            nouveau_debut=date(2024, 10, 4),
            motif="Travaux",
            acteur=fabriques.porteur(label),
        )


def test_given_a_started_session_then_it_is_no_more_postponed_nor_cancelled(jour_1: date) -> None:
    label = fabriques.label()
    session = fabriques.demarrer(label)

    with pytest.raises(sessions.SessionRefusee):
        sessions.postpone_session(
            session=session,
            nouveau_debut=date(2021, 12, 1),
            motif="x",
            acteur=fabriques.porteur(label),
        )
    with pytest.raises(TransitionRefusee):
        sessions.cancel_session(session=session, acteur=fabriques.porteur(label))


def test_given_a_day_to_come_then_nothing_starts_ends_or_is_declared_on_it(jour_1: date) -> None:
    label = fabriques.label()
    acteur, demain = fabriques.porteur(label), date(2021, 11, 16)

    with pytest.raises(DonneesInvalides):
        fabriques.demarrer(label, jour=demain)
    session = fabriques.demarrer(label)
    with pytest.raises(DonneesInvalides):
        sessions.end_session(session=session, jour=demain, acteur=acteur)
    with pytest.raises(DonneesInvalides):
        sessions.end_session(session=session, jour=date(2021, 11, 14), acteur=acteur)
    with pytest.raises(DonneesInvalides):
        sessions.record_references(session=session, acteur=acteur, entrees_kairos_le=demain)
    assert session.etat == cycle.DEMARREE


def test_given_a_start_beyond_the_postponement_then_the_journal_says_so(aller: Any) -> None:
    label = fabriques.label()
    aller(date(2022, 1, 16))

    fabriques.demarrer(label, jour=date(2022, 1, 16))

    evenement = journal.timeline(label.chaine_journal, visibilites=["PORTEUR"]).get(verbe="session.demarree")
    assert evenement.donnees["au_dela_du_report"] is True


# --- Who does what (DOMAIN §1) -------------------------------------------------------------------


def test_given_each_person_then_who_prepares_and_who_transmits_is_held(jour_1: date) -> None:
    label = fabriques.label()
    session = fabriques.session(label)
    contributeur = comptes.membre(label.structure)
    personnes = {
        "responsable": fabriques.porteur(label),
        "contributeur": contributeur,
        "organisme": fabriques.organisme(label),
        "autre": candidatures.responsable_de(comptes.structure()),
        "instructeur": comptes.utilisateur("instructeur"),
        "comite": comptes.utilisateur("comite"),
        "direction": comptes.utilisateur("direction"),
        "administrateur": comptes.utilisateur("administrateur"),
    }
    droits = ("prepare_session", "transmit_session", "read_learners", "manage_habilitation")
    for personne in personnes.values():
        personne.forget_roles()

    tenus = {
        nom: [droit for droit in droits if personne.has_perm(f"suivi.{droit}", session)]
        for nom, personne in personnes.items()
    }

    assert tenus == {
        "responsable": list(droits),
        "contributeur": ["prepare_session", "read_learners"],
        "organisme": ["prepare_session", "read_learners"],
        "autre": [],
        "instructeur": [],
        "comite": [],
        "direction": ["read_learners"],
        "administrateur": [],
    }


def test_given_a_stranger_then_every_verb_refuses(jour_1: date) -> None:
    label = fabriques.label()
    session, inconnu = fabriques.session(label), candidatures.responsable_de(comptes.structure())

    for acte in (
        lambda: prevoir(label, date(2022, 3, 1), acteur=inconnu),
        lambda: sessions.postpone_session(
            session=session, nouveau_debut=date(2021, 12, 1), motif="x", acteur=inconnu
        ),
        lambda: sessions.start_session(session=session, jour=jour_1, acteur=inconnu),
        lambda: sessions.end_session(session=session, jour=jour_1, acteur=inconnu),
        lambda: sessions.cancel_session(session=session, acteur=inconnu),
        lambda: sessions.record_references(session=session, acteur=inconnu, carif_oref="x"),
    ):
        with pytest.raises(ActeurRefuse):
            acte()
    session.refresh_from_db()
    assert session.etat == cycle.PLANIFIEE


def test_given_a_body_when_authorised_then_withdrawn_then_its_access_follows() -> None:
    label = fabriques.label()
    corps = fabriques.organisme(label)
    habilitation = label.habilitations.get()
    assert corps.has_perm("suivi.prepare_session", label)
    assert type(label).objects.visible_to(corps).exists()

    with pytest.raises(HabilitationRefusee):
        authorize_body(label=label, structure=habilitation.structure, acteur=fabriques.porteur(label))
    with pytest.raises(HabilitationRefusee):
        authorize_body(label=label, structure=label.structure, acteur=fabriques.porteur(label))
    with pytest.raises(ActeurRefuse):
        withdraw_body(habilitation=habilitation, acteur=corps)
    withdraw_body(habilitation=habilitation, acteur=fabriques.porteur(label))

    assert not corps.has_perm("suivi.prepare_session", label)
    assert not type(label).objects.visible_to(corps).exists()
    assert not fabriques.session(label).__class__.objects.visible_to(corps).exists()
