"""What the complete suite finds, installs or starts around it."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest

from scripts import services


def test_given_programs_that_are_missing_when_nothing_may_be_installed_then_one_line_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "find", lambda program: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(services.ServiceAbsent) as refus:
        services.install_missing(["clamd", services.NAVIGATEUR])

    assert str(refus.value) == (
        "Il manque clamd, chromium-headless-shell. "
        "À installer : sudo apt install clamav-daemon chromium-headless-shell"
    )


def test_given_programs_that_are_there_when_asked_then_nothing_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "find", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(services, "step", lambda *args, **kwargs: pytest.fail("something was installed"))

    services.install_missing(list(services.PAQUETS))


@pytest.mark.parametrize("ask", [services.postgres_for_tests, services.lasting_postgres])
def test_given_a_named_database_that_does_not_answer_when_asked_then_no_other_is_taken(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[], AbstractContextManager[str]]
) -> None:
    monkeypatch.setenv("GEN_TEST_PG_URL", f"postgres://root@127.0.0.1:{services.free_port()}/gen_test")

    with pytest.raises(services.ServiceAbsent, match="Aucun PostgreSQL ne répond"), ask():
        pytest.fail("an address was given")


@pytest.mark.service
@pytest.mark.une_fois
def test_given_no_postgresql_when_a_private_one_is_started_then_it_works_and_leaves_nothing() -> None:
    with services.private_postgres() as url, psycopg.connect(url, dbname="postgres") as connection:
        data = Path(connection.execute("SHOW data_directory").fetchone()[0])
        assert services.postgres_answers(url)
        assert data.exists()

    assert not services.postgres_answers(url)
    assert not data.parent.exists()
