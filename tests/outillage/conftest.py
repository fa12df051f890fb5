"""What the tests of the tools share: nothing of Django, real processes, small projects on disk."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.etapes import RACINE


def wait_until(condition: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Wait for a condition of the outside world; say what never came."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """Tell whether a process runs (one that only waits to be reaped does not)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class Lancement:
    """A Python program run as somebody would from a terminal, its output in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sortie = folder / "sortie.txt"
        self.popen: subprocess.Popen[bytes] | None = None

    def start(self, *argv: str, **env: str) -> subprocess.Popen[bytes]:
        """Start ``python argv…`` from the root of the project."""
        with self.sortie.open("wb") as output:
            self.popen = subprocess.Popen(
                [sys.executable, *argv],
                cwd=RACINE,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self.popen

    @property
    def texte(self) -> str:
        """Return what the program has printed so far."""
        return self.sortie.read_text()

    def wait_for(self, text: str) -> None:
        """Wait until the program has printed ``text``."""
        wait_until(lambda: text in self.texte, f"{text!r} in the output")

    def close(self) -> None:
        """Kill what is left of the program."""
        if self.popen is not None and self.popen.poll() is None:
            self.popen.send_signal(signal.SIGKILL)
            self.popen.wait()


@pytest.fixture
def lancement(tmp_path: Path) -> Iterator[Lancement]:
    """Give a program to start, gone at the end of the test."""
    lancement = Lancement(tmp_path)
    yield lancement
    lancement.close()
