"""Real processes for the tests that kill: workers, beats, brokers, on the database of one test."""

import contextlib
import fcntl
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import connection, connections

RACINE = Path(__file__).resolve().parents[2]
CONSTATS = RACINE / "build" / "kills.txt"


class Atelier:
    """Processes of one test, all started in groups of their own so that nothing outlives it."""

    def __init__(self, dossier: Path, environnement: dict[str, str]) -> None:
        self.dossier = dossier
        self.environnement = environnement
        self.repere = dossier / "repere"
        self._groupes: dict[str, subprocess.Popen[bytes]] = {}

    def worker(self, nom: str = "worker", *, beat: bool = True, **environnement: str) -> None:
        """Start a worker (with its own beat, ticking each second)."""
        commande = ["worker", "--concurrency=1", "--loglevel=INFO", "--without-mingle", "--without-gossip"]
        commande += ["--include=tests.services.travaux_lents", f"--hostname={nom}@essai"]
        commande += ["--beat", f"--schedule={self.dossier / nom}.schedule"] if beat else []
        self._start(nom, commande, environnement)

    def beat(self, nom: str) -> None:
        """Start a beat alone."""
        self._start(
            nom, ["beat", f"--schedule={self.dossier / nom}.schedule", f"--pidfile={self.dossier / nom}.pid"]
        )

    def _start(self, nom: str, commande: list[str], environnement: dict[str, str] | None = None) -> None:
        with (self.dossier / f"{nom}.log").open("ab") as journal:
            self._groupes[nom] = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "gen_portal", *commande],
                cwd=RACINE,
                env=os.environ | self.environnement | (environnement or {}),
                stdout=journal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, nom: str = "worker") -> None:
        """``kill -9`` a process with its children: nothing gets to clean up."""
        processus = self._groupes.pop(nom)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(processus.pid, signal.SIGKILL)
        processus.wait(timeout=10)

    def kill_all(self) -> None:
        """End every process of the test."""
        for nom in list(self._groupes):
            self.kill(nom)

    def python(self, code: str) -> str:
        """Run a script with Django set up, as a web process would be, and return what it prints."""
        script = f"import django; django.setup()\n{code}"
        environnement = os.environ | self.environnement | {"DJANGO_SETTINGS_MODULE": "gen_portal.settings"}
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=RACINE,
            env=environnement,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def wait_for(self, condition: Callable[[], bool], quoi: str, secondes: float = 60) -> None:
        """Wait for something that the processes do; their logs are the failure's message."""
        limite = time.monotonic() + secondes
        while not condition():
            assert time.monotonic() < limite, f"{quoi}:\n{self.logs()}"
            time.sleep(0.05)

    def logs(self) -> str:
        """Return what the processes said."""
        return "\n".join(f"== {path.name}\n{path.read_text()}" for path in sorted(self.dossier.glob("*.log")))


class Redis:
    """A Redis of the test's own, that it may stop, freeze and start again on the same port."""

    def __init__(self, dossier: Path) -> None:
        self.dossier = dossier
        with socket.socket() as libre:
            libre.bind(("127.0.0.1", 0))
            self.port = libre.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.processus: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        executable = shutil.which("redis-server")
        assert executable, "redis-server is not installed"
        self.processus = subprocess.Popen(
            [
                executable,
                "--port",
                str(self.port),
                "--save",
                "",
                "--appendonly",
                "no",
                "--dir",
                str(self.dossier),
            ],
            stdout=subprocess.DEVNULL,
        )
        limite = time.monotonic() + 10
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert time.monotonic() < limite, "redis-server does not start"
            time.sleep(0.02)

    def stop(self) -> None:
        """Kill it: what it held in memory is lost."""
        if self.processus is not None:
            self.processus.kill()
            self.processus.wait(timeout=10)
            self.processus = None

    def freeze(self) -> None:
        """Let it accept connections and answer nothing."""
        assert self.processus is not None
        self.processus.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it answer again."""
        assert self.processus is not None
        self.processus.send_signal(signal.SIGCONT)


@contextlib.contextmanager
def shared_database(dossier: Path) -> Iterator[str]:
    """Yield the address of the test's database, which other processes may open.

    The suite's SQLite is in memory: a copy in a file takes its place meanwhile.
    """
    if connection.vendor == "postgresql":
        base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
        yield f"{base}/{connection.settings_dict['NAME']}"
        return
    en_memoire = connections["default"]
    en_memoire.ensure_connection()
    chemin = dossier / "base.sqlite3"
    with contextlib.closing(sqlite3.connect(chemin)) as copie:
        en_memoire.connection.backup(copie)
    partagee = connections.create_connection("default")
    partagee.settings_dict = en_memoire.settings_dict | {"NAME": str(chemin)}
    connections["default"] = partagee
    try:
        yield f"sqlite:///{chemin}"
    finally:
        partagee.close()
        connections["default"] = en_memoire


def note(essai: str, constat: str) -> None:
    """Keep in one line what a test that kills has shown, in the place of its former line."""
    cle = f"{essai} [{connection.vendor}]"
    CONSTATS.parent.mkdir(exist_ok=True)
    with CONSTATS.open("a+", encoding="utf-8") as fichier:
        # Two of these tests may end together, each in its process.
        fcntl.flock(fichier, fcntl.LOCK_EX)
        fichier.seek(0)
        kept = [line for line in fichier.read().splitlines() if not line.startswith(f"{cle}: ")]
        fichier.seek(0)
        fichier.truncate()
        fichier.write("\n".join(sorted([*kept, f"{cle}: {constat}"])) + "\n")
