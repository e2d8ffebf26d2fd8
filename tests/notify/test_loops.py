"""What notify does by itself, as the process runs it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from services.notify.handlers.sending import Post
from services.notify.service import build, keep_sending, keep_sweeping
from tests.intake import town
from tests.notify.facts import OPENED, example, rows, said, tell
from tests.notify.postbox import Postbox
from wij import clock
from wij.database import Database
from wij.events import intake as told_by_intake
from wij.events import notify as own
from wij.events import plan
from wij.settings import Settings
from wij.tokens import BearerTokens


async def stopped(task: "asyncio.Task[None]") -> None:
    """Told to stop, and stopped."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    """Wait for it, for ten seconds at most."""
    async with asyncio.timeout(10):
        while not await true():
            await asyncio.sleep(0.05)


async def test_a_sender_that_is_told_to_stop_finishes_what_it_has_in_hand(
    intake: Database, notify: Database, post: Post, postbox: Postbox
) -> None:
    await town.build(intake)
    request_id: UUID = await town.received(intake)
    await tell(notify, example(told_by_intake.HelpRequestReceived, request_id=request_id), at=clock.now())
    postbox.pause = 0.2
    sender = asyncio.create_task(keep_sending(post))
    await asyncio.wait_for(postbox.came_in.wait(), 20)
    await stopped(sender)
    assert {row["state"] for row in await rows(notify, "select state from notifications where channel = 'mail'")} == {
        "sent"
    }


async def test_the_sweeper_tells_what_the_clock_of_the_database_has_passed(notify: Database) -> None:
    sweeper = asyncio.create_task(keep_sweeping(notify))

    async def told() -> bool:
        return any(isinstance(event.fact, own.DeadlinePassed) for event in await said(notify))

    await tell(notify, OPENED, example(plan.ReviewPlanned, due_at=clock.now() + timedelta(seconds=0.3)))
    await until(told)
    await stopped(sweeper)


async def test_the_service_brings_its_sender_and_its_sweeper(settings: Settings, tokens: BearerTokens) -> None:
    service = build(settings, tokens)
    assert (service.name, len(service.loops)) == ("notify", 2)
    assert {one.source for one in service.subscriptions} == {"intake", "plan", "matching", "notify"}
