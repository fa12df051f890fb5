"""The antivirus (R12): three scanners behind one question, "is this stream clean?".

``GEN_ANTIVIRUS`` names the scanner. A scanner that cannot answer raises ``AnalyseImpossible``: the
caller puts the file in quarantine, and nothing here ever turns a doubt into "clean".
"""

import logging
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

logger = logging.getLogger(__name__)

#: Seconds to reach clamd, and to wait for each of its answers (a large archive takes a while).
DELAI_CONNEXION = 5.0
DELAI_REPONSE = 120.0
BLOC = 64 * 1024

#: The harmless test file of the antivirus industry, cut in two so that no scanner stops at this source.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class AnalyseImpossible(Exception):
    """The scanner is off, unreachable, or did not give a verdict."""


@dataclass(frozen=True)
class Verdict:
    """What a scanner found; ``constat`` is the signature's name, empty for a clean file."""

    sain: bool
    constat: str = ""


class Scanner(Protocol):
    """What every scanner offers."""

    def scan(self, flux: BinaryIO) -> Verdict: ...

    def ping(self) -> bool: ...


class Clamd:
    """ClamAV's daemon, at ``host:port`` or ``unix:/path``, by its INSTREAM command.

    Its Python packages are no longer maintained; the protocol is a length before each block and a
    zero length at the end.
    """

    def __init__(self, adresse: str) -> None:
        self.adresse = adresse

    def scan(self, flux: BinaryIO) -> Verdict:
        """Send the stream and read the verdict."""
        with self._connection() as connexion:
            connexion.sendall(b"zINSTREAM\0")
            while bloc := flux.read(BLOC):
                connexion.sendall(struct.pack("!L", len(bloc)) + bloc)
            connexion.sendall(struct.pack("!L", 0))
            return self._verdict(self._answer(connexion))

    def ping(self) -> bool:
        """Tell whether the daemon answers."""
        try:
            with self._connection() as connexion:
                connexion.settimeout(DELAI_CONNEXION)
                connexion.sendall(b"zPING\0")
                return self._answer(connexion) == "PONG"
        except AnalyseImpossible as erreur:
            logger.warning("clamd does not answer: %s", erreur)
            return False

    @contextmanager
    def _connection(self) -> Iterator[socket.socket]:
        """Open a socket; any failure of the network, then or later, is one ``AnalyseImpossible``."""
        try:
            with self._open() as connexion:
                connexion.settimeout(DELAI_REPONSE)
                yield connexion
        except (OSError, ValueError) as erreur:
            raise AnalyseImpossible(f"clamd ({self.adresse}) : {erreur or type(erreur).__name__}") from erreur

    def _open(self) -> socket.socket:
        if self.adresse.startswith("unix:"):
            connexion = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                connexion.settimeout(DELAI_CONNEXION)
                connexion.connect(self.adresse.removeprefix("unix:"))
            except OSError:
                connexion.close()
                raise
            return connexion
        hote, _, port = self.adresse.rpartition(":")
        return socket.create_connection((hote.strip("[]"), int(port)), timeout=DELAI_CONNEXION)

    @staticmethod
    def _answer(connexion: socket.socket) -> str:
        recu = b""
        while not recu.endswith(b"\0") and len(recu) < 4096:
            bloc = connexion.recv(4096)
            if not bloc:
                break
            recu += bloc
        return recu.rstrip(b"\0").decode("utf-8", "replace").strip()

    @staticmethod
    def _verdict(reponse: str) -> Verdict:
        """Read ``stream: OK`` or ``stream: <signature> FOUND``; anything else is no verdict."""
        resultat = reponse.removeprefix("stream:").strip()
        if resultat == "OK":
            return Verdict(sain=True)
        if resultat.endswith(" FOUND"):
            return Verdict(sain=False, constat=resultat.removesuffix(" FOUND"))
        raise AnalyseImpossible(f"clamd a répondu : {reponse or 'rien'}")


class Signatures:
    """The demo's scanner: knows the EICAR test file and nothing else; refused in production."""

    def scan(self, flux: BinaryIO) -> Verdict:
        """Look for the test string, also across two blocks."""
        reste = b""
        while bloc := flux.read(BLOC):
            if EICAR in reste + bloc:
                return Verdict(sain=False, constat="Eicar-Test-Signature")
            reste = bloc[-len(EICAR) :]
        return Verdict(sain=True)

    def ping(self) -> bool:
        """It is always there."""
        return True


class Eteint:
    """No scanner: every file stays in quarantine."""

    def scan(self, flux: BinaryIO) -> Verdict:
        """Refuse to answer."""
        raise AnalyseImpossible("aucun antivirus n’est configuré")

    def ping(self) -> bool:
        """It never answers."""
        return False


def scanner() -> Scanner:
    """Return the scanner that the settings name."""
    if settings.GEN_ANTIVIRUS == "clamd":
        return Clamd(settings.GEN_CLAMD)
    if settings.GEN_ANTIVIRUS == "signatures":
        return Signatures()
    if settings.GEN_ANTIVIRUS == "eteint":
        return Eteint()
    raise ImproperlyConfigured(f"GEN_ANTIVIRUS: {settings.GEN_ANTIVIRUS!r} is no scanner.")


def scan(flux: BinaryIO) -> Verdict:
    """Return the verdict on a stream; ``AnalyseImpossible`` if there is none."""
    return scanner().scan(flux)


def ping() -> bool:
    """Tell whether the scanner answers now (for ``/sante/`` and the sweep)."""
    return scanner().ping()
