"""Run a command as a step: quiet, timed, one line of text; its output only when it fails."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

RACINE = Path(__file__).resolve().parent.parent


def french(seconds: float) -> str:
    """Write a duration: ``0,4 s``, ``2 min 05 s``."""
    if seconds < 60:
        return f"{seconds:.1f}\u00a0s".replace(".", ",")
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}\u00a0min {rest:02d}\u00a0s"


def say(text: str = "") -> None:
    """Print a line at once, even into a pipe."""
    print(text, flush=True)


def step(
    text: str,
    argv: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    preexec: Callable[[], None] | None = None,
) -> bool:
    """Run ``argv`` from the root of the project and say in one line how it went."""
    begin = time.monotonic()
    interactive = sys.stdout.isatty()
    if interactive:
        print(f"  …    {text}", end="", flush=True)
    outcome = subprocess.run(
        [str(part) for part in argv],
        cwd=RACINE,
        env=dict(os.environ if env is None else env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=preexec,
    )
    verdict = "ok   " if outcome.returncode == 0 else "ÉCHEC"
    start = "\r" if interactive else ""
    say(f"{start}  {verdict} {text} ({french(time.monotonic() - begin)})")
    if outcome.returncode:
        ending = f"(code {outcome.returncode})"
        if outcome.returncode < 0:
            ending = f"(arrêté par {signal.Signals(-outcome.returncode).name})"
        say(outcome.stdout.rstrip() or "Aucun message.")
        say(f"{ending} {shutil.which(str(argv[0])) or argv[0]} {' '.join(map(str, argv[1:]))}")
    return outcome.returncode == 0
