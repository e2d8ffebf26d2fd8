"""An SMTP server on a real socket that answers, refuses, says later, stays silent, or hangs up after it accepted."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Postbox:
    """What came in, and how the next ones are answered."""

    mails: list[EmailMessage] = field(default_factory=list)
    port: int = 0
    to_recipient: str = "250 OK"
    """The answer to RCPT TO."""
    to_message: str = "250 OK"
    """The answer after the message; `silence` never answers, `hang up` cuts the line. Both have taken the message."""
    pause: float = 0
    """Seconds the server thinks before it answers."""
    came_in: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802  # the name aiosmtpd calls
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.to_message[0] not in "45":
            content = cast("bytes", envelope.content)
            self.mails.append(message_from_bytes(content, policy=policy.default))
        self.came_in.set()
        await asyncio.sleep(self.pause)
        if self.to_message == "silence":
            await asyncio.sleep(3600)
        if self.to_message == "hang up":
            transport: Any = server.transport
            transport.abort()
        return self.to_message

    def texts(self) -> list[str]:
        """What each mail says, as text."""
        return [part.get_content() for mail in self.mails if (part := mail.get_body(("plain",))) is not None]


@asynccontextmanager
async def open_postbox() -> AsyncIterator[Postbox]:
    """The server, on a port of its own, until the end of the test."""
    box = Postbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, hostname="postbox.example", enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
