"""Look at every page, with every role, at every width: ``make eyes``.

The pictures and their contact sheet (``index.html``) are kept under ``build/yeux/``. What the command line
adds goes to pytest: ``make eyes ARGS="-k candidatures"`` looks at a part.
"""

import os
import signal
import sys

from scripts.essais import Passe, report, run
from scripts.etapes import RACINE, say
from scripts.services import NAVIGATEUR, ServiceAbsent, find, install_missing

PLANCHE = RACINE / "build" / "yeux" / "index.html"


def passe(chromium: str, arguments: list[str]) -> Passe:
    """Return the run that looks at the whole matrix."""
    env = {"GEN_TESTS_NAVIGATEUR": "1", "GEN_TEST_YEUX": "tout", "GEN_CHROMIUM": chromium}
    return Passe("Yeux", "SQLite", ["-m", "navigateur", *arguments, "tests/yeux"], env)


def main() -> int:
    """Run it, and say where the pictures are."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        if find(NAVIGATEUR) is None:
            install_missing([NAVIGATEUR])
        code = report([run(passe(find(NAVIGATEUR) or "", sys.argv[1:]))])
    except ServiceAbsent as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("\nInterrompu.")
        return 130
    if PLANCHE.exists():
        say(f"Planche : {os.path.relpath(PLANCHE)}")
    return code


if __name__ == "__main__":
    sys.exit(main())
