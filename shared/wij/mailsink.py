"""A mail server that delivers nothing: every message becomes a file, for `make up`, the demo and the tests."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class MailSink:
    """Takes every message and keeps it as `<folder>/<nanoseconds>.eml`, in the order of arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd calls it so
        """Keep the message; it counts once the file stands there whole."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        path = self.folder / f"{time.time_ns()}.eml"
        fresh = path.with_suffix(".new")
        fresh.write_bytes(content)
        fresh.rename(path)
        return "250 kept, not sent"

    def messages(self) -> list[Message]:
        """Everything that arrived, oldest first."""
        return [BytesParser(policy=default).parsebytes(path.read_bytes()) for path in sorted(self.folder.glob("*.eml"))]

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator[int]:
        """Listen on the loopback address, in this event loop; answers the port."""
        self.folder.mkdir(parents=True, exist_ok=True)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self, loop=loop, hostname="wij.example", enable_SMTPUTF8=True), "127.0.0.1", port
        )
        try:
            yield int(server.sockets[0].getsockname()[1])
        finally:
            server.close()
