"""Loaded into a real worker (``celery worker -I``) so that a test can kill it at a chosen point.

The first worker that reaches the point named by ``GEN_ESSAI_POINT`` writes the file
``GEN_ESSAI_REPERE`` and stays there; the next one passes.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.template import engines

from socle import documents, journal, rendu

GABARITS = Path(__file__).resolve().parents[1] / "socle" / "gabarits"
GENRE = "essai.lent"
POINTS = {"rendu": "in the rendering", "octets": "between the bytes and the commit"}


def register() -> None:
    """Declare the kind of document of these tests, here and in the worker."""
    documents.register(GENRE, gabarit="exemple", version=1, politique="essai")


def _stay_once(fonction: Callable[..., Any]) -> Callable[..., Any]:
    repere = Path(os.environ["GEN_ESSAI_REPERE"])

    def stay_then_call(*args: Any, **options: Any) -> Any:
        if not repere.exists():
            repere.write_text(str(os.getpid()))
            time.sleep(600)
        return fonction(*args, **options)

    return stay_then_call


if "GEN_ESSAI_REPERE" in os.environ:
    engines["django"].engine.dirs.append(GABARITS)
    register()
    if os.environ["GEN_ESSAI_POINT"] == "rendu":
        # In the middle of the rendering: the page is parsed, its stylesheet asked for.
        rendu.read_static = _stay_once(rendu.read_static)
    else:
        # The bytes are stored and the row written, the transaction is not committed.
        journal.record = _stay_once(journal.record)
