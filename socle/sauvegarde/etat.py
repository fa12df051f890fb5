"""What is counted in a database, on both sides: when it is copied and once it is restored."""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from socle import journal
from socle.models import Fichier
from socle.sauvegarde.format import Copie, LigneFichier


@dataclass(frozen=True)
class Image:
    """What the database held at one instant."""

    instant: str
    tetes: list[dict[str, Any]]
    tables: dict[str, int]
    migrations: list[str]
    lignes: list[LigneFichier]


def describe(instant: str) -> Image:
    """Describe the database as the connection reads it."""
    return Image(instant, journal.export_heads(), counts(), migrations(), file_rows())


def counts() -> dict[str, int]:
    """Return the number of rows of every table."""
    compte = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            compte[table] = cursor.fetchone()[0]
    return compte


def migrations() -> list[str]:
    """Return the migrations that the database has seen, as ``app.name``."""
    appliquees = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{nom}" for app, nom in appliquees)


def migrations_of_the_code() -> list[str]:
    """Return the migrations that this version of the portal applies."""
    return sorted(f"{app}.{nom}" for app, nom in MigrationLoader(None).disk_migrations)


def file_rows() -> list[LigneFichier]:
    """Return every private file as its row describes it, in the order of the keys."""
    colonnes = ("id", "contenu", "taille", "sha256", "supprime_le")
    rows = Fichier.objects.order_by("contenu", "id").values_list(*colonnes)
    return [
        LigneFichier(str(id_), cle, taille, sha256, Copie.SUPPRIME if supprime_le else Copie.COPIE)
        for id_, cle, taille, sha256, supprime_le in rows.iterator(chunk_size=2000)
    ]
