"""Every line of a request's log carries its id."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("request_id", default="-")


@contextmanager
def bind(identifiant: str) -> Iterator[None]:
    """Give the lines logged inside this id (a request's, or a job's key)."""
    token = _request_id.set(identifiant)
    try:
        yield
    finally:
        _request_id.reset(token)


def request_id() -> str:
    """Return the id of the request under way, or ``-``."""
    return _request_id.get()


class RequestIdFilter(logging.Filter):
    """Add ``request_id`` to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Note the id; every record passes."""
        record.request_id = request_id()
        return True
