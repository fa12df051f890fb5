"""Jobs: enqueued with the act, taken by one worker, tried again, given up aloud."""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.db import connection, transaction

from socle import balayages, horloge, reveil, travaux
from socle.erreurs import ErreurMetier
from socle.models import Travail
from socle.models.travail import BailPerdu
from socle.references import SYSTEME
from socle.travaux import genre_travail

EFFETS: list[str] = []
PANNES: list[Exception] = []
PENDANT: list[Callable[[Travail], None]] = []


@genre_travail("essai.travail", bail=60, essais=3, recul=5)
def travail_essai(travail: Travail) -> None:
    """Fail as told, do as told, then note the effect."""
    if PANNES:
        raise PANNES.pop(0)
    for action in PENDANT:
        action(travail)
    EFFETS.append(travail.charge["nom"])


@pytest.fixture(autouse=True)
def table_rase() -> Iterator[None]:
    """Start each test without effects, failures or a broker in disgrace."""
    for liste in (EFFETS, PANNES, PENDANT):
        liste.clear()
    reveil.forget_failure()
    yield
    reveil.forget_failure()


@pytest.fixture
def reveils(monkeypatch: pytest.MonkeyPatch) -> list[uuid.UUID]:
    """Collect the wake-ups instead of publishing them."""
    published: list[uuid.UUID] = []

    def wake(_tache: str, identifiant: uuid.UUID) -> bool:
        published.append(identifiant)
        return True

    monkeypatch.setattr(reveil, "wake", wake)
    return published


def un_travail(nom: str = "a") -> Travail:
    return travaux.enqueue("essai.travail", cle=f"essai:{nom}", charge={"nom": nom})


def later(travail: Travail, **valeurs: Any) -> None:
    Travail.objects.filter(pk=travail.pk).update(**valeurs)


PASSE = timedelta(seconds=1)


@pytest.mark.django_db
def test_given_a_key_when_enqueued_twice_then_one_job() -> None:
    first, second = un_travail(), un_travail()
    assert first.pk == second.pk
    assert Travail.objects.count() == 1


@pytest.mark.django_db
def test_given_an_unknown_kind_when_enqueued_then_refused() -> None:
    with pytest.raises(KeyError, match=r"essai\.inconnu"):
        travaux.enqueue("essai.inconnu", cle="x", charge={})


@pytest.mark.django_db(transaction=True)
def test_given_a_transaction_when_it_is_undone_then_neither_job_nor_wake_up(reveils: list[uuid.UUID]) -> None:
    with transaction.atomic():
        un_travail()
        transaction.set_rollback(True)
    assert not Travail.objects.exists()
    assert reveils == []


@pytest.mark.django_db(transaction=True)
def test_given_a_transaction_when_committed_then_the_worker_is_woken_once(reveils: list[uuid.UUID]) -> None:
    with transaction.atomic():
        travail = un_travail()
        un_travail()
        assert reveils == []
    assert reveils == [travail.pk]


@pytest.mark.django_db(transaction=True)
def test_given_an_eager_broker_when_committed_then_the_task_runs_the_job() -> None:
    current_app.conf.task_always_eager = True
    try:
        with transaction.atomic():
            travail = un_travail()
    finally:
        current_app.conf.task_always_eager = False
    travail.refresh_from_db()
    assert (travail.etat, EFFETS) == (Travail.Etat.FAIT, ["a"])


@pytest.mark.django_db
def test_given_a_job_when_run_twice_then_done_once() -> None:
    travail = un_travail()
    assert travaux.run(travail.pk)
    assert not travaux.run(travail.pk)
    travail.refresh_from_db()
    assert EFFETS == ["a"]
    assert (travail.etat, travail.jeton, travail.essais) == (Travail.Etat.FAIT, None, 1)
    assert travail.termine_le is not None


@pytest.mark.django_db
def test_given_a_message_about_no_row_when_run_then_nothing_but_a_warning(caplog: Any) -> None:
    assert not travaux.run(uuid.uuid4())
    assert "does not exist" in caplog.text


@pytest.mark.django_db
def test_given_a_failing_job_when_tried_then_later_and_later_and_given_up_aloud(caplog: Any) -> None:
    travail = un_travail()
    PANNES.extend(ValueError(f"panne {n}") for n in range(3))
    delays = []
    for _ in range(2):
        assert not travaux.run(travail.pk)
        travail.refresh_from_db()
        assert travail.etat == Travail.Etat.ECHEC
        delays.append(round((travail.prochaine_tentative - horloge.real_now()).total_seconds()))
        # Not due yet: neither a message nor the sweep takes it.
        assert not travaux.run(travail.pk)
        assert travaux.sweep(sur_place=True) == 0
        later(travail, prochaine_tentative=horloge.real_now() - PASSE)
    assert delays == [5, 10]
    assert not travaux.run(travail.pk)
    travail.refresh_from_db()
    assert (travail.etat, travail.essais, travail.erreur) == (Travail.Etat.MORT, 3, "ValueError: panne 2")
    assert any(record.levelno == logging.ERROR and "given up" in record.message for record in caplog.records)
    assert EFFETS == []


@pytest.mark.django_db
def test_given_a_given_up_job_when_relaunched_then_done(reveils: list[uuid.UUID]) -> None:
    travail = un_travail()
    with pytest.raises(ErreurMetier):
        travaux.relaunch(travail, SYSTEME)
    later(travail, etat=Travail.Etat.MORT, essais=3, termine_le=horloge.real_now())
    travaux.relaunch(travail, SYSTEME)
    assert travaux.run(travail.pk)
    assert EFFETS == ["a"]


