"""Moulds: a builder that plays hundreds of statements plays them once a process, then its rows are copied.

The verbs do the work the first time; what they wrote is read, and the next test that begins by the same
call is given the same rows and the same files at once. Only where nothing can differ: an empty base, a
transaction of the test, a clock that stands still, plain arguments, the same settings, nothing patched.
Everywhere else the builder plays as it always did.
"""

from collections.abc import Callable
from datetime import date
from functools import cache, wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Model

from socle import horloge

P = ParamSpec("P")
Objet = TypeVar("Objet", bound=Model)

#: What the test that runs has patched, given by the fixture ``moules`` of ``conftest.py``.
rustines: pytest.MonkeyPatch | None = None
_MOULES: dict[Any, "_Moule"] = {}
#: Filled by the migrations, and by nothing else.
_FIXES = ("django_content_type", "auth_permission")
_SIMPLES = (str, int, date, type(None))


class _Moule:
    """The rows and the files that a builder has left, and which object it returned."""

    def __init__(self, objet: Model) -> None:
        self.genre, self.pk = type(objet), objet.pk
        self.lignes = {}
        with connection.cursor() as curseur:
            for table, colonnes in _tables().items():
                curseur.execute(f"SELECT {_listed(colonnes)} FROM {_quoted(table)}")
                if lignes := curseur.fetchall():
                    self.lignes[table] = lignes
        racine = Path(settings.PRIVATE_ROOT)
        chemins = (chemin for chemin in racine.rglob("*") if chemin.is_file())
        self.fichiers = {chemin.relative_to(racine): chemin.read_bytes() for chemin in chemins}

    def pour(self) -> Any:
        """Write the rows and the files, and return the object, read again."""
        with connection.cursor() as curseur:
            for table, lignes in self.lignes.items():
                colonnes = _tables()[table]
                trous = ", ".join(["%s"] * len(colonnes))
                ordre = f"INSERT INTO {_quoted(table)} ({_listed(colonnes)}) VALUES ({trous})"
                curseur.executemany(ordre, lignes)
        for chemin, contenu in self.fichiers.items():
            lieu = Path(settings.PRIVATE_ROOT) / chemin
            lieu.parent.mkdir(parents=True, exist_ok=True)
            lieu.write_bytes(contenu)
        return self.genre._base_manager.get(pk=self.pk)


def moule(batir: Callable[P, Objet]) -> Callable[P, Objet]:
    """Let a builder be copied from its second call on; its first call in a test only."""

    @wraps(batir)
    def build(*args: P.args, **kwargs: P.kwargs) -> Objet:
        cle = _key(batir, args, kwargs)
        if cle is None or not _is_blank():
            return batir(*args, **kwargs)
        if cle not in _MOULES:
            objet = batir(*args, **kwargs)
            _MOULES[cle] = _Moule(objet)
            return objet
        return _MOULES[cle].pour()

    return build


def _key(batir: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what two calls must share to leave the same rows, or ``None`` when that can't be known."""
    instant = horloge.now()
    if _is_patched() or not connection.in_atomic_block or instant != horloge.now():
        return None
    valeurs = [*args, *kwargs.values()]
    aplaties = [un for valeur in valeurs for un in (valeur if isinstance(valeur, list) else [valeur])]
    if not all(isinstance(valeur, _SIMPLES) for valeur in aplaties):
        return None
    return (batir.__module__, batir.__name__, repr(args), repr(sorted(kwargs.items())), instant, _settings())


def _is_patched() -> bool:
    return rustines is None or bool(rustines._setattr or rustines._setitem)


def _settings() -> str:
    noms = [nom for nom in dir(settings) if nom.startswith("GEN_") and nom != "GEN_DEMO_COURRIELS"]
    return repr([(nom, getattr(settings, nom)) for nom in noms])


@cache
def _tables() -> dict[str, list[str]]:
    """Return the tables that a builder may fill, with the columns that one may write."""
    return {
        modele._meta.db_table: [
            champ.column for champ in modele._meta.concrete_fields if not getattr(champ, "generated", False)
        ]
        for modele in apps.get_models(include_auto_created=True)
        if modele._meta.managed and not modele._meta.proxy and modele._meta.db_table not in _FIXES
    }


def _is_blank() -> bool:
    """Tell whether the test has written nothing yet."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT " + " OR ".join(f"EXISTS (SELECT 1 FROM {_quoted(table)})" for table in _tables())
        )
        return not curseur.fetchone()[0]


def _quoted(nom: str) -> str:
    return connection.ops.quote_name(nom)


def _listed(colonnes: list[str]) -> str:
    return ", ".join(_quoted(colonne) for colonne in colonnes)
