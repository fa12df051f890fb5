"""The cache of files, made fit to count: its ``add`` is atomic across processes.

Django's own looks, then writes: of two processes that add the same key at once, both may win. What
takes ``add`` for a lock (allauth's rate limits, codes of one use) then counts less than there is.
"""

import fcntl
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.filebased import FileBasedCache

#: Files that hold the locks; keys share them, and never wait long.
VERROUS = 64


class LockedFileCache(FileBasedCache):
    """A cache of files on one machine; several machines need Redis."""

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Write a key unless it is there, while no other process does the same."""
        with self._exclusive(key):
            return bool(super().add(key, value, timeout, version))

    @contextmanager
    def _exclusive(self, key: str) -> Iterator[None]:
        # The library's own attribute, which its types leave out.
        dossier = Path(f"{getattr(self, '_dir')}.verrous")  # noqa: B009
        dossier.mkdir(parents=True, exist_ok=True)
        poignee = os.open(dossier / str(zlib.crc32(key.encode()) % VERROUS), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # Released by the kernel if the process dies.
            fcntl.flock(poignee, fcntl.LOCK_EX)
            yield
        finally:
            os.close(poignee)
