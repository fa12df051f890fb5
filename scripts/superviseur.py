"""A small supervisor: starts processes, restarts the dead, stops them all and leaves no orphan.

Each process leads its own session, so that Ctrl-C reaches only the supervisor, which then stops its
children in order. On Linux the kernel sends them SIGTERM if the supervisor itself is killed.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from scripts.etapes import RACINE, say

#: A process that dies this many times within the window will not live: stop everything and say so.
CHUTES_MAXIMUM = 5
CHUTES_FENETRE = 60.0
PR_SET_PDEATHSIG = 1


class ArretDemande(BaseException):
    """Somebody asked the supervisor to stop (Ctrl-C, SIGTERM, terminal closed)."""


class ProcessusInstable(Exception):
    """A process keeps dying; its message says which and where to read why."""


def die_with_parent() -> Callable[[], None] | None:
    """Return what a child runs before its program, so that it never outlives its parent."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            # The parent died before the request was made.
            os._exit(1)

    return ask


@dataclass
class Processus:
    """One program to keep alive, and where it writes."""

    nom: str
    argv: Sequence[str]
    journal: Path
    popen: subprocess.Popen[bytes] | None = None
    chutes: deque[float] = field(default_factory=deque)

    def start(self, env: Mapping[str, str]) -> None:
        """Start the program in a session of its own."""
        self.journal.parent.mkdir(parents=True, exist_ok=True)
        with self.journal.open("ab") as output:
            self.popen = subprocess.Popen(
                list(self.argv),
                cwd=RACINE,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(),
            )

    @property
    def alive(self) -> bool:
        """Tell whether the program runs."""
        return self.popen is not None and self.popen.poll() is None

    def signal_group(self, number: signal.Signals) -> None:
        """Send a signal to the program and everything it started."""
        if self.popen is None:
            return
        try:
            os.killpg(self.popen.pid, number)
        except ProcessLookupError:
            # Nobody left in the group: what we wanted.
            return

    def tail(self, lines: int = 15) -> str:
        """Return the end of its log."""
        text = self.journal.read_text(errors="replace") if self.journal.exists() else ""
        return "\n".join(text.splitlines()[-lines:])


class Superviseur:
    """Keeps a list of processes alive until it is asked to stop."""

    def __init__(
        self, processus: Sequence[Processus], *, env: Mapping[str, str] | None = None, grace: float = 10.0
    ) -> None:
        self.processus = list(processus)
        self.env = dict(os.environ if env is None else env)
        self.grace = grace

    def install_signals(self) -> None:
        """Turn every polite request to stop into :class:`ArretDemande`."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _ask_to_stop)

    def start(self) -> None:
        """Start every process, logs emptied."""
        for processus in self.processus:
            processus.journal.unlink(missing_ok=True)
            processus.start(self.env)

    def check(self) -> None:
        """Restart what died, with a message; give up on what dies again and again."""
        for processus in self.processus:
            if processus.alive or processus.popen is None:
                continue
            code = processus.popen.returncode
            processus.signal_group(signal.SIGKILL)
            self._count_fall(processus)
            say(f"« {processus.nom} » s’est arrêté ({_ending(code)}) : on le relance.")
            processus.start(self.env)

    def _count_fall(self, processus: Processus) -> None:
        now = time.monotonic()
        processus.chutes.append(now)
        while processus.chutes and now - processus.chutes[0] > CHUTES_FENETRE:
            processus.chutes.popleft()
        if len(processus.chutes) >= CHUTES_MAXIMUM:
            raise ProcessusInstable(
                f"« {processus.nom} » ne tient pas ({len(processus.chutes)} arrêts en une minute). "
                f"Fin de {processus.journal} :\n{processus.tail()}"
            )

    def watch(self, pause: float = 0.5) -> None:
        """Look after the processes until :class:`ArretDemande` or :class:`ProcessusInstable`."""
        while True:
            self.check()
            time.sleep(pause)

    def stop(self) -> None:
        """Stop every process, the last started first; kill what is still there after the delay."""
        # A second Ctrl-C must not leave half of them behind: it only shortens the wait.
        hurry = _Hurry()
        running = [processus for processus in reversed(self.processus) if processus.popen is not None]
        for processus in running:
            if processus.alive and processus.popen is not None:
                processus.popen.terminate()
        deadline = time.monotonic() + self.grace
        while any(processus.alive for processus in running):
            if time.monotonic() > deadline or hurry.asked:
                break
            time.sleep(0.05)
        for processus in running:
            processus.signal_group(signal.SIGKILL)
            if processus.popen is not None:
                processus.popen.wait()


class _Hurry:
    """Remembers that somebody asked again, instead of interrupting the stop."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


def _ask_to_stop(number: int, frame: FrameType | None) -> None:
    raise ArretDemande(signal.Signals(number).name)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"code {code}"
