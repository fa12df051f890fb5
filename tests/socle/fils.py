"""Real threads for the tests of concurrency, each with its own connection."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from socle import gardes
from socle.models import Chaine, Evenement
from tests.socle.essai import Essai, create_tables

#: No step of these tests takes long; a hang must fail.
PATIENCE = 20


class Fil(threading.Thread):
    """Run a function on its own connection, and keep what it returned or raised."""

    def __init__(self, fonction: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._fonction = fonction
        self.resultat: Any = None
        self.erreur: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Call the function; its error is for the test to judge."""
        try:
            self.resultat = self._fonction()
        except BaseException as error:
            self.erreur = error
        finally:
            connections.close_all()

    def end(self) -> "Fil":
        """Wait for the end."""
        self.join(PATIENCE)
        assert not self.is_alive(), "the thread hangs"
        return self

    def value(self) -> Any:
        """Wait for the end and return what the function returned, or raise what it raised."""
        if self.end().erreur is not None:
            raise self.erreur
        return self.resultat


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, and fail if it never holds."""
    limite = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limite, "what was waited for never came"
        time.sleep(0.02)


def somebody_waits_for_a_lock() -> bool:
    """Tell whether a connection of this PostgreSQL database waits for another's lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


@pytest.fixture
def sqlite_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    """Lead new threads to a file database with the settings of the local mode.

    The in-memory database of the tests shares one cache, whose locks are not those of a file.
    """
    monkeypatch.setitem(connections.settings, "default", _file_settings(tmp_path / "essai.sqlite3"))
    Fil(_prepare_file).value()


def _prepare_file() -> None:
    create_tables(Chaine, Evenement, Essai)
    gardes.install(connection)


def _file_settings(chemin: Path) -> dict[str, Any]:
    return {
        **connection.settings_dict,
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(chemin),
        "OPTIONS": {
            "timeout": PATIENCE,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA recursive_triggers=ON;",
        },
    }
