"""Two questions about an error: whether something is away, so that waiting helps, and what may be said about it."""

import re
import traceback
from pathlib import PurePath

import asyncpg
import nats.errors
import nats.js.errors
from pydantic import ValidationError

from wij.errors import Refusal
from wij.events import UnknownEvent

_WAIT = ("08", "40", "53", "57", "58", "28")
"""SQLSTATE classes that pass: connection lost, deadlock or serialization, no room or memory or connections, shutdown or
cancel, I/O, and a password being rotated."""
_WAIT_TOO = {
    "25006": "the primary became a standby",
    "25P03": "we were silent too long in a transaction",
    "25P04": "the transaction took too long",
    "55P03": "somebody else holds the row",
    "42P01": "a table is missing: this code runs before its migration",
    "42703": "a column is missing, likewise",
    "42883": "a function is missing, likewise",
}

_THEIRS = re.compile(r"site-packages|/lib/python|\.pyx$")


class Trouble(Exception):
    """Something between PostgreSQL, NATS and us is not as it must be; its words hold no data, so they may be shown."""


def is_away(error: BaseException) -> bool:
    """Whether the database or NATS is at fault, so that the same work may succeed later, unchanged.

    Everything else is about the event at hand: a rule refused it, or we made a mistake. An `InterfaceError` is not in
    this list: asyncpg raises it for a lost connection and for a wrong argument alike, so ask the connection too.
    """
    if isinstance(error, asyncpg.InvalidCachedStatementError):
        return True  # a migration changed a table that this connection knew otherwise, and has forgotten now
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state.startswith(_WAIT) or state in _WAIT_TOO
    return isinstance(
        error,
        OSError | TimeoutError | MemoryError | asyncpg.InternalClientError | nats.errors.Error | nats.js.errors.Error,
    )


def reason_of(error: BaseException) -> str:
    """Class and cause in one line that is safe to store and to log: never a value that somebody typed.

    A refusal and a broken constraint speak for themselves; for a mistake of ours the place says more than the message.
    """
    name = type(error).__name__
    if isinstance(error, Trouble | Refusal | UnknownEvent):
        return f"{name}: {error}"
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return f"{name}: {error.args[0]}"
    if isinstance(error, ValidationError):
        wrong = (f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in error.errors(include_input=False))
        return f"{name}: {', '.join(wrong)}"
    if isinstance(error, BaseExceptionGroup):
        return f"{name}: {', '.join(reason_of(inner) for inner in error.exceptions)}"
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return name
    frame = next((frame for frame in reversed(frames) if not _THEIRS.search(frame.filename)), frames[-1])
    return f"{name} in {PurePath(frame.filename).name}:{frame.lineno} {frame.name}"
