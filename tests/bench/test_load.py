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
