"""Commands of one kind that one client sends at the same time share a transaction: one commit, few statements.

Whoever comes first goes alone, at once; whoever comes while that transaction is under way goes with all others who did,
in the next one. Only who comes to a line waits for company, half as long as the last transaction took: clients that ask
again as soon as they are answered would otherwise go in two halves, taking turns. When something is wrong with one of
them, each is done again by itself, so a refusal stays with its own caller; their keys make that safe, so a call without
a key always goes alone. Only calls of the same actor go together: row level security knows one actor at a time.

What has a place at the door (`admission.py`) is a transaction; commands that wait for one step aside, and go with it
when its turn comes. So however many actors come, no more transactions are under way than have a place. And nobody waits
longer than at the door: whose transaction has not begun by then is refused, and nothing of theirs was written.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from uuid import UUID
from weakref import WeakKeyDictionary

from fastapi import Response
from pydantic import BaseModel

from wij import admission, answers, telemetry
from wij.call import Call
from wij.database import Database, Transaction
from wij.errors import Busy
from wij.identity import Actor
from wij.ids import new_id
from wij.supervisor import rest

MOST = 64
"""Commands in one transaction."""
HALF = 0.5
"""Of a transaction's time, between it and the next."""
AT_EASE = 4 * MOST
"""Commands of one actor that may wait; all beyond hold their places at the door, so that it closes."""


@dataclass(frozen=True, slots=True)
class Asked[A]:
    """One command among others in a transaction, and what led to it: a `Cause` for the events it leads to."""

    ask: A
    id: UUID
    correlation_id: str
    traceparent: str | None


type Handler[A, R] = Callable[[Transaction, Sequence[Asked[A]]], Awaitable[Sequence[R]]]
"""Does several commands and answers a view of each; whatever it raises, each command is tried again by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting[A]:
    key: str
    call: Call
    asked: Asked[A]
    answered: asyncio.Future[Response]


class Together[A, R: BaseModel]:
    """The way to one handler, in every service and process that uses it."""

    def __init__(self, handler: Handler[A, R]) -> None:
        self._handler = handler
        self._lines: WeakKeyDictionary[Database, dict[Actor, deque[_Waiting[A]]]] = WeakKeyDictionary()
        self._working: set[asyncio.Task[None]] = set()

    async def run(self, call: Call, ask: A) -> Response:
        """Do it once, alone or with others; answers and raises what `Call.run` does."""
        trace = telemetry.current()
        cause = UUID(trace.request_id) if trace.request_id else new_id()
        asked = Asked(ask, cause, trace.correlation_id, trace.traceparent)
        lines = self._lines.setdefault(call.database, {})
        line = lines.get(call.actor)
        if call.key is None:
            return await self._alone(call, asked)
        if line is not None:
            waiting = _Waiting(call.key, call, asked, asyncio.get_running_loop().create_future())
            if len(line) < AT_EASE:
                call.step_aside()
            line.append(waiting)
            patience = asyncio.get_running_loop().call_later(admission.PATIENCE, _give_up, line, waiting)
            try:
                return await waiting.answered
            finally:
                patience.cancel()
        line = lines[call.actor] = deque()
        try:
            return await self._alone(call, asked)
        finally:
            work = asyncio.create_task(self._serve(lines, call.actor, line))
            self._working.add(work)
            work.add_done_callback(self._working.discard)

    async def _alone(self, call: Call, asked: Asked[A]) -> Response:
        async def one(tx: Transaction) -> R:
            [view] = await self._handler(tx, [asked])
            return view

        return await call.run(one)

    async def _serve(self, lines: dict[Actor, deque[_Waiting[A]]], actor: Actor, line: deque[_Waiting[A]]) -> None:
        """Serve whoever came meanwhile, until nobody waits."""
        while line:
            async with line[0].call.place():
                started = monotonic()
                if batch := _next(line):  # meanwhile they may have been refused
                    await self._do(batch)
            await rest(monotonic() - started, HALF)
        del lines[actor]

    async def _do(self, batch: Sequence[_Waiting[A]]) -> None:
        try:
            responses = await self._all(batch)
        except TimeoutError as error:  # one by one, each would wait as long again
            for one in batch:
                _fail(one, error)
        except Exception:  # noqa: BLE001  # whatever it is, it is said to the one it is about
            for one in batch:
                await _settle(one, self._alone(one.call, one.asked))
        else:
            for one, response in zip(batch, responses, strict=True):
                _tell(one, response)

    async def _all(self, batch: Sequence[_Waiting[A]]) -> Sequence[Response]:
        first = batch[0].call
        async with first.database.transaction(first.actor) as tx:
            given = await answers.claim(tx, {one.key: one.call.digest for one in batch})
            again = {one.key: given[one.key].to(one.call.digest) for one in batch if one.key in given}
            new = [one for one in batch if one.key not in given]
            views = await self._handler(tx, [one.asked for one in new])
            made = {one.key: one.call.answer(view) for one, view in zip(new, views, strict=True)}
            await answers.keep(tx, made)
        return [(again | made)[one.key] for one in batch]


def _next[A](line: deque[_Waiting[A]]) -> Sequence[_Waiting[A]]:
    """The next in line; who repeats a key of another among them waits for its answer."""
    batch: list[_Waiting[A]] = []
    keys: set[str] = set()
    later: list[_Waiting[A]] = []
    while line and len(batch) < MOST:
        one = line.popleft()
        (later if one.key in keys else batch).append(one)
        keys.add(one.key)
    line.extendleft(reversed(later))
    return batch


def _give_up[A](line: deque[_Waiting[A]], one: _Waiting[A]) -> None:
    """Refuse who waits still; in a transaction that has begun, they get their answer."""
    if one in line:
        line.remove(one)
        _fail(one, Busy())


async def _settle[A](one: _Waiting[A], work: Awaitable[Response]) -> None:
    try:
        _tell(one, await work)
    except Exception as error:  # noqa: BLE001  # it is the caller's
        _fail(one, error)


def _tell[A](one: _Waiting[A], response: Response) -> None:
    if not one.answered.done():  # the caller may be gone
        one.answered.set_result(response)


def _fail[A](one: _Waiting[A], error: Exception) -> None:
    if not one.answered.done():
        one.answered.set_exception(error)
