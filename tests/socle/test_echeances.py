"""Obligations and reminders: dated by events, late by the clock, reminded once (R26, R27)."""

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from socle import courriels, echeances, fournisseurs, reveil
from socle.courriels import Destinataire
from socle.echeances import ETAPES, GenreEcheance
from socle.erreurs import ErreurMetier
from socle.models import Courriel, Echeance, Evenement, Rappel
from socle.references import REFERENCE_SYSTEME, SYSTEME, Reference

SESSION = Reference("suivi.session", uuid.UUID(int=1))
STRUCTURE = Reference("comptes.structure", uuid.UUID(int=2))
ALICE = Destinataire(Reference("comptes.utilisateur", uuid.UUID(int=11)), "alice@essai.example", "Alice")
BRUNO = Destinataire(Reference("comptes.utilisateur", uuid.UUID(int=12)), "bruno@essai.example", "Bruno")
CHAINE = "dossier:essai"
DUE = date(2021, 10, 21)

DESTINATAIRES: list[Destinataire] = []
APPELS: list[Echeance] = []


def recipients(echeance: Echeance) -> list[Destinataire]:
    """Whoever the test says, and note that we were asked."""
    APPELS.append(echeance)
    return list(DESTINATAIRES)


ATTESTATION = GenreEcheance(
    code="essai.attestation",
    libelle="Attestation de démarrage et liste des inscrits",
    regle="Un mois à compter du démarrage",
    destinataires=recipients,
    url=lambda echeance: f"/suivi/{echeance.sujet_id}/",
)
RAPPORT = GenreEcheance(
    code="essai.rapport",
    libelle="Rapport annuel",
    action="Remettre le rapport annuel",
    regle="Avant le 31 janvier",
    mention="Le rapport annuel est une condition pour garder le label.",
    destinataires=recipients,
)
SEANCE = GenreEcheance(
    code="essai.premiere",
    libelle="Démarrage de la première session",
    action="Démarrer la première session",
    destinataires=recipients,
)
CASSE = GenreEcheance(code="essai.casse", libelle="Chose", destinataires=lambda _echeance: 1 // 0)


@pytest.fixture(autouse=True)
def genres(monkeypatch: pytest.MonkeyPatch) -> None:
    """Declare the kinds of these tests, for them alone; publish nothing."""
    monkeypatch.setattr(echeances, "_genres", dict(echeances._genres))
    monkeypatch.setattr(reveil, "wake", lambda *_: True)
    for genre in (ATTESTATION, RAPPORT, SEANCE, CASSE):
        echeances.register(genre)
    DESTINATAIRES[:] = [ALICE]
    APPELS.clear()


@pytest.fixture
def jour() -> Iterator[Any]:
    """A clock that the test moves, at nine in the morning in Paris."""
    with time_machine.travel(datetime(2021, 9, 20, 7, tzinfo=UTC), tick=False) as traveller:

        def go(to: date) -> None:
            traveller.move_to(datetime(to.year, to.month, to.day, 8, tzinfo=UTC))

        yield go


def create(genre: GenreEcheance = ATTESTATION, *, due: date = DUE, **options: Any) -> Echeance:
    options = {"sujet": SESSION, "responsable": STRUCTURE, "chaine": CHAINE, **options}
    return echeances.create(genre.code, due=due, **options)


def ledger(echeance: Echeance | None = None) -> list[tuple[int, str]]:
    rows = Rappel.objects.all() if echeance is None else echeance.rappels.all()
    return list(rows.order_by("due", "etape").values_list("etape", "etat"))


def verbs() -> list[str]:
    return list(Evenement.objects.filter(chaine=CHAINE).order_by("numero").values_list("verbe", flat=True))


def subjects() -> list[str]:
    return [
        texte.replace("\u00a0", " ")
        for texte in Courriel.objects.order_by("cree_le").values_list("objet", flat=True)
    ]


# --- The life of an obligation (R26) -----------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.regle("R26")
def test_given_an_obligation_when_created_twice_then_one_row_and_one_event() -> None:
    first, second = create(), create()
    assert first.pk == second.pk
    assert (first.due, first.rappel_compte_de, first.regle) == (DUE, DUE, "Un mois à compter du démarrage")
    assert first.prochain_rappel == DUE - timedelta(days=30)
    assert verbs() == ["echeance.creee"]


@pytest.mark.django_db
@pytest.mark.regle("R26")
def test_given_an_obligation_when_its_date_is_recomputed_then_dated_anew_and_told() -> None:
    create()
    moved = create(due=date(2021, 12, 21), detail="session 1")
    assert Echeance.objects.get() == moved
    assert (moved.due, moved.prochain_rappel, moved.detail) == (
        date(2021, 12, 21),
        date(2021, 11, 21),
        "session 1",
    )
    assert verbs() == ["echeance.creee", "echeance.redatee"]
    event = Evenement.objects.get(verbe="echeance.redatee")
    assert (event.donnees["avant"], event.donnees["due"]) == ("2021-10-21", "2021-12-21")


@pytest.mark.django_db
@pytest.mark.regle("R26")
def test_given_keys_when_created_then_each_has_its_row() -> None:
    assert create(cle="2021").pk != create(cle="2022").pk


@pytest.mark.django_db
@pytest.mark.regle("R26")
def test_given_an_obligation_when_fulfilled_then_by_what_and_when_and_it_stays_so() -> None:
    create()
    preuve = Reference("socle.document", uuid.UUID(int=5))
    instant = datetime(2021, 10, 1, 12, tzinfo=UTC)
    done = echeances.fulfil(ATTESTATION.code, sujet=SESSION, preuve=preuve, instant=instant)
    assert done is not None
    assert (done.remplie_le, done.preuve, done.est_ouverte) == (instant, preuve, False)
    again = echeances.fulfil(ATTESTATION.code, sujet=SESSION)
    assert again is not None
    assert again.remplie_le == instant
    assert create(due=date(2022, 1, 1)).due == DUE
    assert verbs() == ["echeance.creee", "echeance.remplie"]
    assert echeances.fulfil(ATTESTATION.code, sujet=SESSION, cle="autre") is None


@pytest.mark.django_db
@pytest.mark.regle("R26")
def test_given_an_obligation_when_waived_then_by_whom_and_why_and_only_once() -> None:
    row = create()
    with pytest.raises(ErreurMetier, match="pourquoi"):
        echeances.waive(row, acteur=SYSTEME, motif="  ")
    waived = echeances.waive(row, acteur=SYSTEME, motif="Session sans apprenant")
    assert (waived.levee_par, waived.levee_motif) == (REFERENCE_SYSTEME, "Session sans apprenant")
    with pytest.raises(ErreurMetier, match="déjà"):
        echeances.waive(row, acteur=SYSTEME, motif="Encore")
    stays = echeances.fulfil(ATTESTATION.code, sujet=SESSION)
    assert stays is not None
    assert stays.remplie_le is None
    # The reason may name people: the journal does not hold it.
    assert "motif" not in Evenement.objects.get(verbe="echeance.levee").donnees


@pytest.mark.django_db
@pytest.mark.regle("R26")
def test_given_a_case_that_ends_when_closed_then_only_what_was_open() -> None:
    create(cle="1")
    create(cle="2")
    echeances.fulfil(ATTESTATION.code, sujet=SESSION, cle="1")
    assert echeances.close(sujet=SESSION, motif="Session annulée") == 1
    assert echeances.close(sujet=SESSION, motif="Session annulée") == 0
    assert list(
        echeances.of_subject(SESSION).filter(close_le__isnull=False).values_list("cle", flat=True)
    ) == ["2"]
    assert verbs() == ["echeance.creee", "echeance.creee", "echeance.remplie", "echeance.close"]


@pytest.mark.django_db
@pytest.mark.regle("R26")
@pytest.mark.parametrize(
    "valeurs",
    [
        {"remplie_le": "now", "close_le": "now", "close_motif": "x"},
        {"levee_le": "now", "levee_par_genre": "systeme", "levee_par_id": uuid.UUID(int=0)},
        {"levee_le": "now", "levee_motif": "x"},
        {"close_le": "now"},
        {"preuve_genre": "x", "preuve_id": uuid.UUID(int=1)},
    ],
)
def test_given_contradictory_outcomes_when_written_then_the_database_refuses(valeurs: dict[str, Any]) -> None:
    row = create()
    instant = datetime(2021, 10, 1, tzinfo=UTC)
    clean = {champ: instant if valeur == "now" else valeur for champ, valeur in valeurs.items()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Echeance.objects.filter(pk=row.pk).update(**clean)


@pytest.mark.django_db
@pytest.mark.regle("R26")
def test_given_the_due_day_when_it_ends_in_paris_then_late_and_not_before() -> None:
    row = create()
    with time_machine.travel(datetime(2021, 10, 21, 21, 59, 59, tzinfo=UTC), tick=False):
        assert not row.est_en_retard
        assert not echeances.late().exists()
    with time_machine.travel(datetime(2021, 10, 21, 22, 0, 0, tzinfo=UTC), tick=False):
        assert row.est_en_retard
        assert list(echeances.late()) == [row]
        echeances.fulfil(ATTESTATION.code, sujet=SESSION)
        assert not echeances.late().exists()


# --- Reminders (R27) ---------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_an_open_obligation_when_swept_every_day_then_each_step_leaves_on_its_day_once(
    jour: Any,
) -> None:
    create(due=DUE)
    sent = []
    for offset in range(-32, 45):
        jour(DUE + timedelta(days=offset))
        for _ in range(2):
            if echeances.send_due().courriels:
                sent.append(offset)
    assert sent == list(ETAPES)
    assert ledger() == [(etape, "ENVOYE") for etape in ETAPES]
    assert Echeance.objects.get().prochain_rappel is None


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_a_worker_stopped_when_it_catches_up_then_the_latest_step_only(jour: Any) -> None:
    create()
    jour(DUE - timedelta(days=30))
    echeances.send_due()
    # Stopped from before J-15 until after J-7.
    jour(DUE - timedelta(days=5))
    bilan = echeances.send_due()
    assert (bilan.courriels, bilan.rappels, bilan.depasses) == (1, 1, 1)
    assert ledger() == [(-30, "ENVOYE"), (-15, "DEPASSE"), (-7, "ENVOYE")]
    assert Courriel.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_an_obligation_born_late_when_swept_then_one_reminder_and_no_storm(jour: Any) -> None:
    jour(DUE + timedelta(days=8))
    create()
    echeances.send_due()
    assert ledger() == [(etape, "ENVOYE" if etape == 7 else "DEPASSE") for etape in ETAPES if etape <= 7]
    assert Courriel.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.regle("R27")
@pytest.mark.parametrize("issue", ["remplie", "levee", "close"])
def test_given_an_obligation_that_ended_when_swept_then_no_reminder(jour: Any, issue: str) -> None:
    row = create()
    if issue == "remplie":
        echeances.fulfil(ATTESTATION.code, sujet=SESSION)
    elif issue == "levee":
        echeances.waive(row, acteur=SYSTEME, motif="Sans objet")
    else:
        echeances.close(sujet=SESSION, motif="Fini")
    jour(DUE)
    assert echeances.send_due().courriels == 0
    # The same, open, would have been reminded.
    create(cle="autre")
    assert echeances.send_due().courriels == 1


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_several_obligations_when_swept_then_one_grouped_mail_per_recipient(jour: Any) -> None:
    DESTINATAIRES[:] = [ALICE, BRUNO]
    create(cle="1", detail="session 1")
    create(cle="2", detail="session 2", due=DUE + timedelta(days=1))
    create(RAPPORT, due=DUE - timedelta(days=1))
    jour(DUE - timedelta(days=7))
    bilan = echeances.send_due()
    assert (bilan.courriels, bilan.rappels) == (2, 6)
    mail = Courriel.objects.get(destinataire_id=ALICE.reference.id)
    assert (
        mail.objet.replace("\u00a0", " ")
        == "À remettre au plus tard le mercredi 20 octobre 2021 : rapport annuel, et 2 autres actions"
    )
    assert mail.cle == f"rappel:{STRUCTURE}:{ALICE.reference}:2021-10-14"
    assert mail.rappels.filter(etat="ENVOYE").count() == 3
    order = [mail.texte.index(words) for words in ("Rapport annuel", "session 1", "session 2")]
    assert all(before < after for before, after in pairwise(order))


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_the_mail_of_the_day_when_something_new_is_due_then_it_waits_for_tomorrow(jour: Any) -> None:
    jour(DUE - timedelta(days=15))
    create(cle="1")
    assert echeances.send_due().courriels == 1
    second = create(cle="2")
    bilan = echeances.send_due()
    assert (bilan.courriels, bilan.reportes) == (0, 1)
    assert ledger(second) == []
    jour(DUE - timedelta(days=14))
    assert echeances.send_due().courriels == 1
    assert ledger(second) == [(-30, "DEPASSE"), (-15, "ENVOYE")]


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_a_postponed_obligation_when_swept_then_its_new_date_has_steps_of_its_own(jour: Any) -> None:
    row = create()
    jour(DUE - timedelta(days=15))
    echeances.send_due()
    later = DUE + timedelta(days=60)
    create(due=later)
    assert echeances.send_due().courriels == 0
    jour(later - timedelta(days=30))
    assert echeances.send_due().courriels == 1
    assert list(row.rappels.order_by("due", "etape").values_list("due", "etape", "etat")) == [
        (DUE, -30, "DEPASSE"),
        (DUE, -15, "ENVOYE"),
        (later, -30, "ENVOYE"),
    ]


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_the_annual_report_when_reminded_then_steps_count_from_the_day_before(jour: Any) -> None:
    create(RAPPORT, due=date(2022, 1, 31), rappel_compte_de=date(2022, 1, 30), cle="2021")
    jour(date(2022, 1, 28))
    echeances.send_due()
    jour(date(2022, 1, 29))
    assert echeances.send_due().courriels == 1
    assert subjects()[-1] == "À remettre au plus tard le lundi 31 janvier 2022 : rapport annuel"
    assert "condition pour garder le label" in Courriel.objects.latest("cree_le").texte
    jour(date(2022, 1, 31))
    assert not echeances.late().exists()


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_each_moment_when_reminded_then_the_subject_names_the_action_and_the_date(jour: Any) -> None:
    create(detail="session 1")
    for offset in (-1, 0, 7):
        jour(DUE + timedelta(days=offset))
        echeances.send_due()
    thing = "attestation de démarrage et liste des inscrits — session 1"
    assert subjects() == [
        f"À transmettre au plus tard le jeudi 21 octobre 2021 : {thing}",
        f"À transmettre aujourd’hui, jeudi 21 octobre 2021 : {thing}",
        f"En retard depuis le jeudi 21 octobre 2021 : {thing}",
    ]
    texte = Courriel.objects.latest("cree_le").texte
    assert f"http://localhost:8000/suivi/{SESSION.id}/" in texte
    assert "Règle\u00a0: Un mois à compter du démarrage." in texte
    assert "Une question" in texte


@pytest.mark.parametrize(
    ("dues", "genre", "expected"),
    [
        (
            [21, 22],
            ATTESTATION,
            "À transmettre au plus tard le jeudi 21 octobre 2021 : "
            "attestation de démarrage et liste des inscrits, et 1 autre action",
        ),
        (
            [20, 22],
            ATTESTATION,
            "À transmettre aujourd’hui, mercredi 20 octobre 2021 : "
            "attestation de démarrage et liste des inscrits, et 1 autre action",
        ),
        (
            [18, 19, 22],
            ATTESTATION,
            "En retard depuis le lundi 18 octobre 2021 : "
            "attestation de démarrage et liste des inscrits, et 2 autres actions, dont 1 en retard",
        ),
        (
            [18, 22],
            ATTESTATION,
            "En retard depuis le lundi 18 octobre 2021 : "
            "attestation de démarrage et liste des inscrits, et 1 autre action",
        ),
        (
            [21, 22],
            SEANCE,
            "À faire au plus tard le jeudi 21 octobre 2021 : démarrer la première session, et 1 autre action",
        ),
        ([21], SEANCE, "À faire au plus tard le jeudi 21 octobre 2021 : démarrer la première session"),
    ],
)
def test_given_dates_and_kinds_when_a_subject_is_written_then_in_plain_french(
    dues: list[int], genre: GenreEcheance, expected: str
) -> None:
    rows = [Echeance(genre=genre.code, due=date(2021, 10, day)) for day in dues]
    assert echeances.subject(rows, date(2021, 10, 20)).replace("\u00a0", " ") == expected


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_nobody_to_remind_when_swept_then_told_and_tried_the_next_day(jour: Any, caplog: Any) -> None:
    create()
    DESTINATAIRES.clear()
    jour(DUE - timedelta(days=15))
    assert echeances.send_due().sans_destinataire == 1
    assert "nobody to remind" in caplog.text
    DESTINATAIRES.append(ALICE)
    jour(DUE - timedelta(days=14))
    assert echeances.send_due().courriels == 1


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_one_group_that_fails_when_swept_then_the_others_are_reminded_and_it_is_told(jour: Any) -> None:
    create(CASSE, responsable=Reference("comptes.structure", uuid.UUID(int=1)))
    create()
    jour(DUE)
    with pytest.raises(echeances.RappelsEnEchec, match="ZeroDivisionError"):
        echeances.send_due()
    assert [etat for _, etat in ledger()].count("ENVOYE") == 1


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_a_sweep_cut_between_recipients_when_run_again_then_nothing_twice_and_nothing_lost(
    jour: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    DESTINATAIRES[:] = [ALICE, BRUNO]
    create()
    jour(DUE)
    genuine = courriels.write

    def cut_at_bruno(*args: Any, **kwargs: Any) -> Any:
        if kwargs["destinataire"] == BRUNO:
            raise KeyboardInterrupt
        return genuine(*args, **kwargs)

    monkeypatch.setattr(courriels, "write", cut_at_bruno)
    with pytest.raises(KeyboardInterrupt):
        echeances.send_due()
    assert Courriel.objects.count() == 1
    monkeypatch.setattr(courriels, "write", genuine)
    assert echeances.send_due().courriels == 1
    assert echeances.send_due().courriels == 0
    assert sorted(Courriel.objects.values_list("email", flat=True)) == [ALICE.email, BRUNO.email]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.regle("R27")
def test_given_two_sweeps_at_once_when_they_meet_then_one_mail_each() -> None:
    DESTINATAIRES[:] = [ALICE, BRUNO]
    with time_machine.travel(datetime(2021, 10, 21, 8, tzinfo=UTC), tick=False):
        for number in range(6):
            create(cle=str(number))
        gate = threading.Barrier(3)
        failures: list[BaseException] = []

        def sweep() -> None:
            try:
                gate.wait(10)
                echeances.send_due()
            except Exception as erreur:
                failures.append(erreur)
            finally:
                connection.close()

        threads = [threading.Thread(target=sweep) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert failures == []
    assert Courriel.objects.count() == 2
    assert Rappel.objects.filter(etat="ENVOYE").count() == 12


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_more_obligations_when_swept_then_as_many_queries(jour: Any) -> None:
    counts = []
    for number in (1, 3):
        for index in range(number):
            create(cle=f"{number}-{index}", responsable=Reference("comptes.structure", uuid.UUID(int=number)))
        APPELS.clear()
        jour(DUE)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert echeances.send_due().rappels == number
        counts.append(len(queries))
        # Asked once for the subject, not once for each obligation.
        assert len(APPELS) == 1
        jour(date(2021, 9, 20))
    assert counts[0] == counts[1]


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_far_dates_when_swept_then_no_row_is_read(jour: Any, django_assert_num_queries: Any) -> None:
    create(due=date(2022, 6, 1))
    with django_assert_num_queries(1):
        echeances.send_due()
    assert APPELS == []


@pytest.mark.django_db
@pytest.mark.regle("R27")
def test_given_the_command_when_run_then_it_says_what_it_did(jour: Any, capsys: Any) -> None:
    create()
    jour(DUE)
    call_command("send_reminders")
    assert "courriels : 1 ; rappels : 1 ; dépassés : 4" in capsys.readouterr().out
    courriels.sweep(sur_place=True)
    assert [message.email for message in fournisseurs.demo_messages()] == [ALICE.email]
