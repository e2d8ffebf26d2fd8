"""The one place where work is started again: with a pause that grows while it keeps failing, for ever."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic

import structlog

from wij.trouble import reason_of

log = structlog.get_logger()

SHORTEST, LONGEST = 0.1, 2.0
"""Seconds between two attempts; each failure doubles the pause, a quiet minute forgets it."""
LONGEST_REST = 0.1
"""Seconds."""
SILENCE = 30.0
"""Seconds without a sign of life after which work counts as stuck."""


async def rest(worked: float, times: float = 2) -> None:
    """Rest so many times as long as the last batch took, at most 100 ms.

    What comes meanwhile shares the next batch, which costs hardly more than one event does: under load a third of the
    batches do the same work. Whoever comes to an idle loop waits for nothing.
    """
    await asyncio.sleep(min(times * worked, LONGEST_REST))


class Health:
    """How one relay or reader is doing; written by it, read by readiness and alarms."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.state = "starting"
        self.position = 0
        self.trouble: str | None = None
        self.seen_at = monotonic()

    def alive(self, state: str, position: int | None = None) -> None:
        """A sign of life: it is `running`, or on `standby` because another replica does the work."""
        self.state, self.trouble, self.seen_at = state, None, monotonic()
        if position is not None:
            self.position = position

    async def during(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work, and remember why it fell when it falls."""
        try:
            await work()
        except Exception as error:
            self.state, self.trouble = "in trouble", reason_of(error)
            raise

    @property
    def healthy(self) -> bool:
        """It lives, and nothing is wrong."""
        return self.trouble is None and monotonic() - self.seen_at < SILENCE


async def forever(name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do `work` until cancelled, whatever it raises; each failure is logged as `loop_failed`, without personal data."""
    pause = SHORTEST
    while True:
        started = monotonic()
        try:
            await work()
        except Exception as error:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise asyncio.CancelledError from error  # a client that closes turns our end into an error of its own
            log.warning("loop_failed", loop=name, reason=reason_of(error))
        if monotonic() - started > 60:
            pause = SHORTEST
        await asyncio.sleep(pause * random.uniform(0.5, 1.5))
        pause = min(pause * 2, LONGEST)


async def all_forever(loops: Mapping[str, Callable[[], Awaitable[None]]]) -> None:
    """Run all loops beside each other until cancelled."""
    async with asyncio.TaskGroup() as group:
        for name, work in loops.items():
            group.create_task(forever(name, work), name=name)


class Stillness:
    """Says when a number stands still while another moves past it."""

    def __init__(self, patience: float = SILENCE) -> None:
        self.patience = patience
        self._since: dict[object, tuple[int, float]] = {}

    def stuck(self, what: object, position: int, goal: int) -> bool:
        """Whether `position` has not changed for so long although `goal` lies beyond it; true once per patience."""
        was, since = self._since.get(what, (-1, 0.0))
        if position != was or position >= goal:
            self._since[what] = (position, monotonic())
            return False
        if monotonic() - since < self.patience:
            return False
        self._since[what] = (position, monotonic())
        return True
