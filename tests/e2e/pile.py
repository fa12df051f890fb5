"""A whole portal of the test's own: its folder, its base, gunicorn, a Celery worker and beat.

The processes are those of ``make demo``, so that what passes here is what a newcomer starts.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scripts.demo import environment, processes, wait_for_page
from scripts.etapes import RACINE
from scripts.superviseur import Processus, Superviseur

SIGNAUX = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as libre:
        libre.bind(("127.0.0.1", 0))
        return int(libre.getsockname()[1])


def environment_of(dossier: Path, port: int = 8000) -> dict[str, str]:
    """Return the demo's environment on a folder of the test's own, beat ticking each second."""
    return environment(port) | {
        "GEN_VAR_DIR": str(dossier),
        "GEN_URL": f"http://localhost:{port}",
        "GEN_TICK": "1",
    }


def manage(dossier: Path, *arguments: str, reglages: Mapping[str, str] | None = None) -> str:
    """Run a command of ``manage.py`` on a folder, settings added, and return what it prints."""
    fait = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=RACINE,
        env=environment_of(dossier) | dict(reglages or {}),
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert fait.returncode == 0, fait.stdout + fait.stderr
    return fait.stdout


class Pile:
    """The running portal, and what a test asks of it beside its pages."""

    def __init__(self, dossier: Path, port: int, superviseur: Superviseur) -> None:
        self.dossier = dossier
        self.url = f"http://localhost:{port}"
        self.superviseur = superviseur

    def data(self, code: str) -> Any:
        """Run a snippet that prints JSON in the portal's own context: reference data, never an act."""
        return json.loads(manage(self.dossier, "shell", "--no-imports", "-c", code))

    def logs(self) -> str:
        """Return the end of what each process said."""
        return "\n".join(f"== {un.nom}\n{un.tail(30)}" for un in self.superviseur.processus)

    def sweeps(self) -> int:
        """Return how many ticks of beat the worker has finished."""
        journal = next(un.journal for un in self.superviseur.processus if un.nom == "worker")
        return sum("socle.sweep" in ligne and "succeeded" in ligne for ligne in _lines(journal))

    def wait_for(self, condition: Callable[[], bool], quoi: str, secondes: float = 30) -> None:
        """Wait for something that the processes do."""
        limite = time.monotonic() + secondes
        while not condition():
            assert time.monotonic() < limite, f"{quoi}\n{self.logs()}"
            time.sleep(0.1)

    def wait_for_sweeps(self, nombre: int) -> None:
        """Wait until beat and the worker have done this many whole sweeps more."""
        # The one under way may have begun before what the test looks for.
        attendu = self.sweeps() + nombre + 1
        self.wait_for(lambda: self.sweeps() >= attendu, f"{nombre} sweeps")


def _lines(journal: Path) -> list[str]:
    return journal.read_text(errors="replace").splitlines() if journal.exists() else []


@contextmanager
def running(
    dossier: Path,
    seulement: Collection[str] = ("web", "worker", "beat"),
    reglages: Mapping[str, str] | None = None,
) -> Iterator[Pile]:
    """Start the portal of a folder, settings added; none of its processes outlives the block."""
    port = free_port()
    voulus = [un for un in processes(port, dossier) if un.nom in seulement]
    superviseur = Superviseur(voulus, env=environment_of(dossier, port) | dict(reglages or {}))
    try:
        superviseur.start()
        wait_for_page(superviseur, port)
        pile = Pile(dossier, port, superviseur)
        yield pile
        dead = [un.nom for un in superviseur.processus if not un.alive]
        assert not dead, f"{dead} died meanwhile\n{pile.logs()}"
    finally:
        _stop(superviseur)


def _stop(superviseur: Superviseur) -> None:
    """Stop everything; the supervisor's own handlers of signals are for a terminal, not for a test."""
    avant = {numero: signal.getsignal(numero) for numero in SIGNAUX}
    try:
        superviseur.stop()
    finally:
        for numero, traite in avant.items():
            signal.signal(numero, traite)
    orphelins = [un.nom for un in superviseur.processus if _group_exists(un)]
    assert not orphelins, f"{orphelins} left processes behind"


def _group_exists(processus: Processus) -> bool:
    if processus.popen is None:
        return False
    limite = time.monotonic() + 5
    while time.monotonic() < limite:
        try:
            os.killpg(processus.popen.pid, 0)
        except ProcessLookupError:
            return False
        # Killed children of a killed parent stay until their new parent has read their end.
        time.sleep(0.05)
    return True
