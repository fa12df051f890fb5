"""What every test stands on: which tests run where, private folders, and the journal under flush.

- ``service`` tests (Redis, a real worker, antivirus) run only with ``GEN_TESTS_SERVICES=1``;
- ``navigateur`` tests (Chromium) run only with ``GEN_TESTS_NAVIGATEUR=1``; those of ``yeux`` with
  ``GEN_TEST_YEUX`` too: ``vite`` looks at each page as each of its roles on a phone, and once at the
  other widths (``make test-all``); ``tout`` looks at everything and keeps the pictures (``make eyes``);
- ``acces`` tests (1,300 addresses × people × methods) run only with ``GEN_TEST_ACCES=1`` (``make acces``,
  ``make test-all``);
- ``postgresql`` tests run only when ``DATABASE_URL`` is a PostgreSQL address, ``sqlite`` tests only when
  it is not; what a base can't change (no base asked for, or ``une_fois``) is not proved a second time
  on PostgreSQL.

The others are deselected, never skipped: a skip in the report would hide a hole.
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import TransactionTestCase
from xdist.scheduler import LoadScopeScheduling

from socle import gardes
from tests import moule
from tests.e2e.bases import base_prete, demo_prete  # noqa: F401 (fixtures, which pytest looks for here)
from tests.filets import variables
from tests.socle.essai import table_essai  # noqa: F401 (a fixture)
from tests.socle.fils import sqlite_file  # noqa: F401 (a fixture)

variables.install()


#: Whoever asks for a base asks for one of these; pytest-django keeps the others from any.
_BASES = {"db", "transactional_db", "django_db_setup", "live_server"}


def _is_unwanted(item: pytest.Item, wanted: dict[str, bool]) -> bool:
    if any(item.get_closest_marker(nom) is not None and not on for nom, on in wanted.items()):
        return True
    return wanted["postgresql"] and not _needs_a_base(item)


def _needs_a_base(item: pytest.Item) -> bool:
    """Tell whether the base can change what a test finds: a process that it starts may have one."""
    marques = ("django_db", "service", "navigateur", "postgresql")
    return any(item.get_closest_marker(nom) for nom in marques) or bool(_BASES & set(item.fixturenames))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests whose ground is not there."""
    postgresql = os.environ.get("DATABASE_URL", "").startswith(("postgres://", "postgresql://"))
    wanted = {
        "service": os.environ.get("GEN_TESTS_SERVICES") == "1",
        "navigateur": os.environ.get("GEN_TESTS_NAVIGATEUR") == "1",
        "yeux": bool(os.environ.get("GEN_TEST_YEUX")),
        "acces": os.environ.get("GEN_TEST_ACCES") == "1",
        "postgresql": postgresql,
        "sqlite": not postgresql,
        "une_fois": not postgresql,
    }
    unwanted = [item for item in items if _is_unwanted(item, wanted)]
    if unwanted:
        config.hook.pytest_deselected(items=unwanted)
        items[:] = [item for item in items if not _is_unwanted(item, wanted)]


#: What stays on one process beside the tests of one file, or apart from them.
LIEUX = {
    # It reads the very demo that the eyes look at, as soon as it is made: its clock runs.
    "tests/services/test_demo_data.py": "yeux",
    "tests/yeux/test_pages.py::test_given_a_page_of_the_admin": "yeux, admin",
    "tests/yeux/": "yeux",
    # Each of its tests starts its own processes: halved, so that both cores share the longest file.
    "tests/services/test_kill_travaux.py::test_given_a_worker_killed": "kill_travaux",
    "tests/services/test_kill_travaux.py": "kill_travaux, courtiers",
    "tests/services/test_sauvegarde.py": "sauvegarde",
    "tests/e2e/": "e2e",
}
#: The first two begin together: the second needs no demo while the first makes it.
ORDRE = ("yeux", "kill_travaux", "yeux, admin", "kill_travaux, courtiers", "sauvegarde", "e2e")


