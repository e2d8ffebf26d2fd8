"""Follow one neighbourhood from outside, with nothing but nats-py: `python examples/subscriber.py selwerd`.

The consumer is durable: stop it, start it later, and it goes on where it was. Delivery is at least once, in order per
household; `sequence` counts from 1 for each thing, so a gap is noticed here and can be read again from the stream.
"""

import asyncio
import json
import os
import sys

import nats
from nats.js.api import ConsumerConfig


async def follow(team: str, url: str, count: int | None = None, stream: str = "PLAN") -> None:
    """Print every fact that `plan` (or another service) tells about the team; `count` stops it after so many."""
    connection = await nats.connect(url)
    try:
        following = await connection.jetstream().pull_subscribe(
            f"wij.{stream.lower()}.*.{team}.*",
            durable=f"outside-{team}",
            stream=stream,
            config=ConsumerConfig(ack_wait=30),
        )
        last: dict[str, int] = {}
        while count is None or count > 0:
            try:
                messages = await following.fetch(min(count or 100, 100), timeout=5)
            except nats.errors.TimeoutError:
                continue
            for message in messages:
                event = json.loads(message.data)
                thing, number = event["subject"], int(event["sequence"])
                if number > last.get(thing, number - 1) + 1:
                    print(f"  missing: {thing} from {last[thing] + 1} to {number - 1}")  # noqa: T201
                last[thing] = max(number, last.get(thing, 0))
                print(message.metadata.sequence.stream, event["time"], event["type"], thing, flush=True)  # noqa: T201
                await message.ack()
                count = None if count is None else count - 1
    finally:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(follow(sys.argv[1], os.environ.get("WIJ_NATS_URL", "nats://127.0.0.1:4222")))
