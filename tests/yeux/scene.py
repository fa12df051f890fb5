"""The two portals that are looked at: the demo's, and one that holds accounts and nothing else."""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import get_urlconf, reverse, set_urlconf

from tests.e2e.pile import manage, running
from tests.yeux.pages import Page

#: While one works on the harness: a folder that keeps the scene from one run to the next.
GARDEE = os.environ.get("GEN_TEST_YEUX_SCENE", "")
CONTENU = "decor.json"


@dataclass(frozen=True)
class Portail:
    """A running portal, the sessions of its people, and the identifiers of what it holds."""

    url: str
    sessions: dict[str, str]
    objets: dict[str, str]

    def path(self, page: Page) -> str:
        """Return the address of a line of the table."""
        if page.nom.startswith("="):
            return page.nom[1:]
        valeurs = {nom: self._value(cle) for nom, cle in page.objets.items()}
        avant = get_urlconf()
        set_urlconf("tests.yeux.adresses")
        try:
            return reverse(page.nom, kwargs=valeurs) + page.requete
        finally:
            set_urlconf(avant)

    def _value(self, cle: str) -> str:
        return cle[1:] if cle.startswith("=") else self.objets[cle]


def is_kept(nom: str) -> bool:
    """Tell whether an earlier run has kept a scene."""
    return bool(GARDEE) and (Path(GARDEE) / nom / CONTENU).exists()


def prepare(base: Path, dossier: Path, nom: str) -> None:
    """Fill a copy of the demo with more, or of the bare base with accounts alone."""
    shutil.copytree(base, dossier)
    acte = {"demo": "print_full", "base": "print_empty"}[nom]
    dit = manage(dossier, "shell", "--no-imports", "-c", f"from tests.yeux import decor; decor.{acte}()")
    (dossier / CONTENU).write_text(dit)
    if GARDEE:
        shutil.copytree(dossier, Path(GARDEE) / nom, dirs_exist_ok=True)


@contextmanager
def opened(dossier: Path, reglages: Mapping[str, str] | None = None) -> Iterator[Portail]:
    """Serve a prepared folder, settings added: the web alone, so that nothing changes while one looks."""
    decor: dict[str, Any] = json.loads((dossier / CONTENU).read_text())
    with running(dossier, seulement=("web",), reglages=reglages) as pile:
        yield Portail(pile.url, decor["sessions"], decor["objets"])
