"""NATS for many messages at once: published in one write, and heard without reading their headers."""

from collections.abc import Iterable
from typing import NamedTuple, override

from nats.aio.client import Client
from nats.errors import ConnectionClosedError, MaxPayloadError


class Message(NamedTuple):
    """What goes to a stream."""

    subject: str
    reply: str
    """Where the confirmation goes; empty: there will be none."""
    headers: str
    """Lines as they travel, `Name: value`, with CRLF between them."""
    body: bytes


class BatchClient(Client):
    """nats-py's client, which by itself looks at every header of every message; ours are our own (0071)."""

    async def publish_all(self, messages: Iterable[Message]) -> None:
        """Publish them in this order; raises what `publish` does, before any of them is sent."""
        if not self.is_connected:
            raise ConnectionClosedError
        parts: list[bytes] = []
        for subject, reply, headers, body in messages:
            if len(body) > self.max_payload:
                raise MaxPayloadError
            head = f"NATS/1.0\r\n{headers}\r\n\r\n"
            parts += (f"HPUB {subject} {reply} {len(head)} {len(head) + len(body)}\r\n{head}".encode(), body, b"\r\n")
        await self._send_command(b"".join(parts))
        await self._flush_pending()

    @override
    async def _process_headers(self, headers: bytes | None) -> dict[str, str] | None:
        """Of what comes in, only what the server itself says: an event says all in its subject and its body."""
        return await super()._process_headers(headers) if headers and headers.startswith(b"NATS/1.0 ") else None
