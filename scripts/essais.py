"""Run the tests: ``make test`` (SQLite, no service) and ``make test-all`` (everything).

The complete run makes several passes. Those that start services or a browser share the cores by place
(``tests/conftest.py``), each of which starts what it needs once. Each pass shows pytest's own output; the
last lines repeat the closing line of every pass and give one total per database.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.etapes import RACINE, french, say
from scripts.services import ServiceAbsent, everything

#: Settings that a shell may carry and that must not change what is tested.
REGLAGES_GARDES = ("GEN_TEST_",)
REGLAGES_ECARTES = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "EMAIL_URL")
#: Without compiled files, each of the hundreds of processes of a run compiles the portal anew, and each pass
#: rewrites the asserts of every test.
FREINS = ("PYTHONDONTWRITEBYTECODE",)
CLOTURE = re.compile(r"^=+ (?P<bilan>.*\bin [\d.:hms ()]+.*) =+$")
COMPTE = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|warnings?)")


@dataclass(frozen=True)
class Passe:
    """One run of pytest."""

    nom: str
    base: str
    selection: Sequence[str]
    env: Mapping[str, str]


@dataclass(frozen=True)
class Resultat:
    """What a run of pytest gave."""

    passe: Passe
    code: int
    cloture: str
    duree: float

    @property
    def ok(self) -> bool:
        """Tell whether it passed; no test collected (5) is a failure like any other."""
        return self.code == 0 and "passed" in self.cloture


#: By place (``tests/conftest.py``), in the order of the collection.
PAR_LIEU = ("--dist", "loadscope", "--no-loadscope-reorder")


def parallel(*sharing: str) -> list[str]:
    """Return the options that share tests over the cores, one by one unless told otherwise."""
    return ["-n", os.environ.get("GEN_TEST_PROCESSUS", "2"), *sharing]


def short_run(arguments: Sequence[str]) -> list[Passe]:
    """Return the pass of ``make test``."""
    return [Passe("SQLite", "SQLite", [*parallel(), *arguments], {})]


def complete_run(services: Mapping[str, str], arguments: Sequence[str]) -> list[Passe]:
    """Return the passes of ``make test-all``."""
    postgres = {**services, "DATABASE_URL": services["GEN_TEST_PG_URL"]}
    walk = {"GEN_TEST_ACCES": "1"}
    real = {"GEN_TESTS_SERVICES": "1", "GEN_TESTS_NAVIGATEUR": "1", "GEN_TEST_YEUX": "vite"}
    driving = ["-m", "service or navigateur", *parallel(*PAR_LIEU)]
    # The browser's portals are those of the demo, on SQLite, whatever the base of the tests.
    killing = ["-m", "service or (navigateur and postgresql)", *parallel(*PAR_LIEU)]
    return [
        Passe("SQLite", "SQLite", [*parallel(), *arguments], {**services, **walk}),
        Passe("SQLite, services et navigateur", "SQLite", [*driving, *arguments], {**services, **real}),
        Passe("PostgreSQL", "PostgreSQL", [*parallel(), *arguments], {**postgres, **walk}),
        Passe("PostgreSQL, services", "PostgreSQL", [*killing, *arguments], {**postgres, **real}),
    ]


def environment(passe: Passe, folder: Path) -> dict[str, str]:
    """Return the environment of one pass: nothing of the shell's settings, a folder of its own."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in (*REGLAGES_ECARTES, *FREINS)
        and (not name.startswith("GEN_") or name.startswith(REGLAGES_GARDES))
    }
    return {**env, "GEN_VAR_DIR": str(folder), **passe.env}


def run(passe: Passe) -> Resultat:
    """Run one pass, its output shown as it comes."""
    say(f"\n──── {passe.nom} ────")
    begin = time.monotonic()
    closing = ""
    folder = Path(tempfile.mkdtemp(prefix="gen-essais-"))
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "pytest", *passe.selection],
            cwd=RACINE,
            env=environment(passe, folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            try:
                for line in process.stdout or ():
                    say(line.rstrip("\n"))
                    if CLOTURE.match(line.strip()):
                        closing = line.strip()
            except BaseException:
                process.terminate()
                raise
        code = process.returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Resultat(passe, code, closing, time.monotonic() - begin)


def totals(results: Sequence[Resultat]) -> dict[str, Counter[str]]:
    """Add up the closing lines per database."""
    sums: dict[str, Counter[str]] = {}
    for result in results:
        counter = sums.setdefault(result.passe.base, Counter())
        for number, kind in COMPTE.findall(result.cloture):
            counter[kind.rstrip("s") if kind.startswith(("error", "warning")) else kind] += int(number)
    return sums


def report(results: Sequence[Resultat]) -> int:
    """Print what each pass gave, pytest's own words last; return the exit code."""
    say("\n──── Bilan ────")
    for result in results:
        verdict = "ok   " if result.ok else "ÉCHEC"
        reason = {0: "", 5: " : aucun test trouvé"}.get(result.code, f" : code {result.code}")
        say(f"  {verdict} {result.passe.nom} ({french(result.duree)}){reason}")
    for base, counter in totals(results).items():
        words = ", ".join(f"{number} {kind}" for kind, number in counter.items()) or "aucun test"
        say(f"  Total {base} : {words}")
    for result in results:
        say(f"{result.passe.nom} : {result.cloture or 'pytest n’a pas conclu'}")
    return 0 if results and all(result.ok for result in results) else 1


def main() -> int:
    """Read the command line; what it does not know goes to pytest."""
    parser = argparse.ArgumentParser(prog="make test", allow_abbrev=False)
    parser.add_argument("--tout", action="store_true", help="PostgreSQL, services et navigateur aussi")
    options, arguments = parser.parse_known_args()
    # A run that is told to stop (a time limit, Ctrl-C) still stops what it started.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        if not options.tout:
            return report([run(passe) for passe in short_run(arguments)])
        with everything() as services:
            return report([run(passe) for passe in complete_run(services, arguments)])
    except ServiceAbsent as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("\nInterrompu.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