def _place(nodeid: str) -> str:
    """Return the name of the place of a test: by default, its file."""
    connus = (nom for debut, nom in LIEUX.items() if nodeid.startswith(debut))
    return next(connus, nodeid.partition("::")[0])


def _rank(nodeid: str) -> int:
    lieu = _place(nodeid)
    return ORDRE.index(lieu) if lieu in ORDRE else len(ORDRE)


class _ByPlace(LoadScopeScheduling):
    """Keep on one process what shares a portal, or the services that a file starts."""

    def _split_scope(self, nodeid: str) -> str:
        return _place(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _ByPlace | None:
    """Share by place where ``scripts/essais.py`` asks for it, instead of one by one."""
    return _ByPlace(config, log) if config.getvalue("dist") == "loadscope" else None


class _LongestFirst:
    """Begin by the long ones, so that no core waits for the other at the end."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: _rank(item.nodeid))


def pytest_configure(config: pytest.Config) -> None:
    """Order after pytest-django, which puts the tests without a database last."""
    config.pluginmanager.register(_LongestFirst())


def pytest_collection_finish() -> None:
    """Look for cycles less often: nothing collected so far ever goes, and a tenth of the time went there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(autouse=True)
def sans_second_facteur(settings: Any) -> None:
    """Let ``force_login`` open every page, as in the demo; the doors have their own tests."""
    settings.GEN_SECOND_FACTEUR = False


@pytest.fixture(autouse=True)
def variables_definies() -> Iterator[None]:
    """Fail on what a template asked for in vain, even where Django swallowed the error."""
    variables.rencontrees.clear()
    yield
    assert variables.rencontrees == []


@pytest.fixture(autouse=True)
def dossiers_prives(settings: Any, tmp_path: Path) -> None:
    """Keep files, outgoing mail and the cache of each test apart from ``var/`` and from the others."""
    settings.PRIVATE_ROOT = str(tmp_path / "prive")
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": settings.PRIVATE_ROOT, "base_url": None},
        },
    }
    settings.GEN_DEMO_COURRIELS = tmp_path / "courriels"
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": str(tmp_path),
        },
        "apercus": {**settings.CACHES["apercus"], "LOCATION": str(tmp_path / "apercus")},
    }


@pytest.fixture(autouse=True)
def moules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the builders be copied, as long as the test patches nothing."""
    moule.rustines = monkeypatch
    yield
    moule.rustines = None


def lift_guards(alias: str) -> None:
    """Take the journal's guards away. Only the tests may, around a flush or to damage the journal."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        for nom in gardes.GARDES[connection.vendor]:
            table = "" if connection.vendor == "sqlite" else f" ON {gardes.TABLE}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {nom}{table}")


#: Written by the migrations alone, hence as they were: kept, they need not be written again.
TABLES_GARDEES = {"django_content_type", "auth_permission"}


def empty_tables(alias: str) -> None:
    """Delete the rows that a transactional test has left.

    Django's own flush truncates each of the hundred tables and writes permissions anew: a second each time,
    for a test that has filled five.
    """
    connection = connections[alias]
    tables = sorted({*connection.introspection.django_table_names(only_existing=True)} - TABLES_GARDEES)
    cites = [connection.ops.quote_name(table) for table in tables]
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT {rang} WHERE EXISTS (SELECT 1 FROM {table})" for rang, table in enumerate(cites)
            )
        )
        # Foreign keys are looked at when the transaction ends: the order doesn't matter.
        for (rang,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {cites[rang]}")


@pytest.fixture(autouse=True, scope="session")
def flush_without_guards() -> Iterator[None]:
    """Empty the journal too after a transactional test, and put its guards back."""

    def flush_between_guards(case: TransactionTestCase) -> None:
        for alias in case._databases_names(include_mirrors=False):
            lift_guards(alias)
            try:
                empty_tables(alias)
            finally:
                gardes.install(connections[alias])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", flush_between_guards)
        yield


@pytest.fixture
def journal_sans_gardes(db: None) -> Iterator[None]:
    """Let a test damage the journal by hand, as somebody with the keys of the database could."""
    lift_guards("default")
    yield
    gardes.install(connections["default"])
