"""Mistakes at the edges: towards those who ask, and towards those who are sent a message."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel

from chaos.seeded import Seeded, replace
from services.notify.channels import Channel
from services.notify.domain.delivery import Letter, Notification
from services.notify.handlers import sending
from services.notify.handlers.sending import SENDER, Post
from services.notify.store import notifications
from wij import answers, call
from wij.call import Call
from wij.failpoints import passing


def _key_not_stored() -> None:
    """Store the answer to a key in a transaction of its own, after the work."""
    answer = vars(Call)["_answer"]

    async def run(self: Call, handler: Callable[..., Awaitable[BaseModel | None]], *args: Any, **more: Any) -> Response:
        async def nothing_left_to_do() -> BaseModel | None:
            return done

        if self.key is not None:
            async with self.database.transaction(self.actor) as tx:
                if given := await tx.row(answers.SQL.given_answers, self.actor.id, [self.key]):
                    return Response(given["body"], given["status"], given["headers"])
        async with self.database.transaction(self.actor) as tx:
            done = await handler(tx, *args, **more)
        async with self.database.transaction(self.actor) as tx:
            kept: Response = await answer(self, tx, nothing_left_to_do)
        return kept

    replace(Call, "run", run)


def _content_not_compared() -> None:
    """Answer a key with its first answer, whatever is asked."""

    async def digest(_: Request) -> bytes:
        return b"the same"

    replace(call, "_digest", digest)


def _send_before_mark() -> None:
    """Call the provider first, and mark the message when it is sent."""

    async def hand_over(
        post: Post, channel: Channel, due: Mapping[UUID, Notification], chunk: Sequence[Letter]
    ) -> None:
        outcomes = await channel.deliver(chunk)
        passing("send.delivered")
        async with post.database.transaction(SENDER) as tx:
            await notifications.begin(tx, post.owner, [letter.notification_id for letter in chunk])
        went = {letter.notification_id: outcome for letter, outcome in zip(chunk, outcomes, strict=True)}
        await vars(sending)["_settle"](post, due, went)

    replace(sending, "_hand_over", hand_over)
    replace(notifications, "LEASE", timedelta(seconds=3))  # nobody waits a minute to see it go wrong


SEEDED: Mapping[str, Seeded] = {
    "key_not_stored": Seeded(
        "The answer to an Idempotency-Key is stored after the commit of the work.",
        _key_not_stored,
        ("keys made", "in different ways", "Refused 409"),  # the last: what was done once is refused the second time
        "answer.claimed=0.02",
        processes=2,
    ),
    "content_not_compared": Seeded(
        "A key is answered with its first answer, whatever is asked with it.",
        _content_not_compared,
        ("served two contents",),
    ),
    "send_before_mark": Seeded(
        "A mail is handed over before it is marked as being sent.",
        _send_before_mark,
        ("was sent 2", "was sent 3", "was sent 4"),
        "send.delivered=0.1",
    ),
}
