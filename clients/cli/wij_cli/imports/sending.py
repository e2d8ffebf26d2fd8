"""Sending the rows of a file, some at a time, each with a key made from its own reference: a rerun finds them there."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from wij_cli.api import Api, Json
from wij_cli.imports.outcome import Bad, Outcome
from wij_cli.refusals import Refused, Stopped

AT_ONCE = 8
"""Enough to keep the services busy, few enough to leave room for people at work."""

type Step = Callable[[], None]
"""Called for each row that was dealt with: the progress bar."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One row as a question to a service."""

    line: int
    reference: str
    """What the maker of the file calls it; the same reference is the same thing."""
    body: Json


async def create(api: Api, service: str, path: str, asks: Sequence[Ask], outcome: Outcome, step: Step) -> None:
    """Create each of them once; one that was created before counts as the same."""

    async def one(ask: Ask) -> None:
        answer = await api.post(service, path, ask.body, key=key(path, ask.reference))
        outcome.add("same" if answer.replayed else "new")

    await some_at_a_time(asks, one, outcome, step)


async def some_at_a_time(
    asks: Sequence[Ask], work: Callable[[Ask], Awaitable[None]], outcome: Outcome, step: Step
) -> None:
    """Do the work for each row; a refusal is kept with its line, and the others go on."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(ask: Ask) -> None:
        async with room:
            try:
                await work(ask)
            except Refused as refusal:
                if refusal.status in {401, 403}:
                    raise
                outcome.refuse(Bad(ask.line, _reason(refusal, ask)))
            step()

    try:
        async with asyncio.TaskGroup() as tasks:
            for ask in asks:
                tasks.create_task(one(ask))
    except* Stopped as group:  # the first speaks for all: not allowed, or nothing answers
        raise group.exceptions[0] from None


def key(path: str, reference: str) -> str:
    """The Idempotency-Key of a row: short and plain, whatever the reference holds."""
    return f"import-{hashlib.sha256(f'{path}\n{reference}'.encode()).hexdigest()[:32]}"


def _reason(refusal: Refused, ask: Ask) -> str:
    if refusal.code == "key-reused":
        return f"{ask.reference} is in already, with other content; what is in was not changed"
    return str(refusal)
