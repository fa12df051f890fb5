"""``make lint``: every check, even after one has failed; a line each, details only on failure."""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from scripts.etapes import french, say, step

#: The schema comes with the tool: nothing is fetched.
COMPOSE = ["--quiet", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]


def tool(name: str) -> str:
    """Return the path of a tool of the virtual environment."""
    return str(Path(sys.executable).with_name(name))


def checks() -> list[tuple[str, list[str]]]:
    """Return what is checked, quickest first."""
    python = sys.executable
    return [
        ("Style (ruff)", [tool("ruff"), "check", "--no-cache", "."]),
        ("Mise en forme (ruff)", [tool("ruff"), "format", "--check", "--no-cache", "."]),
        ("Règles de la maison", [python, "-m", "scripts.maison"]),
        ("Étages et pièces (import-linter)", [tool("lint-imports"), "--no-logo", "--no-cache"]),
        ("Gabarits (djlint)", [tool("djlint"), "--lint", "--quiet", "templates"]),
        ("Image et services (compose, Dockerfile)", [python, "-m", "scripts.images"]),
        ("Schéma de compose", [tool("check-jsonschema"), *COMPOSE]),
        ("Cohérence de Django", [python, "manage.py", "check", "--fail-level", "WARNING"]),
        ("Migrations complètes", [python, "manage.py", "makemigrations", "--check", "--dry-run"]),
        ("Types (mypy)", [tool("mypy"), "--no-error-summary"]),
    ]


def main() -> int:
    """Run every check; 1 when one failed."""
    begin = time.monotonic()
    folder = tempfile.mkdtemp(prefix="gen-lint-")
    # Django must not write a database in the working copy only to look at its models.
    env = {name: value for name, value in os.environ.items() if not name.startswith("GEN_")}
    env.pop("DATABASE_URL", None)
    env["GEN_VAR_DIR"] = folder
    try:
        results = [step(text, argv, env=env) for text, argv in checks()]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    failed = results.count(False)
    verdict = (
        f"{failed} contrôle(s) en échec sur {len(results)}"
        if failed
        else f"{len(results)} contrôles, tous bons"
    )
    say(f"{verdict} ({french(time.monotonic() - begin)})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
