"""Copying a database and putting it back: pg_dump under an exported snapshot, SQLite's online backup."""

import contextlib
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from socle.sauvegarde.format import BASES, SauvegardeRefusee


@contextlib.contextmanager
def picture(dossier: Path) -> Iterator[None]:
    """Copy the database into the folder; inside, the connection reads that very picture."""
    copy = _picture_postgresql if connection.vendor == "postgresql" else _picture_sqlite
    with copy(dossier / BASES[connection.vendor]):
        yield


@contextlib.contextmanager
def _picture_postgresql(cible: Path) -> Iterator[None]:
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        instantane = cursor.fetchone()[0]
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={instantane}"]
        _run("pg_dump", [*options, f"--file={cible}"])
        yield


@contextlib.contextmanager
def _picture_sqlite(cible: Path) -> Iterator[None]:
    connection.ensure_connection()
    with contextlib.closing(sqlite3.connect(cible)) as copie:
        connection.connection.backup(copie)
        # One file: the copy's own log would stand beside it, out of the manifest.
        copie.execute("PRAGMA journal_mode=DELETE")
    presente = connections[DEFAULT_DB_ALIAS]
    lecture = connections.create_connection(DEFAULT_DB_ALIAS)
    lecture.settings_dict = {
        **presente.settings_dict,
        "NAME": f"file:{cible}?mode=ro",
        "OPTIONS": {"uri": True},
    }
    connections[DEFAULT_DB_ALIAS] = lecture
    try:
        yield
    finally:
        lecture.close()
        connections[DEFAULT_DB_ALIAS] = presente


def server_version() -> str:
    """Return the version of the database's server, for whoever has to find the same."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SHOW server_version" if connection.vendor == "postgresql" else "SELECT sqlite_version()"
        )
        return str(cursor.fetchone()[0])


def is_empty() -> bool:
    """Whether the database holds no table at all."""
    return not connection.introspection.table_names()


def demand_alone() -> None:
    """Refuse while another process of the portal is connected (PostgreSQL)."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND usename = current_user AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        autres = cursor.fetchone()[0]
    if autres:
        raise SauvegardeRefusee(
            f"{autres} autre(s) connexion(s) utilisent cette base. Arrêtez d’abord le site, les exécutants "
            "et l’ordonnanceur (web, worker, beat), puis relancez la commande."
        )


def load(source: Path) -> None:
    """Put the copied database in the place of the present one."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as copie:
            copie.backup(connection.connection)
        return
    if not is_empty():
        _drop_everything()
    connection.close()
    _run(
        "pg_restore",
        ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(source)],
        base="--dbname",
    )


def _drop_everything() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_schema()")
        schema = connection.ops.quote_name(cursor.fetchone()[0])
        cursor.execute(f"DROP SCHEMA {schema} CASCADE")
        cursor.execute(f"CREATE SCHEMA {schema}")


def _run(programme: str, arguments: list[str], *, base: str = "") -> None:
    """Run a PostgreSQL client program on the portal's database; the password stays out of its arguments."""
    chemin = _client(programme)
    reglages = connection.settings_dict
    nom = [f"{base}={reglages['NAME']}"] if base else [str(reglages["NAME"])]
    # pg_dump takes the database last, pg_restore takes the file last.
    commande = [chemin, "--no-password", *(nom if base else []), *arguments, *([] if base else nom)]
    fait = subprocess.run(
        commande,
        env={**os.environ, **_client_settings(reglages)},
        capture_output=True,
        text=True,
        check=False,
    )
    if fait.returncode:
        raise SauvegardeRefusee(
            f"{programme} a échoué (code {fait.returncode}) : {fait.stderr.strip()[-2000:]}"
        )


def _client_settings(reglages: dict[str, Any]) -> dict[str, str]:
    options = reglages.get("OPTIONS", {})
    valeurs = {
        "PGHOST": reglages["HOST"],
        "PGPORT": reglages["PORT"],
        "PGUSER": reglages["USER"],
        "PGPASSWORD": reglages["PASSWORD"],
        "PGSSLMODE": options.get("sslmode"),
        "PGSSLROOTCERT": options.get("sslrootcert"),
        "PGSERVICE": options.get("service"),
    }
    return {nom: str(valeur) for nom, valeur in valeurs.items() if valeur}


def _client(programme: str) -> str:
    """Return the program's path; it must not be older than the server."""
    chemin = shutil.which(programme)
    if chemin is None:
        raise SauvegardeRefusee(
            f"{programme} est introuvable. Installez le client de PostgreSQL (paquet postgresql-client)."
        )
    dit = subprocess.run([chemin, "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"\b(\d+)\.", dit)
    serveur = server_version()
    if version is None or int(version[1]) < int(serveur.split(".")[0]):
        raise SauvegardeRefusee(
            f"{dit.strip()} est plus ancien que le serveur ({serveur}). Installez le client de la même "
            "version."
        )
    return chemin
