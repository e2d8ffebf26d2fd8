"""The events of one stream from a position on, with every way of losing one turned into an error.

An ephemeral pull consumer without acks: the reader's position is the only record of what was applied, so whoever doubts
starts over from it. `next` raises when a delivery is missing, when the consumer is gone, and when the stream no longer
holds what comes after the position.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from wij import clock
from wij.trouble import Trouble

_CLOCKS_DIFFER = timedelta(minutes=1)


class Gap(Trouble):
    """The stream begins after the position: what lies between must come from the owner."""

    def __init__(self, first: int) -> None:
        super().__init__(f"the stream begins at {first}")
        self.first = first
        """The first position the stream still holds."""


class Lost(Trouble):
    """A delivery went missing, so start over from the position."""


class Feed:
    """One consumer on one stream."""

    def __init__(self, jetstream: JetStreamContext, stream: str, after: int) -> None:
        self._jetstream = jetstream
        self._stream = stream
        self._subscription: JetStreamContext.PullSubscription
        self._consumer = ""
        self._delivered = 0
        self._last = after
        self._last_at = datetime.min.replace(tzinfo=UTC)
        self._max_age = timedelta(0)
        self._doubt = False
        self._end_before: int | None = None

    @classmethod
    async def open(cls, jetstream: JetStreamContext, stream: str, subjects: Sequence[str], after: int) -> "Feed":
        """Begin after this position; raises `Gap` when the stream begins later."""
        feed = cls(jetstream, stream, after)
        async with asyncio.timeout(10):
            config = ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=after + 1,
                ack_policy=AckPolicy.NONE,
                filter_subjects=list(subjects),
                inactive_threshold=30,
                mem_storage=True,
                num_replicas=1,
            )
            feed._subscription = await jetstream.pull_subscribe("", stream=stream, config=config)
            feed._consumer = config.name or ""
            try:
                await feed._check_beginning()
            except BaseException:
                await feed.close()
                raise
        return feed

    async def next(self, most: int, seconds: float) -> list[Msg]:
        """The next events, at most so many; empty when none came in time."""
        async with asyncio.timeout(seconds + 3):
            try:
                messages = await self._subscription.fetch(most, timeout=seconds)
            except TimeoutError:  # the client's own, or the plain one when time is up between its two requests
                return []
        if not messages:
            return []
        if self._max_age and clock.now() + _CLOCKS_DIFFER > self._last_at + self._max_age:
            await self._check_beginning()
        for message in messages:
            sequence = message.metadata.sequence
            if sequence.consumer != self._delivered + 1 or sequence.stream <= self._last:
                raise Lost(f"delivery {sequence.consumer} came after {self._delivered}")
            self._delivered, self._last = sequence.consumer, sequence.stream
        self._last_at = messages[-1].metadata.timestamp
        self._doubt, self._end_before = False, None
        return messages

    async def end(self) -> int | None:
        """The stream's last position, when everything wanted up to it was handed out here; ask when it is quiet.

        What counts is the end that was seen at the quiet moment before this one: a pull has waited in vain since, and
        the server counts nothing as pending. Raises when the consumer is gone (a deleted one shows as silence) or a
        delivery never arrived.
        """
        async with asyncio.timeout(5):
            state = (await self._jetstream.stream_info(self._stream)).state
            consumer = await self._subscription.consumer_info()
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

    async def _check_beginning(self) -> None:
        info = await self._jetstream.stream_info(self._stream)
        self._max_age = timedelta(seconds=info.config.max_age or 0)
        if info.state.first_seq > self._last + 1:
            raise Gap(info.state.first_seq)
