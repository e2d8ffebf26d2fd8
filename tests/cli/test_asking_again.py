"""A client that is told to wait waits as long as it was told, and asks the same with the same key."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from wij_cli import api
from wij_cli.addresses import Addresses
from wij_cli.api import Api
from wij_cli.refusals import Away

type Asked = list[tuple[float, str]]
"""When each request came, and its key."""


@asynccontextmanager
async def a_service_that_answers(statuses: Sequence[int], retry_after: str) -> AsyncIterator[tuple[Addresses, Asked]]:
    """One answer after the other; whoever asks more often hears the last one again."""
    asked: Asked = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if line)
        await reader.readexactly(int(headers["content-length"]))
        status = statuses[min(len(asked), len(statuses) - 1)]
        asked.append((time.monotonic(), headers["idempotency-key"]))
        wait = f"Retry-After: {retry_after}\r\n" if status >= 400 else ""
        writer.write(f"HTTP/1.1 {status} So\r\n{wait}Content-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode())
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield Addresses(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"), asked


@pytest.mark.parametrize("status", [429, 503])
async def test_who_is_told_to_wait_waits_and_asks_again_with_the_same_key(status: int) -> None:
    async with a_service_that_answers([status, 201], "1") as (addresses, asked), Api(addresses) as client:
        await client.post("intake", "/v1/requests")
    [(first, key), (second, again)] = asked
    assert second - first >= 1
    assert key == again


async def test_a_service_that_never_has_time_is_given_up_after_some_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "LONGEST_PAUSE", 0.1)  # however long it was told
    async with a_service_that_answers([429], "3600") as (addresses, asked), Api(addresses, attempts=3) as client:
        with pytest.raises(Away):
            await client.post("intake", "/v1/requests")
    assert len(asked) == 3
    assert len({key for _, key in asked}) == 1
