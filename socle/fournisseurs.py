"""Providers of outgoing mail: where a message leaves the portal.

A provider opens the way to a message (``open``), then hands it over. What it can learn before the
hand-over, it raises as ``RefusTemporaire`` or ``RefusDefinitif``: nothing has left. Anything else
that goes wrong during the hand-over leaves a doubt, and a doubt is never repeated blindly.
"""

import json
import logging
import os
import smtplib
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import formataddr, parseaddr
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.message import sanitize_address

from socle import horloge

logger = logging.getLogger(__name__)

HandOver = Callable[[], str]

#: Answers about our own sign-in (RFC 4954), whatever the command they answer.
REFUS_DU_COMPTE = frozenset({530, 534, 535, 538})


class RefusTemporaire(Exception):
    """The provider did not take the message now; nothing has left."""


class RefusDefinitif(Exception):
    """The provider will never take this message; nothing has left."""


@dataclass(frozen=True)
class Message:
    """What a provider needs to know; ``id`` is the e-mail's own, and the idempotency key."""

    id: uuid.UUID
    destinataire: str
    objet: str
    texte: str
    html: str
    expediteur: str = field(default_factory=lambda: settings.GEN_COURRIEL_EXPEDITEUR)

    @property
    def entetes(self) -> dict[str, str]:
        """Headers of our own; the identifier lets a doubtful hand-over be found at the provider."""
        domaine = urlsplit(settings.GEN_URL).hostname or "localhost"
        return {
            "Message-ID": f"<{self.id}@{domaine}>",
            "Reply-To": settings.GEN_COURRIEL_AIDE,
            "Auto-Submitted": "auto-generated",
            "Content-Language": "fr",
        }


class Fournisseur(Protocol):
    """What every provider offers."""

    #: Whether the same message handed over twice arrives once (the key is the e-mail's id).
    idempotent: bool

    def open(self, message: Message) -> AbstractContextManager[HandOver]:
        """Go as far as possible without committing anything; yield the hand-over."""
        ...


class Smtp:
    """Any SMTP relay (``EMAIL_URL``), driven command by command to know where a failure fell."""

    idempotent = False

    @contextmanager
    def open(self, message: Message) -> Iterator[HandOver]:
        """Connect, then announce sender and recipient; only DATA is the hand-over."""
        connexion = get_connection("django.core.mail.backends.smtp.EmailBackend")
        try:
            smtp = self._announce(connexion, message)
            yield lambda: self._data(smtp, message)
        finally:
            self._close(connexion)

    def _announce(self, connexion: Any, message: Message) -> smtplib.SMTP:
        try:
            connexion.open()
            smtp: smtplib.SMTP = connexion.connection
            smtp.ehlo_or_helo_if_needed()
            self._check(smtp.mail(sanitize_address(message.expediteur, "utf-8")), "MAIL")
            self._check(smtp.rcpt(sanitize_address(message.destinataire, "utf-8")), "RCPT")
        except (OSError, smtplib.SMTPException) as erreur:
            # Unreachable, cut, or our own account refused: to be mended, then tried again.
            raise RefusTemporaire(f"{type(erreur).__name__}: {erreur}") from erreur
        return smtp

    def _data(self, smtp: smtplib.SMTP, message: Message) -> str:
        try:
            reponse = smtp.data(self.mime(message))
        except smtplib.SMTPDataError as erreur:
            reponse = (erreur.smtp_code, _bytes(erreur.smtp_error))
        return self._check(reponse, "DATA")

    @staticmethod
    def _check(reponse: tuple[int, bytes], commande: str) -> str:
        code, texte = reponse
        phrase = f"{commande} {code} {texte.decode('utf-8', 'replace')}"
        if code in {250, 251, 252}:
            return phrase
        # Only these two judge this recipient or this message. A 5xx elsewhere, or one that asks for a
        # sign-in, is about our account or our address: to be mended, then tried again, for every mail.
        if code >= 500 and commande in {"RCPT", "DATA"} and code not in REFUS_DU_COMPTE:
            raise RefusDefinitif(phrase)
        raise RefusTemporaire(phrase)

    @staticmethod
    def mime(message: Message) -> bytes:
        """Return the message as it travels."""
        courriel = EmailMultiAlternatives(
            subject=message.objet,
            body=message.texte,
            from_email=message.expediteur,
            to=[message.destinataire],
            headers=message.entetes,
        )
        courriel.attach_alternative(message.html, "text/html")
        # smtplib puts the line ends of the wire.
        return courriel.message().as_bytes()

    @staticmethod
    def _close(connexion: Any) -> None:
        try:
            connexion.close()
        except (OSError, smtplib.SMTPException) as erreur:
            # The answer to DATA is known by now: a rude goodbye changes nothing.
            logger.info("SMTP goodbye failed: %s", erreur)