@pytest.mark.django_db
def test_given_a_dead_worker_when_its_lease_is_over_then_the_sweep_takes_the_job() -> None:
    travail = un_travail()
    held = Travail.claim(travail.pk, 60)
    assert held is not None
    assert Travail.claim(travail.pk, 60) is None
    assert travaux.sweep(sur_place=True) == 0
    later(travail, bail_jusqu_a=horloge.real_now() - PASSE)
    assert travaux.sweep(sur_place=True) == 1
    assert EFFETS == ["a"]


@pytest.mark.django_db
def test_given_workers_that_die_on_it_when_tries_are_over_then_given_up() -> None:
    travail = un_travail()
    for _ in range(3):
        assert Travail.claim(travail.pk, 60) is not None
        later(travail, bail_jusqu_a=horloge.real_now() - PASSE)
    assert not travaux.run(travail.pk)
    travail.refresh_from_db()
    assert (travail.etat, EFFETS) == (Travail.Etat.MORT, [])


@pytest.mark.django_db
def test_given_a_lease_taken_over_when_the_first_worker_ends_then_it_writes_nothing() -> None:
    travail = un_travail()

    def taken_over(held: Travail) -> None:
        later(held, bail_jusqu_a=horloge.real_now() - PASSE)
        assert Travail.claim(held.pk, 60) is not None

    PENDANT.append(taken_over)
    assert not travaux.run(travail.pk)
    travail.refresh_from_db()
    assert travail.etat == Travail.Etat.EN_COURS


@pytest.mark.django_db
def test_given_a_lease_taken_over_when_the_first_worker_reports_then_it_is_stopped() -> None:
    travail = un_travail()

    def taken_over(held: Travail) -> None:
        later(held, bail_jusqu_a=horloge.real_now() - PASSE)
        Travail.claim(held.pk, 60)
        with pytest.raises(BailPerdu):
            held.confirm_held()
        held.progress(1, 2)

    PENDANT.append(taken_over)
    assert not travaux.run(travail.pk)
    travail.refresh_from_db()
    assert (travail.progres, EFFETS) == (0, [])


@pytest.mark.django_db
def test_given_a_long_job_when_it_reports_then_its_lease_is_renewed() -> None:
    travail = un_travail()

    def report(held: Travail) -> None:
        later(held, bail_jusqu_a=horloge.real_now() + PASSE)
        held.progress(3, 10)
        held.confirm_held()
        row = Travail.objects.get(pk=held.pk)
        assert (row.progres, row.total) == (3, 10)
        assert row.bail_jusqu_a is not None
        assert row.bail_jusqu_a > horloge.real_now() + timedelta(seconds=50)

    PENDANT.append(report)
    assert travaux.run(travail.pk)


@pytest.mark.django_db
def test_given_a_queue_when_swept_twice_then_published_once_until_a_few_ticks_later(
    reveils: list[uuid.UUID],
) -> None:
    first, second = un_travail("a"), un_travail("b")
    assert travaux.sweep() == 2
    assert travaux.sweep() == 0
    assert set(reveils) == {first.pk, second.pk}
    later(first, reveille_le=horloge.real_now() - timedelta(hours=1))
    assert travaux.sweep() == 1


@pytest.mark.django_db
def test_given_a_dead_broker_when_swept_then_the_row_waits_for_the_next_sweep(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    travail = un_travail()
    monkeypatch.setattr(reveil, "wake", lambda *_: False)
    assert travaux.sweep() == 0
    travail.refresh_from_db()
    assert (travail.etat, travail.reveille_le) == (Travail.Etat.A_FAIRE, None)


def test_given_a_broker_that_fails_when_woken_then_one_try_a_warning_and_a_truce(
    monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    tries = []

    def fail(*args: Any, **kwargs: Any) -> None:
        tries.append(kwargs)
        raise ConnectionRefusedError("no broker")

    from socle import tasks

    monkeypatch.setattr(tasks.run_travail, "apply_async", fail)
    one, two = uuid.uuid4(), uuid.uuid4()
    assert not reveil.wake(travaux.TACHE, one)
    assert not reveil.wake(travaux.TACHE, two)
    assert [args["retry"] for args in tries] == [False]
    assert str(one) in caplog.text
    assert str(two) in caplog.text
    reveil.forget_failure()
    assert not reveil.wake(travaux.TACHE, one)
    assert len(tries) == 2


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_given_two_workers_when_they_take_one_job_then_one_runs_it() -> None:
    travail = un_travail()
    PENDANT.append(lambda _held: time.sleep(0.2))
    results: list[bool] = []

    def work() -> None:
        try:
            results.append(travaux.run(travail.pk))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == [False, False, False, True]
    assert EFFETS == ["a"]


@pytest.mark.django_db
def test_given_a_sweep_that_fails_when_all_run_then_the_others_run_and_the_failure_is_told(
    monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(balayages, "_registered", {})

    def broken() -> int:
        raise ValueError("panne")

    balayages.register("essai.casse", broken)
    balayages.register("essai.bon", lambda: EFFETS.append("bon") or 1)
    un_travail()
    with pytest.raises(balayages.BalayageEnEchec, match=r"essai\.casse"):
        balayages.run_all(sur_place=True)
    assert EFFETS == ["bon", "a"]
    assert "sweep essai.casse failed" in caplog.text


@pytest.mark.django_db
def test_given_jobs_when_drained_then_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balayages, "_registered", {})
    un_travail("a")
    PENDANT.append(lambda held: un_travail("b") and None)
    assert balayages.drain() == 2
    assert EFFETS == ["a", "b"]
    assert balayages.drain() == 0
