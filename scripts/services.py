"""What the complete suite and the bench need around them: found, else installed when we may, else started.

Everything started here is private to the run and stopped at its end.
"""

import glob
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from scripts.etapes import say, step

BASE_PAR_DEFAUT = "postgres://root@127.0.0.1:5432/gen_test"
#: Chromium without its windows: it draws a page in a third less time.
NAVIGATEUR = "chromium-headless-shell"
#: Program to find → Debian package that brings it.
PAQUETS = {
    "initdb": "postgresql",
    "pg_dump": "postgresql-client",
    "redis-server": "redis-server",
    "clamd": "clamav-daemon",
    "nginx": "nginx-light",
    NAVIGATEUR: "chromium-headless-shell",
}


class ServiceAbsent(Exception):
    """Something the suite needs is neither there nor installable; the message says what to do."""


def find(program: str) -> str | None:
    """Return the path of a program, looked for where Debian hides servers too."""
    folders = [os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]
    folders += sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    names = (program, "chromium", "google-chrome") if program == NAVIGATEUR else (program,)
    for name in names:
        if path := shutil.which(name, path=os.pathsep.join(folders)):
            return path
    return None


def install_missing(programs: list[str]) -> None:
    """Install the packages of the programs that are not there."""
    missing = [program for program in programs if find(program) is None]
    if not missing:
        return
    packages = [PAQUETS[program] for program in missing]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise ServiceAbsent(
            f"Il manque {', '.join(missing)}. À installer : sudo apt install {' '.join(packages)}"
        )
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *packages]
    if not step("Liste des paquets", ["apt-get", "update", "-q"], env=env) or not step(
        f"Installation de {', '.join(packages)}", install, env=env
    ):
        raise ServiceAbsent("L’installation a échoué : le message est ci-dessus.")
    if still := [program for program in missing if find(program) is None]:
        raise ServiceAbsent(f"Toujours introuvables après l’installation : {', '.join(still)}.")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def postgres_answers(url: str) -> bool:
    """Tell whether a PostgreSQL answers at ``url`` (its database itself need not exist)."""
    try:
        psycopg.connect(url, dbname="postgres", connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def postgres_for_tests() -> Iterator[str]:
    """Give the address of a PostgreSQL for the tests: the one named, else a private one.

    Even where one already runs: a private one never waits for the disk, and a test that is killed
    leaves nothing in somebody's cluster.
    """
    if named := _named():
        yield named
        return
    install_missing(["initdb"])
    with private_postgres() as private:
        yield private


@contextmanager
def lasting_postgres() -> Iterator[str]:
    """Give the address of a PostgreSQL that lasts: the one named, the local one, else a private one."""
    if named := _named():
        yield named
    elif postgres_answers(BASE_PAR_DEFAUT):
        yield BASE_PAR_DEFAUT
    else:
        install_missing(["initdb"])
        with private_postgres() as private:
            yield private


def _named() -> str:
    named = os.environ.get("GEN_TEST_PG_URL", "")
    if named and not postgres_answers(named):
        raise ServiceAbsent(f"Aucun PostgreSQL ne répond à GEN_TEST_PG_URL ({named}).")
    return named


@contextmanager
def private_postgres() -> Iterator[str]:
    """Run a throw-away cluster, without waiting for the disk, on a free port."""
    initdb = find("initdb")
    if initdb is None:
        raise ServiceAbsent("initdb est introuvable.")
    pg_ctl = str(Path(initdb).with_name("pg_ctl"))
    folder = Path(tempfile.mkdtemp(prefix="gen-pg-"))
    # PostgreSQL refuses to run as root.
    as_postgres: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data, port = folder / "donnees", free_port()
    init = [
        initdb,
        "-D",
        str(data),
        "-A",
        "trust",
        "-U",
        "root",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    unsafe_and_fast = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=256MB"
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 {unsafe_and_fast}"
    start = [pg_ctl, "-D", str(data), "-l", str(folder / "journal"), "-w", "-o", options, "start"]
    try:
        if not step("Base PostgreSQL de test", [*as_postgres, *init]) or not step(
            "Démarrage de PostgreSQL", [*as_postgres, *start]
        ):
            raise ServiceAbsent("PostgreSQL ne démarre pas : le message est ci-dessus.")
        yield f"postgres://root@127.0.0.1:{port}/gen_test"
    finally:
        stop = [pg_ctl, "-D", str(data), "-m", "immediate", "stop"]
        subprocess.run([*as_postgres, *stop], cwd=folder, capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def everything() -> Iterator[dict[str, str]]:
    """Give the environment of the complete suite, every service being there."""
    say("Services")
    # The tests that need Redis or clamd start their own, in order to stop them.
    install_missing([name for name in PAQUETS if name != "initdb"])
    with postgres_for_tests() as url:
        chromium = find(NAVIGATEUR) or ""
        say(f"  ok    PostgreSQL, Redis, antivirus, navigateur ({chromium})")
        yield {"GEN_TEST_PG_URL": url, "GEN_CHROMIUM": chromium}
