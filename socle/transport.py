"""Kombu's filesystem transport, whose messages appear whole.

Kombu opens a message under its final name and then writes it: a reader that polls meanwhile takes an
empty file, and the worker dies on it (``JSONDecodeError``). Here the message is written under a name
that no queue looks for, then renamed.
"""

import os
import uuid
from time import monotonic
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes each message at once."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # kombu's is untyped
        nom = f"{round(monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        final = os.path.join(self.data_folder_out, nom)
        try:
            with open(f"{final}.tmp", "wb") as flux:
                flux.write(str_to_bytes(dumps(payload)))
            os.replace(f"{final}.tmp", final)
        except OSError as erreur:
            raise ChannelError(f"Cannot add file {final!r} to directory") from erreur


class Transport(filesystem.Transport):
    """``filesystem://`` with whole messages."""

    Channel = Channel
