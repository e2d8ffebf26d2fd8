"""The clients of the benchmark: what a server answers is counted, whatever it is."""

import asyncio

from bench import load

PAGE = b"<html>Server Error (500)</html>"


async def test_a_page_in_place_of_an_answer_is_counted_as_a_refusal() -> None:
    async def fail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(PAGE)
        )
        writer.write(PAGE)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(fail, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/requests"
        seen = await load.closed(url, "", lambda _: {}, clients=1, seconds=0.1, first=0)
    assert seen.refused.keys() == {500}
    assert not seen.sent_at


async def _answers(*answers: str) -> tuple[load.Answered, list[str]]:
    """One client of a server that gives these answers in turn, a connection each; the keys that it saw."""
    left, keys = list(answers), list[str]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        keys.append(next(line for line in head.split("\r\n") if line.startswith("Idempotency-Key")))
        writer.write(left.pop(0).encode())
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/requests"
        seen = await load.opened(url, "", lambda _: {}, rate=10, seconds=0.2, first=0, seed=0, again=True)
    return seen, keys


async def test_who_is_told_to_come_back_or_is_not_answered_asks_again_with_the_same_key() -> None:
    seen, keys = await _answers(_answer(429), "", _answer(201))
    assert len(set(keys)) == 1
    assert (len(seen.sent_at), seen.again, seen.refused) == (1, 2, {})
    assert seen.seconds[0] > 0.2, "the time runs from when they first asked"


async def test_a_refusal_for_good_is_not_asked_again() -> None:
    seen, keys = await _answers(_answer(422))
    assert (len(keys), seen.refused) == (1, {422: 1})


def _answer(status: int) -> str:
    body = '{"request_id": "a"}'
    head = f"HTTP/1.1 {status} X\r\nConnection: close\r\nRetry-After: 0.05\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n{body}"
