"""Whether a file opens (R12): a person who reads for GEN must not find a locked or broken one.

A file from outside is opened in a child process, with limits on its time and its memory: this module is
also that child's program, and imports nothing of the portal.
"""

import logging
import resource
import signal
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

#: Sentences for whoever handed the file in; an empty one stands for a file that opens.
MOT_DE_PASSE = "il est protégé par un mot de passe"
ABIME = "il est abîmé ou incomplet"
TROP_LOURD = "il est trop lourd à ouvrir"

#: Seconds of processor, and bytes of memory, that the opening of one file may take.
_CALCUL = 20
_MEMOIRE = 1024**3
#: Seconds by the clock on the wall, for a machine that does much else.
_PATIENCE = 120
_RACINE = Path(__file__).resolve().parent.parent
#: What an office document may weigh once unpacked: beyond, it is a trap or nobody's document.
_DEPLIE_MAX = 500 * 1024**2
#: A picture of more points than this is no scan of a page.
_POINTS_MAX = 100_000_000


class LectureImpossible(Exception):
    """The child could not be started: nothing is known of the file."""


def what_prevents_reading(flux: BinaryIO, mime: str) -> str:
    """Return why a file can't be opened, as the end of a French sentence; empty when it opens.

    Errors: ``LectureImpossible`` when the check itself could not be made.
    """
    flux.seek(0)
    try:
        enfant = subprocess.run(
            [sys.executable, "-m", "socle.lisibilite", mime],
            input=flux.read(),
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            cwd=_RACINE,
        )
    except (subprocess.TimeoutExpired, OSError) as erreur:
        # A machine that is too busy says nothing of the file: it is looked at again.
        raise LectureImpossible(f"no process to open a file: {erreur}") from erreur
    if enfant.returncode == 0:
        return enfant.stdout.decode().strip()
    if enfant.returncode == -signal.SIGXCPU or b"MemoryError" in enfant.stderr:
        # Stopped by its own limits, on any machine.
        return TROP_LOURD
    raise LectureImpossible(enfant.stderr.decode(errors="replace")[-300:].strip())


# --- In the child ------------------------------------------------------------------------------
def _pdf(contenu: bytes) -> str:
    """Open it as browsers do: they mend much of what a strict reader would call broken."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(contenu) as document:
            document[0].close()
    except pypdfium2.PdfiumError as erreur:
        fermee = (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY)
        return MOT_DE_PASSE if erreur.err_code in fermee else ABIME
    except IndexError:
        return ABIME
    return ""


def _picture(contenu: bytes) -> str:
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(BytesIO(contenu)) as image:
            if image.width * image.height > _POINTS_MAX:
                return TROP_LOURD
            image.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return ABIME
    return ""


def _office(contenu: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(contenu)) as archive:
            if sum(membre.file_size for membre in archive.infolist()) > _DEPLIE_MAX:
                return TROP_LOURD
            if any(membre.flag_bits & 1 for membre in archive.infolist()):
                return MOT_DE_PASSE
            # OpenDocument ciphers its members one by one, and says so in its list.
            liste = "META-INF/manifest.xml"
            if liste in archive.namelist() and b"encryption-data" in archive.read(liste):
                return MOT_DE_PASSE
            return ABIME if archive.testzip() else ""
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError):
        # Whatever zipfile meets first in an archive that is broken.
        return ABIME


def _opener(mime: str) -> Callable[[bytes], str]:
    if mime == "application/pdf":
        return _pdf
    return _picture if mime.startswith("image/") else _office


def main(mime: str) -> None:
    """Open what comes by the standard input; print why it does not open, if it does not."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMOIRE, _MEMOIRE))
    # The first limit is told by a signal of its own, the second kills without a word.
    resource.setrlimit(resource.RLIMIT_CPU, (_CALCUL, _CALCUL + 5))
    logging.disable()
    warnings.simplefilter("ignore")
    sys.stdout.write(_opener(mime)(sys.stdin.buffer.read()))


if __name__ == "__main__":
    main(sys.argv[1])
