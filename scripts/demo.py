"""The demo: prepare the data, then keep web, worker and beat alive until Ctrl-C.

SQLite and the filesystem broker, nothing else to install or start. Settings of another project that
the shell may carry (``DATABASE_URL``, ``REDIS_URL``…) are left out: the demo never writes elsewhere
than under ``var/`` (``GEN_VAR_DIR`` to put it elsewhere).
"""

import argparse
import fcntl
import http.client
import os
import shutil
import sys
import time
from pathlib import Path
from typing import IO

from scripts import port as port_check
from scripts.etapes import RACINE, french, say, step
from scripts.superviseur import ArretDemande, Processus, ProcessusInstable, Superviseur, die_with_parent

#: What a demo keeps under var/, and all that a new beginning erases.
DONNEES = (
    "portail.sqlite3",
    "portail.sqlite3-shm",
    "portail.sqlite3-wal",
    "broker",
    "cache",
    "courriels",
    "prive",
    "cles",
    "journaux",
    "celerybeat-schedule",
)
#: Settings that a demo takes from the shell; every other one is its own.
REGLAGES_GARDES = ("GEN_VAR_DIR", "GEN_TICK", "GEN_LOG_LEVEL")
REGLAGES_ECARTES = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "EMAIL_URL")
#: How long the first page may take to answer, on a slow machine.
ATTENTE_PAGE = 90.0


class DemoImpossible(Exception):
    """The demo cannot run; the message says why and what to do."""


def var_dir() -> Path:
    """Return where the demo writes."""
    return Path(os.environ.get("GEN_VAR_DIR") or RACINE / "var").resolve()


def environment(port: int) -> dict[str, str]:
    """Return the environment of every process of the demo."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in REGLAGES_ECARTES and (not name.startswith("GEN_") or name in REGLAGES_GARDES)
    }
    env.update(
        DJANGO_SETTINGS_MODULE="gen_portal.settings",
        GEN_ENV="local",
        GEN_DEMO="1",
        GEN_VAR_DIR=str(var_dir()),
        GEN_URL=f"http://localhost:{port}",
        PYTHONUNBUFFERED="1",
    )
    # Real seconds between two sweeps: reminders follow a move of the clock closely.
    env.setdefault("GEN_TICK", "5")
    return env


def hold(directory: Path) -> IO[str]:
    """Take the demo's lock: two demos on the same data would fight over them."""
    directory.mkdir(parents=True, exist_ok=True)
    # The handle outlives this function: the lock is held until the process ends.
    handle = (directory / "demo.verrou").open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.seek(0)
        raise DemoImpossible(
            f"Une démonstration tourne déjà sur ces données (processus {handle.read().strip()}) : "
            "arrêtez-la d’abord (Ctrl-C dans sa fenêtre)."
        ) from None
    handle.truncate(0)
    handle.write(f"{os.getpid()}\n")
    handle.flush()
    return handle


def erase(directory: Path) -> None:
    """Remove the data of the demo, and nothing else that the folder may hold."""
    for name in DONNEES:
        path = directory / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def prepare(env: dict[str, str]) -> None:
    """Bring the database, the reference data and the demo data up to date; keep what is there."""
    for text, command in (
        ("Base de données", ["migrate", "--no-input", "--verbosity", "0"]),
        ("Référentiels (territoires, métiers, appel de 2021)", ["load_referentiels"]),
        ("Données de démonstration", ["demo_data"]),
    ):
        if not step(text, [sys.executable, "manage.py", *command], env=env, preexec=die_with_parent()):
            raise DemoImpossible("La démonstration n’a pas pu être préparée : le message est ci-dessus.")


def processes(port: int, directory: Path) -> list[Processus]:
    """Return the three programs of the portal, as they run in production but smaller."""
    python = sys.executable
    logs = directory / "journaux"
    celery = [python, "-m", "celery", "-A", "gen_portal"]
    web = [python, "-m", "gunicorn", "gen_portal.wsgi", "--bind", f"127.0.0.1:{port}"]
    web += ["--workers", "2", "--threads", "4", "--graceful-timeout", "5", "--timeout", "120"]
    # Its control socket would be in the home folder, common to every gunicorn of the person.
    web += ["--no-control-socket"]
    # The filesystem broker has no other workers to greet.
    worker = [*celery, "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO"]
    worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    beat = [*celery, "beat", "--loglevel", "INFO", "--pidfile="]
    return [
        Processus("web", web, logs / "web.log"),
        Processus("worker", worker, logs / "worker.log"),
        Processus("beat", beat, logs / "beat.log"),
    ]


def answers(port: int) -> int:
    """Return the status of the first page, 0 while nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def wait_for_page(superviseur: Superviseur, port: int) -> None:
    """Wait until the first page is really there; say what the web server says if it never is."""
    web = superviseur.processus[0]
    deadline = time.monotonic() + ATTENTE_PAGE
    status = 0
    while time.monotonic() < deadline:
        superviseur.check()
        status = answers(port)
        if status == 200:
            return
        time.sleep(0.2)
    raise DemoImpossible(
        f"La première page ne répond pas ({status or 'aucune réponse'}). "
        f"Fin de {web.journal} :\n{web.tail(30)}"
    )


def serve(superviseur: Superviseur, port: int, *, anew: bool) -> None:
    """Prepare, start, and look after the processes until somebody stops them."""
    begin = time.monotonic()
    directory = var_dir()
    say("Portail du label GEN : démonstration")
    if anew:
        erase(directory)
        say("  ok    Anciennes données effacées")
    prepare(superviseur.env)
    try:
        superviseur.start()
        wait_for_page(superviseur, port)
        say(f"\nLe portail est prêt ({french(time.monotonic() - begin)}) : http://localhost:{port}")
        say(f"Journaux : {directory / 'journaux'}. Ctrl-C pour arrêter.")
        superviseur.watch()
    except ArretDemande:
        say("\nArrêt de la démonstration…")
        raise
    finally:
        superviseur.stop()


def run(port: int, *, anew: bool) -> int:
    """Run the demo until somebody stops it; return the exit code."""
    superviseur = Superviseur(processes(port, var_dir()), env=environment(port))
    superviseur.install_signals()
    try:
        if message := port_check.refusal(port):
            raise DemoImpossible(message)
        with hold(var_dir()):
            serve(superviseur, port, anew=anew)
    except ArretDemande:
        say("Tout est arrêté. Les données sont gardées : « make demo » les retrouve.")
    except (DemoImpossible, ProcessusInstable) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make demo")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--neuf", action="store_true", help="efface d’abord les données de démonstration")
    options = parser.parse_args()
    return run(options.port, anew=options.neuf)


if __name__ == "__main__":
    sys.exit(main())
