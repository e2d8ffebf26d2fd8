"""Reading: stub while the log is being built."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wij.database import Transaction
from wij.events import Event, Recorded

type Handler = Callable[[Transaction, Sequence[Recorded[Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a service reads from another: the source's stream, and who handles which event."""

    source: str
    handlers: Mapping[type[Event], Handler]