class Demo:
    """The demo's provider: one JSON file per message, which the mail screen reads.

    ``GEN_DEMO_LENTEUR`` makes it slow at one place, for the tests that kill the worker there:
    ``connexion:3`` (before the hand-over), ``avant:3`` or ``apres:3`` (during it, before or after
    the file is written). It never slows production, which refuses this provider.
    """

    idempotent = False

    @contextmanager
    def open(self, message: Message) -> Iterator[HandOver]:
        """Yield the writing of the file."""
        _dawdle("connexion")
        yield lambda: self._write(message)

    def _write(self, message: Message) -> str:
        _dawdle("avant")
        folder = settings.GEN_DEMO_COURRIELS
        folder.mkdir(parents=True, exist_ok=True)
        # Named after the hand-over, not the e-mail: a message handed over twice is seen twice.
        name = f"{horloge.real_now():%Y%m%dT%H%M%S%f}-{uuid.uuid4()}.json"
        _write_atomically(folder / name, json.dumps(self._content(message), ensure_ascii=False, indent=1))
        _dawdle("apres")
        return f"démonstration : {name}"

    @staticmethod
    def _content(message: Message) -> dict[str, Any]:
        return {
            "id": str(message.id),
            "instant": horloge.now().isoformat(),
            "entetes": {
                "From": message.expediteur,
                "To": message.destinataire,
                "Subject": message.objet,
                **message.entetes,
            },
            "texte": message.texte,
            "html": message.html,
        }


def _dawdle(place: str) -> None:
    """Wait where ``GEN_DEMO_LENTEUR`` says, leaving a mark that tells the test we are there."""
    where, _, seconds = os.environ.get("GEN_DEMO_LENTEUR", "").partition(":")
    if where == place:
        logger.info("demo mail: waiting at %s", place)
        time.sleep(float(seconds))


def _write_atomically(path: Path, content: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _bytes(texte: bytes | str) -> bytes:
    return texte if isinstance(texte, bytes) else texte.encode()


def provider() -> Fournisseur:
    """Return the provider that the settings name."""
    if settings.GEN_COURRIEL_FOURNISSEUR == "smtp":
        return Smtp()
    if settings.GEN_COURRIEL_FOURNISSEUR == "demo":
        return Demo()
    raise ImproperlyConfigured(f"GEN_COURRIEL_FOURNISSEUR: {settings.GEN_COURRIEL_FOURNISSEUR!r} is unknown.")


def address(email: str, nom: str = "") -> str:
    """Return ``Nom <adresse>``, or the address alone."""
    return formataddr((nom, email)) if nom else email


# --- The demo's mail screen -------------------------------------------------------------------


@dataclass(frozen=True)
class MessageDemo:
    """A message that the demo's provider took."""

    nom: str
    id: uuid.UUID
    instant: datetime
    entetes: dict[str, str]
    texte: str
    html: str

    @property
    def objet(self) -> str:
        """The subject."""
        return self.entetes["Subject"]

    @property
    def email(self) -> str:
        """The recipient's address alone."""
        return parseaddr(self.entetes["To"])[1]


def demo_names() -> list[str]:
    """Return the names of all messages of the demo, the latest first."""
    folder = settings.GEN_DEMO_COURRIELS
    if not folder.is_dir():
        return []
    return sorted((path.stem for path in folder.glob("[0-9]*.json")), reverse=True)


def demo_messages(*, debut: int = 0, nombre: int = 50, email: str = "") -> list[MessageDemo]:
    """Return messages of the demo, the latest first; ``email`` keeps one recipient's."""
    if not email:
        return [_read(name) for name in demo_names()[debut : debut + nombre]]
    kept = [message for message in map(_read, demo_names()) if message.email == email]
    return kept[debut : debut + nombre]


def demo_message(nom: str) -> MessageDemo | None:
    """Return one message by its name, ``None`` if there is none of that name."""
    return _read(nom) if nom in demo_names() else None


def _read(nom: str) -> MessageDemo:
    content = json.loads((settings.GEN_DEMO_COURRIELS / f"{nom}.json").read_text(encoding="utf-8"))
    return MessageDemo(
        nom=nom,
        id=uuid.UUID(content["id"]),
        instant=datetime.fromisoformat(content["instant"]),
        entetes=content["entetes"],
        texte=content["texte"],
        html=content["html"],
    )
