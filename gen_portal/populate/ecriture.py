"""The bulk inserts: rows wait in memory, a few thousand at most, and leave by model in one transaction."""

import json
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage, default_storage
from django.db import connection, models, transaction

from socle import journal
from socle.models import Evenement

#: Rows that may wait: bounds the memory, whatever the size asked for.
ATTENTE = 12_000
PAR_REQUETE = 1_000

Lignes = list[models.Model]


class Ecriture:
    """Collects copies and writes them; the journal's guards and every constraint hold throughout."""

    def __init__(self) -> None:
        self.ecrites = 0
        self._lignes: dict[type[models.Model], Lignes] = defaultdict(list)
        self._evenements: list[Evenement] = []
        self._fichiers: list[tuple[str, str]] = []
        if connection.vendor == "postgresql":
            # The plans that check foreign keys are made once a session, while the tables are all but
            # empty: read whole for each row, they would cost the square of what is written.
            with connection.cursor() as curseur:
                curseur.execute("SET enable_seqscan = off")

    def add(self, copies: dict[type[models.Model], Lignes], evenements: list[Evenement]) -> None:
        """Keep rows for the next write."""
        for modele, lignes in copies.items():
            self._lignes[modele] += lignes
        self._evenements += evenements

    def duplicate(self, source: str, copie: str) -> None:
        """Keep a file to copy in the private storage."""
        self._fichiers.append((source, copie))

    def close(self) -> None:
        """Give the session its planner back."""
        if connection.vendor == "postgresql":
            with connection.cursor() as curseur:
                curseur.execute("RESET enable_seqscan")

    @property
    def full(self) -> bool:
        """Whether enough rows wait."""
        return sum(map(len, self._lignes.values())) + len(self._evenements) >= ATTENTE

    def flush(self) -> None:
        """Write what waits: its files first, then every row in one transaction."""
        for source, copie in self._fichiers:
            _duplicate(source, copie)
        with transaction.atomic():
            # Foreign keys are checked at the commit, on both databases: the order is free.
            for modele, lignes in self._lignes.items():
                insert(modele, lignes)
                self.ecrites += len(lignes)
            self.ecrites += journal.append_without_reactions(self._evenements, insert=insert)
        self._lignes.clear()
        self._evenements.clear()
        self._fichiers.clear()


def insert(modele: type[models.Model], lignes: Sequence[models.Model]) -> None:
    """Insert rows: by COPY on PostgreSQL, several times faster than INSERT and just as checked."""
    if connection.vendor != "postgresql":
        modele._base_manager.bulk_create(lignes, batch_size=PAR_REQUETE)
        return
    champs = [champ for champ in modele._meta.concrete_fields if not isinstance(champ, models.AutoField)]
    colonnes = ", ".join(connection.ops.quote_name(champ.column) for champ in champs)
    table = connection.ops.quote_name(modele._meta.db_table)
    lectures = [(champ.attname, _converter(champ)) for champ in champs]
    with (
        connection.cursor() as curseur,
        curseur.copy(f"COPY {table} ({colonnes}) FROM STDIN") as copie,
    ):
        for ligne in lignes:
            valeurs = ligne.__dict__
            copie.write_row([valeurs[nom] if lit is None else lit(valeurs[nom]) for nom, lit in lectures])


def _converter(champ: models.Field) -> Callable[[Any], Any] | None:
    """Return what turns a column's Python value into text; most are understood as they are."""
    if isinstance(champ, models.JSONField):
        return lambda valeur: None if valeur is None else json.dumps(valeur, ensure_ascii=False)
    return str if isinstance(champ, models.FileField) else None


def _duplicate(source: str, copie: str) -> None:
    """Copy a stored file; on a local disk a second name is enough, since files never change."""
    if not isinstance(default_storage, FileSystemStorage):
        with default_storage.open(source) as contenu:
            default_storage.save(copie, contenu)
        return
    origine, cible = Path(default_storage.path(source)), Path(default_storage.path(copie))
    cible.parent.mkdir(parents=True, exist_ok=True)
    # Left by a base that was dropped since: the same seed gives the same names.
    cible.unlink(missing_ok=True)
    try:
        os.link(origine, cible)
    except OSError:
        shutil.copyfile(origine, cible)
