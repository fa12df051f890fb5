"""The database's own refusal to change the journal.

Triggers refuse UPDATE, DELETE and, on PostgreSQL, TRUNCATE of ``socle_evenement``. On SQLite
``PRAGMA recursive_triggers`` makes the DELETE trigger see INSERT OR REPLACE as well. A table rebuild
on SQLite drops triggers silently: ``post_migrate`` puts them back, ``missing`` tells when they lack.
"""

from typing import Any

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "socle_evenement"
FONCTION = "socle_evenement_refuse"
GARDES = {
    "sqlite": ("socle_evenement_no_update", "socle_evenement_no_delete"),
    "postgresql": ("socle_evenement_no_change", "socle_evenement_no_truncate"),
}

_SQLITE = {
    "socle_evenement_no_update": (
        f"CREATE TRIGGER socle_evenement_no_update BEFORE UPDATE ON {TABLE} "
        "BEGIN SELECT RAISE(ABORT, 'the journal is append-only: UPDATE refused'); END"
    ),
    "socle_evenement_no_delete": (
        f"CREATE TRIGGER socle_evenement_no_delete BEFORE DELETE ON {TABLE} "
        "BEGIN SELECT RAISE(ABORT, 'the journal is append-only: DELETE refused'); END"
    ),
}
_PG_BODY = """
BEGIN
    RAISE EXCEPTION 'the journal is append-only: % refused', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
"""
_PG_TRIGGERS = {
    "socle_evenement_no_change": "BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW",
    "socle_evenement_no_truncate": "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT",
}
#: ``pg_trigger.tgtype``: ROW 1, BEFORE 2, DELETE 8, UPDATE 16, TRUNCATE 32.
_PG_TYPES = {"socle_evenement_no_change": 27, "socle_evenement_no_truncate": 34}


def guards_present(connection: BaseDatabaseWrapper | None = None) -> bool:
    """Tell whether the database refuses every change of the journal."""
    return not missing(connection)


def missing(connection: BaseDatabaseWrapper | None = None) -> list[str]:
    """Name the guards that are absent, switched off or altered."""
    connection = connection or connections["default"]
    if connection.vendor == "sqlite":
        return _missing_sqlite(connection)
    return _missing_postgresql(connection)


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every missing guard in place; does nothing when all stand."""
    lacking = [nom for nom in missing(connection) if nom in GARDES[connection.vendor] or nom == FONCTION]
    if not lacking:
        return
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            _install_sqlite(cursor, lacking)
        else:
            _install_postgresql(cursor, lacking)


def reinstall(*, using: str, **_: Any) -> None:
    """After every migration: put the guards back (receiver of ``post_migrate``)."""
    connection = connections[using]
    if not router.allow_migrate(using, "socle"):
        return
    if TABLE in connection.introspection.table_names():
        install(connection)


def _missing_sqlite(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [TABLE]
        )
        found = dict(cursor.fetchall())
        cursor.execute("PRAGMA recursive_triggers")
        recursive = cursor.fetchone()[0]
    lacking = [nom for nom, sql in _SQLITE.items() if found.get(nom) != sql]
    return lacking if recursive else [*lacking, "PRAGMA recursive_triggers"]


def _install_sqlite(cursor: Any, lacking: list[str]) -> None:
    for nom in lacking:
        cursor.execute(f"DROP TRIGGER IF EXISTS {nom}")
        cursor.execute(_SQLITE[nom])


def _missing_postgresql(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        # 'A' (always): session_replication_role does not switch them off.
        cursor.execute(
            "SELECT tgname, tgtype FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
            "WHERE tgrelid = to_regclass(%s) AND tgenabled = 'A' AND tgqual IS NULL AND proname = %s",
            [TABLE, FONCTION],
        )
        found = dict(cursor.fetchall())
        cursor.execute("SELECT prosrc FROM pg_proc WHERE oid = to_regproc(%s)", [FONCTION])
        body = cursor.fetchone()
    lacking = [nom for nom, kind in _PG_TYPES.items() if found.get(nom) != kind]
    return lacking if body == (_PG_BODY,) else [FONCTION, *lacking]


def _install_postgresql(cursor: Any, lacking: list[str]) -> None:
    cursor.execute(
        f"CREATE OR REPLACE FUNCTION {FONCTION}() RETURNS trigger LANGUAGE plpgsql "
        f"AS $gardes${_PG_BODY}$gardes$"
    )
    for nom in lacking:
        if nom == FONCTION:
            continue
        when = _PG_TRIGGERS[nom].format(table=TABLE)
        cursor.execute(f"DROP TRIGGER IF EXISTS {nom} ON {TABLE}")
        cursor.execute(f"CREATE TRIGGER {nom} {when} EXECUTE FUNCTION {FONCTION}()")
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {nom}")
