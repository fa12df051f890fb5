"""The pages of a private PDF as pictures, to be read in a page of the portal.

A file from outside is opened in a child process, with limits on its time and its memory: this module is
also that child's program, and imports nothing of the portal at its head. One page is drawn at a time, and
one only by the whole portal: a document of two hundred pages delays nobody.
"""

import json
import logging
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from socle.models import Fichier

#: What the parent asks of the child: the sizes of some pages, or one page.
PAGES, IMAGE = "pages", "image"
#: Pages shown together: those after have an address of their own.
LOT = 20
#: Points of the longest side of a drawn page, and of its area.
LARGEUR, HAUTEUR_MAX = 1100, 2200
#: Seconds of processor, bytes of memory, then seconds by the clock on the wall, for one answer.
_CALCUL, _MEMOIRE, _PATIENCE = 8, 1024**3, 20
#: Seconds for which a drawn page is kept, and for which a page waits for its turn.
_GARDE, _ATTENTE = 3600, 4
#: How the child says that there is no such page.
_ABSENTE = 3
_PLACE = "socle.apercus.place"
_RACINE = Path(__file__).resolve().parent.parent


class ApercuImpossible(Exception):
    """The document cannot be drawn: too heavy, or broken beyond what its verification saw."""


class PageAbsente(Exception):
    """The document has no such page."""


class ApercuOccupe(Exception):
    """Another page is being drawn: to be asked again in a moment."""


@dataclass(frozen=True)
class Pages:
    """How many pages a document has, and the sizes of some of them, in points of the drawn picture."""

    nombre: int
    premiere: int
    tailles: list[tuple[int, int]]


def pages_of(fichier: "Fichier", premiere: int) -> Pages:
    """Return the count of a PDF's pages, and the sizes of ``LOT`` of them from ``premiere`` on.

    Errors: ``ApercuImpossible``, ``ApercuOccupe``.
    """
    lu = json.loads(_kept(fichier, PAGES, premiere))
    return Pages(lu["nombre"], premiere, [(largeur, hauteur) for largeur, hauteur in lu["tailles"]])


def page_image(fichier: "Fichier", numero: int) -> bytes:
    """Return one page of a PDF as a PNG.

    Errors: ``PageAbsente``, ``ApercuImpossible``, ``ApercuOccupe``.
    """
    return _kept(fichier, IMAGE, numero)


def _kept(fichier: "Fichier", quoi: str, numero: int) -> bytes:
    """Return what was drawn within the hour, else draw it.

    Kept in files of this machine, under the file's own key: what the retention erases leaves them at the
    first page drawn after the hour.
    """
    from django.core.cache import caches

    dessins = caches["apercus"]
    cle = f"socle.apercus:{fichier.pk}:{fichier.sha256[:16]}:{quoi}:{numero}"
    garde: bytes | None = dessins.get(cle)
    if garde is None:
        with _turn():
            garde = _draw(fichier, quoi, numero)
        dessins.set(cle, garde, _GARDE)
    return garde


@contextmanager
def _turn() -> Iterator[None]:
    """Wait a little for the one place in which pages are drawn."""
    from django.core.cache import cache

    limite = time.monotonic() + _ATTENTE
    while not cache.add(_PLACE, True, _PATIENCE + 5):
        if time.monotonic() > limite:
            raise ApercuOccupe
        time.sleep(0.1)
    try:
        yield
    finally:
        cache.delete(_PLACE)


def _draw(fichier: "Fichier", quoi: str, numero: int) -> bytes:
    with fichier.contenu.open("rb") as flux:
        contenu = flux.read()
    try:
        enfant = subprocess.run(
            [sys.executable, "-m", "socle.apercus", quoi, str(numero)],
            input=contenu,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            cwd=_RACINE,
        )
    except (subprocess.TimeoutExpired, OSError) as erreur:
        raise ApercuImpossible(f"no process to draw {fichier.pk}: {erreur}") from erreur
    if enfant.returncode == _ABSENTE:
        raise PageAbsente(numero)
    if enfant.returncode != 0:
        raise ApercuImpossible(enfant.stderr.decode(errors="replace")[-300:].strip())
    return enfant.stdout


# --- In the child ------------------------------------------------------------------------------
def _scale(page: Any) -> float:
    largeur, hauteur = page.get_size()
    return min(LARGEUR / max(largeur, 1), HAUTEUR_MAX / max(hauteur, 1))


def _sizes(document: Any, premiere: int) -> bytes:
    tailles = []
    for rang in range(premiere - 1, min(premiere - 1 + LOT, len(document))):
        page = document[rang]
        largeur, hauteur = page.get_size()
        tailles.append((round(largeur * _scale(page)), round(hauteur * _scale(page))))
        page.close()
    return json.dumps({"nombre": len(document), "tailles": tailles}).encode()


def _png(document: Any, numero: int) -> bytes:
    from io import BytesIO

    from PIL import Image

    if not 1 <= numero <= len(document):
        sys.exit(_ABSENTE)
    page = document[numero - 1]
    image = page.render(scale=_scale(page), may_draw_forms=False).to_pil().convert("RGB")
    sortie = BytesIO()
    # A page of text weighs a third in 64 colours, and reads the same.
    image.quantize(64, method=Image.Quantize.FASTOCTREE).save(sortie, "PNG")
    return sortie.getvalue()


def main(quoi: str, numero: int) -> None:
    """Draw what comes by the standard input, and write it on the standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMOIRE, _MEMOIRE))
    resource.setrlimit(resource.RLIMIT_CPU, (_CALCUL, _CALCUL + 2))
    logging.disable()
    warnings.simplefilter("ignore")
    import pypdfium2

    with pypdfium2.PdfDocument(sys.stdin.buffer.read()) as document:
        sys.stdout.buffer.write((_sizes if quoi == PAGES else _png)(document, numero))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
