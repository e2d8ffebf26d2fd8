"""The events of one stream from a position on, with every way of losing one turned into an error.

An ephemeral pull consumer without acks: the reader's position is the only record of what was applied, so whoever doubts
starts over from it. `next` raises when a delivery is missing, when the consumer is gone, and when the stream no longer
holds what comes after the position.

One pull is under way at any time, so the next events come while those before are applied. (`PullSubscription.fetch` of
nats-py asks twice each time, and starts a task with a time-out for every event: docs/decisions/0012.)
"""

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from wij import clock
from wij.ids import new_id
from wij.trouble import Trouble

_CLOCKS_DIFFER = timedelta(minutes=1)
_PULL = 1.0
"""Seconds that one pull lasts. Longer would only make us later to notice that it was lost with a connection."""


class Gap(Trouble):
    """The stream begins after the position: what lies between must come from the owner."""

    def __init__(self, first: int) -> None:
        super().__init__(f"the stream begins at {first}")
        self.first = first
        """The first position the stream still holds."""


class Lost(Trouble):
    """A delivery went missing, so start over from the position."""


class Delivered(NamedTuple):
    """An event as it came from a stream."""

    position: int
    partition: int
    body: bytes


class Feed:
    """One consumer on one stream."""

    def __init__(self, client: Client, stream: str, after: int) -> None:
        self._client = client
        self._jetstream = client.jetstream(timeout=3)
        self._stream = stream
        self._inbox = client.new_inbox()
        self._subscription: Subscription
        self._consumer = ""
        self._came: deque[Msg] = deque()
        self._heard = asyncio.Event()
        self._asked = 0
        """How many events the pull under way may still bring."""
        self._again_at = 0.0
        """When that pull is over in any case, by our own clock."""
        self._delivered = 0
        self._last = after
        self._last_at = datetime.min.replace(tzinfo=UTC)
        self._max_age = timedelta(0)
        self._doubt = False
        self._end_before: int | None = None

    @classmethod
    async def open(cls, client: Client, stream: str, subjects: Sequence[str], after: int) -> "Feed":
        """Begin after this position; raises `Gap` when the stream begins later."""
        feed = cls(client, stream, after)
        async with asyncio.timeout(10):
            config = ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=after + 1,
                ack_policy=AckPolicy.NONE,
                name=new_id().hex,
                filter_subjects=list(subjects),
                inactive_threshold=30,
                mem_storage=True,
                num_replicas=1,
            )
            feed._consumer = (await feed._jetstream.add_consumer(stream, config)).name
            feed._subscription = await client.subscribe(feed._inbox, cb=feed._hear)
            try:
                await feed._check_beginning()
            except BaseException:
                await feed.close()
                raise
        return feed

    async def next(self, most: int, seconds: float) -> list[Delivered]:
        """The next events, at most so many; empty when none came in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._came:
                    await self._pull(most)
                    await self._heard.wait()
        if not self._came:
            return []
        messages = [self._came.popleft() for _ in range(min(most, len(self._came)))]
        await self._pull(most)
        if self._max_age and clock.now() + _CLOCKS_DIFFER > self._last_at + self._max_age:
            await self._check_beginning()
        found = []
        for message in messages:
            position, delivery = numbers_in(message.reply)
            if delivery != self._delivered + 1 or position <= self._last:
                raise Lost(f"delivery {delivery} came after {self._delivered}")
            self._delivered, self._last = delivery, position
            found.append(Delivered(position, int(message.subject.rpartition(".")[2]), message.data))
        self._last_at = messages[-1].metadata.timestamp
        self._doubt, self._end_before = False, None
        return found

    async def end(self) -> int | None:
        """The stream's last position, when everything wanted up to it was handed out here; ask when it is quiet.

        What counts is the end that was seen at the quiet moment before this one: a pull has waited in vain since, and
        the server counts nothing as pending. Raises when the consumer is gone (a deleted one shows as silence) or a
        delivery never arrived.
        """
        async with asyncio.timeout(5):
            state = (await self._jetstream.stream_info(self._stream)).state
            consumer = await self._jetstream.consumer_info(self._stream, self._consumer)
        before, self._end_before = self._end_before, state.last_seq
        if consumer.delivered is None or consumer.delivered.consumer_seq != self._delivered:
            if self._doubt:
                raise Lost("a delivery never arrived")
            self._doubt = True  # it may be under way: the next look will tell
            return None
        return before if consumer.num_pending == 0 else None

    async def close(self) -> None:
        """Leave; what does not work out is left to the server's own threshold."""
        with suppress(Exception):
            async with asyncio.timeout(2):
                await self._subscription.unsubscribe()
                await self._jetstream.delete_consumer(self._stream, self._consumer)

    async def _pull(self, most: int) -> None:
        """Ask for the next events, unless a pull is under way; one that is long over was lost with its connection."""
        self._heard.clear()
        if self._asked > 0 and monotonic() < self._again_at:
            return
        self._asked, self._again_at = most, monotonic() + 2 * _PULL
        asks = {"batch": most, "expires": int(_PULL * 1e9)}
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}"
        await self._client.publish(subject, json.dumps(asks).encode(), reply=self._inbox)

    async def _hear(self, message: Msg) -> None:
        """An event, or how a pull ended: its time was over, or it was refused; `end` finds out what that means."""
        if message.reply:
            self._came.append(message)
            self._asked -= 1
        elif (message.headers or {}).get("Status") == "408":
            self._asked = 0
        else:
            self._again_at = monotonic() + _PULL / 4
            return
        self._heard.set()

    async def _check_beginning(self) -> None:
        info = await self._jetstream.stream_info(self._stream)
        self._max_age = timedelta(seconds=info.config.max_age or 0)
        if info.state.first_seq > self._last + 1:
            raise Gap(info.state.first_seq)


def numbers_in(reply: str) -> tuple[int, int]:
    """Position in the stream and number of the delivery, from the subject for its acknowledgement (NATS ADR-15).

    The client's own `metadata` makes two objects and a date of it, for each event.
    """
    tokens = reply.split(".")
    at = 5 if len(tokens) == 9 else 7  # a server may say the domain and the account as well
    return int(tokens[at]), int(tokens[at + 1])
