"""The supervisor of the demo, with real processes."""

import os
import signal
from pathlib import Path

from tests.outillage.conftest import Lancement, is_running, wait_until

#: Three programs: one starts a child of its own, one is simple, one ignores polite requests.
PROGRAMME = """
import sys
from pathlib import Path
from scripts.superviseur import ArretDemande, Processus, ProcessusInstable, Superviseur

folder = Path(sys.argv[1])
ecrire = "import os, pathlib, time; pathlib.Path({fichier!r}).write_text(str(os.getpid())); "
def programme(nom, suite):
    fichier = str(folder / f"{nom}.pid")
    texte = ecrire.format(fichier=fichier) + suite
    return Processus(nom, [sys.executable, "-c", texte], folder / f"{nom}.log")

enfant = (
    "import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); "
    f"pathlib.Path({str(folder / 'petit.pid')!r}).write_text(str(p.pid)); time.sleep(600)"
)
sourd = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    "print('sourd', flush=True); time.sleep(600)"
)
mourant = "print('la raison'); raise SystemExit(3)"
suites = {"pere": enfant, "simple": "time.sleep(600)", "sourd": sourd, "mourant": mourant}
superviseur = Superviseur([programme(nom, suites[nom]) for nom in sys.argv[2:]], grace=1.0)
superviseur.install_signals()
try:
    superviseur.start()
    print("parti", flush=True)
    superviseur.watch(pause=0.02)
except ArretDemande as demande:
    print("arret", demande, flush=True)
except ProcessusInstable as erreur:
    print(erreur, flush=True)
    sys.exit(1)
finally:
    superviseur.stop()
print("fini", flush=True)
"""


def pid_of(folder: Path, name: str) -> int:
    """Wait for a program to have written its number, and return it."""
    path = folder / f"{name}.pid"
    wait_until(lambda: path.exists() and path.read_text(), f"{name} started")
    return int(path.read_text())


def test_given_running_programs_when_asked_to_stop_then_all_end_and_their_children_too(
    lancement: Lancement, tmp_path: Path
) -> None:
    popen = lancement.start("-c", PROGRAMME, str(tmp_path), "pere", "simple", "sourd")
    pids = [pid_of(tmp_path, name) for name in ("pere", "petit", "simple", "sourd")]
    wait_until(lambda: "sourd" in (tmp_path / "sourd.log").read_text(), "the deaf program ignores SIGTERM")
    assert all(is_running(pid) for pid in pids)

    popen.send_signal(signal.SIGINT)

    assert popen.wait(timeout=60) == 0
    assert "arret SIGINT" in lancement.texte
    assert lancement.texte.rstrip().endswith("fini")
    assert [pid for pid in pids if is_running(pid)] == []


def test_given_a_supervisor_killed_outright_when_it_is_gone_then_its_programs_end(
    lancement: Lancement, tmp_path: Path
) -> None:
    popen = lancement.start("-c", PROGRAMME, str(tmp_path), "simple", "pere")
    simple, pere, petit = (pid_of(tmp_path, name) for name in ("simple", "pere", "petit"))
    assert is_running(simple)
    assert is_running(pere)

    popen.kill()
    popen.wait()

    wait_until(lambda: not is_running(simple), "the simple program ends")
    wait_until(lambda: not is_running(pere), "the father ends")
    # Nobody supervises any more what a program had started by itself: gunicorn and Celery see to theirs.
    os.kill(petit, signal.SIGKILL)


def test_given_a_program_killed_when_it_is_missed_then_it_is_restarted_without_its_old_children(
    lancement: Lancement, tmp_path: Path
) -> None:
    popen = lancement.start("-c", PROGRAMME, str(tmp_path), "pere")
    pere, petit = pid_of(tmp_path, "pere"), pid_of(tmp_path, "petit")

    os.kill(pere, signal.SIGKILL)

    lancement.wait_for("« pere » s’est arrêté (SIGKILL) : on le relance.")
    wait_until(lambda: (tmp_path / "pere.pid").read_text() not in {"", str(pere)}, "a new father")
    wait_until(lambda: not is_running(petit), "the child of the old father is gone")
    popen.terminate()
    assert popen.wait(timeout=60) == 0


def test_given_a_program_that_cannot_live_when_it_has_died_enough_then_everything_stops_and_says_why(
    lancement: Lancement, tmp_path: Path
) -> None:
    popen = lancement.start("-c", PROGRAMME, str(tmp_path), "simple", "mourant")

    assert popen.wait(timeout=60) == 1
    assert "« mourant » ne tient pas (5 arrêts en une minute)" in lancement.texte
    assert "la raison" in lancement.texte
    assert not is_running(pid_of(tmp_path, "simple"))
