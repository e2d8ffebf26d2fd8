"""The flood: it comes at its own rate, counts who finds no connection, and knows who was refused and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from chaos.flood import DROPPED, Flood, Flooded, Order

type Answer = Callable[[str], tuple[int, float]]
"""Status of the answer to a key, and the seconds until it is given."""


@asynccontextmanager
async def listening(answer: Answer) -> AsyncIterator[Order]:
    """A service that answers so, and the order to flood it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                headers = dict(line.split(": ", 1) for line in head.decode().splitlines()[1:] if line)
                await reader.readexactly(int(headers["Content-Length"]))
                key = headers["Idempotency-Key"]
                status, seconds = answer(key)
                await asyncio.sleep(seconds)
                body = f'{{"request_id": "of {key}"}}'
                said = f"HTTP/1.1 {status} So\r\nRetry-After: 0\r\nContent-Length: {len(body)}\r\n\r\n{body}"
                writer.write(said.encode())
        except (OSError, asyncio.IncompleteReadError):
            pass  # they hung up
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/requests"
        yield Order("opened", "toy", url, ["a", "b"], lines=4, seconds=0.5, rate=200)
        await asyncio.sleep(0.1)  # until both sides have seen that the other hung up


async def flooded(order: Order) -> Flooded:
    it = Flood(order)
    await it.run()
    return Flooded(order, it.came, it.seen)


async def test_it_comes_at_its_own_rate_and_whoever_finds_no_connection_goes_away() -> None:
    async with listening(lambda _: (201, 0.2)) as order:
        seen = await flooded(order)
    assert 70 <= seen.came <= 130
    assert seen.told == {"201": len(seen.seen)}
    assert 4 <= len(seen.seen) <= 16
    assert seen.accepted["toy-key-1"] == "of toy-key-1"


async def test_refused_is_who_was_told_nothing_but_429() -> None:
    """In a storm somebody may be refused, and let in later; or hang up, and then nobody knows."""
    times: dict[str, int] = {}

    def answer(key: str) -> tuple[int, float]:
        times[key] = times.get(key, 0) + 1
        if key == "toy-key-0":
            return 429 if times[key] < 3 else 201, 0
        return 201, 2 if times[key] == 1 else 0

    async with listening(answer) as order:
        seen = await flooded(replace(order, kind="storm", lines=2))
    assert seen.refused == {}
    assert seen.accepted.keys() == {"toy-key-0", "toy-key-1"}
    assert {"201", "429", DROPPED} == seen.told.keys()
    async with listening(lambda _: (429, 0)) as order:
        seen = await flooded(replace(order, kind="closed", lines=2, seconds=0.1))
    assert len(seen.refused) == len(seen.seen) > 0
