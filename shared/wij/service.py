"""What a service is to the process that runs it: a name, a database, an HTTP app, and what it does by itself."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from wij.database import Database
from wij.erasure import Erase
from wij.reader import Subscription

type Loop = Callable[[], Awaitable[None]]
"""Work that goes on until the process stops. It may fail: it is started again, after a pause."""


@dataclass(frozen=True, slots=True)
class Service:
    """One of the four, ready to run anywhere: alone, in replicas, or with the others in one process."""

    name: str
    database: Database
    http: FastAPI
    subscriptions: Sequence[Subscription]
    schema: Path
    loops: Sequence[Loop] = ()
    erase: Erase | None = None
    """Erases what has had its term; None for a service that keeps nothing about people."""
