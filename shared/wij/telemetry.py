"""One question can be followed through all services: correlation id and W3C trace context of the work at hand."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from wij.ids import new_id


@dataclass(frozen=True, slots=True)
class Trace:
    """Where the present work comes from."""

    correlation_id: str
    request_id: str | None = None
    traceparent: str | None = None


_current: ContextVar[Trace | None] = ContextVar("wij_trace", default=None)


def current() -> Trace:
    """The trace of the present work; a fresh one when nobody started it."""
    return _current.get() or Trace(str(new_id()))


def followed() -> Trace | None:
    """The trace of the present work, if it has one."""
    return _current.get()


def new_traceparent() -> str:
    """A W3C `traceparent` that starts a trace (version 00, sampled)."""
    return f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01"


@contextmanager
def following(trace: Trace) -> Iterator[None]:
    """Work inside this block belongs to `trace`; log lines carry its correlation id (`logs.py`)."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)
