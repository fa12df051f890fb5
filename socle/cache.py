"""The caches: files made fit to count, files that forget in time, and a Redis that may be away.

Django's own looks, then writes: of two processes that add the same key at once, both may win. What
takes ``add`` for a lock (allauth's rate limits, codes of one use) then counts less than there is.
"""

import fcntl
import logging
import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

#: Files that hold the locks; keys share them, and never wait long.
VERROUS = 64
#: Seconds for which a Redis that failed is not asked again by this process.
PAUSE = 10
#: Entries of the files that replace Redis: past them, some counters are forgotten.
COMPTEURS = 5000


class LockedFileCache(FileBasedCache):
    """A cache of files on one machine; several machines need Redis."""

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Write a key unless it is there, while no other process does the same."""
        with self._exclusive(key):
            return bool(super().add(key, value, timeout, version))

    @contextmanager
    def _exclusive(self, key: str) -> Iterator[None]:
        dossier = Path(f"{self._dir}.verrous")  # type: ignore[attr-defined]  # Django's, not in its types
        dossier.mkdir(parents=True, exist_ok=True)
        poignee = os.open(dossier / str(zlib.crc32(key.encode()) % VERROUS), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # Released by the kernel if the process dies.
            fcntl.flock(poignee, fcntl.LOCK_EX)
            yield
        finally:
            os.close(poignee)


class ForgetfulFileCache(FileBasedCache):
    """A cache of files for a few heavy things: what has expired leaves the disk at the next writing.

    Django's own deletes an expired file only if its key is read again. Bounded by ``MAX_ENTRIES``.
    """

    def _cull(self) -> None:
        for chemin in self._list_cache_files():  # type: ignore[attr-defined]  # Django's, not in its types
            try:
                with Path(chemin).open("rb") as fichier:
                    # Deletes it as well.
                    self._is_expired(fichier)  # type: ignore[attr-defined]  # Django's, not in its types
            except FileNotFoundError:
                # Another process was faster.
                continue
        super()._cull()  # type: ignore[misc]  # Django's, not in its types


class SafeRedisCache(RedisCache):
    """A Redis whose absence breaks no request: while it fails, files of this machine take its place.

    The rate limits must hold all the same: the files count right between the processes of one machine
    (of one container), so that a limit is at worst multiplied by their number. After a failure (away,
    frozen, full) *every* operation goes to the files for ``PAUSE`` seconds: a full Redis still reads,
    and counters written here but read there would count nothing; a frozen one costs one wait, not one
    for each operation. ``OPTIONS["secours"]`` names the folder.
    """

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        options = dict(params.get("OPTIONS", {}))
        dossier = options.pop("secours")
        super().__init__(server, {**params, "OPTIONS": options})
        # Not the options of a connection, which mean nothing to files.
        propres = {cle: valeur for cle, valeur in params.items() if cle != "OPTIONS"}
        self._secours = LockedFileCache(str(dossier), {**propres, "max_entries": COMPTEURS})

    def _ask(self, nom: str, redis: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        if _panne.over():
            try:
                return redis(*args, **kwargs)
            except RedisError as erreur:
                _panne.begin(erreur)
        return getattr(self._secours, nom)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> bool:
        """Write a key unless it is there; one caller alone wins."""
        return bool(self._ask("add", super().add, *args, **kwargs))

    def get(self, *args: Any, **kwargs: Any) -> Any:
        """Read a key."""
        return self._ask("get", super().get, *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> None:
        """Write a key."""
        self._ask("set", super().set, *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        """Give a key more time."""
        return bool(self._ask("touch", super().touch, *args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        """Forget a key."""
        return bool(self._ask("delete", super().delete, *args, **kwargs))

    def get_many(self, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        """Read several keys."""
        return dict(self._ask("get_many", super().get_many, *args, **kwargs))

    def has_key(self, *args: Any, **kwargs: Any) -> bool:
        """Tell whether a key is there."""
        return bool(self._ask("has_key", super().has_key, *args, **kwargs))

    def incr(self, *args: Any, **kwargs: Any) -> int:
        """Add to a number. Errors: ``ValueError`` (no such key)."""
        return int(self._ask("incr", super().incr, *args, **kwargs))

    def set_many(self, *args: Any, **kwargs: Any) -> list[Any]:
        """Write several keys."""
        return list(self._ask("set_many", super().set_many, *args, **kwargs))

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        """Forget several keys."""
        self._ask("delete_many", super().delete_many, *args, **kwargs)

    def clear(self) -> None:
        """Forget everything, here and there."""
        self._secours.clear()
        self._ask("clear", super().clear)


class _Panne:
    """What this process knows of a failing Redis: Django makes one cache for each thread."""

    def __init__(self) -> None:
        self._jusqu_a = 0.0

    def over(self) -> bool:
        return time.monotonic() >= self._jusqu_a

    def begin(self, erreur: RedisError) -> None:
        # Logged here: once in ``PAUSE`` seconds for each process, or so.
        logger.error("The cache's Redis fails, files replace it: %s: %s", type(erreur).__name__, erreur)
        self._jusqu_a = time.monotonic() + PAUSE

    def forget(self) -> None:
        self._jusqu_a = 0.0


_panne = _Panne()
