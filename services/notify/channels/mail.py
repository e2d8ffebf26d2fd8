"""Mail by SMTP, with an outcome that never guesses (P8).

Up to the command DATA nothing was handed over, so it may be tried again. From DATA on only the server's answer counts;
without one nobody knows, and the message is not sent again by itself.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

import aiosmtplib
import structlog
from jinja2 import TemplateError

from services.notify.channels.writing import Templates
from services.notify.domain.delivery import Letter, Outcome, Result
from wij import clock
from wij.settings import Settings

log = structlog.get_logger()


class _Stop(Exception):  # not an error: the outcome is known
    """What follows is not needed: the outcome is known."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Mail:
    """Mail through the SMTP server of the settings, one connection per letter."""

    at_once = 4

    def __init__(self, settings: Settings, *, seconds: float = 10) -> None:
        self._settings = settings
        self._seconds = seconds
        self._templates = Templates()

    async def deliver(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """All beside each other; each has its outcome within the sender's lease."""
        return await asyncio.gather(*(self._deliver(letter) for letter in letters))

    async def _deliver(self, letter: Letter) -> Outcome:
        try:
            message = self._message(letter)
        except (TemplateError, ValueError) as error:
            log.warning("mail_not_written", template=letter.intent.template, error=type(error).__name__)
            return Outcome(Result.REFUSED, "not_written")
        try:
            await self._hand_over(message)
        except _Stop as stop:
            return stop.outcome
        return Outcome(Result.SENT)

    def _message(self, letter: Letter) -> EmailMessage:
        """The mail as it travels. Raises ValueError for an address that cannot be one."""
        subject, text, html = self._templates.write(letter)
        message = EmailMessage()
        message["From"] = self._settings.mail_from
        message["To"] = letter.address
        message["Subject"] = subject
        message["Date"] = format_datetime(clock.now())
        domain = parseaddr(self._settings.mail_from)[1].partition("@")[2]
        message["Message-ID"] = f"<{letter.notification_id}@{domain}>"
        message["X-WIJ-Notification"] = str(letter.notification_id)
        message["Auto-Submitted"] = "auto-generated"
        message["Content-Language"] = "nl"
        message.set_content(text)
        message.add_alternative(html, subtype="html")
        return message

    async def _hand_over(self, message: EmailMessage) -> None:
        server = aiosmtplib.SMTP(
            hostname=self._settings.smtp_host, port=self._settings.smtp_port, timeout=self._seconds
        )
        try:
            with _until_data():
                async with asyncio.timeout(2 * self._seconds):
                    await server.connect()
                    await server.mail(parseaddr(self._settings.mail_from)[1])
                    await server.rcpt(str(message["To"]))
            with _from_data_on():
                await server.data(message.as_bytes())
            with suppress(aiosmtplib.SMTPException, OSError):
                await server.quit()
        finally:
            server.close()


@contextmanager
def _until_data() -> Iterator[None]:
    """Nothing is handed over in here: a server that says no, says so; anything else is tried again."""
    try:
        yield
    except aiosmtplib.SMTPResponseException as error:
        raise _Stop(_answered(error.code)) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _Stop(Outcome(Result.NOT_REACHED, "server_away")) from error


@contextmanager
def _from_data_on() -> Iterator[None]:
    """Only an answer counts in here."""
    try:
        yield
    except aiosmtplib.SMTPResponseException as error:
        raise _Stop(_answered(error.code)) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _Stop(Outcome(Result.UNKNOWN, "no_answer")) from error


def _answered(code: int) -> Outcome:
    """What a reply other than yes means (RFC 5321): 4xx not now, 5xx no; what is neither, nobody knows."""
    if 500 <= code < 600:
        return Outcome(Result.REFUSED, f"smtp_{code}")
    if 400 <= code < 500:
        return Outcome(Result.DEFERRED, f"smtp_{code}")
    return Outcome(Result.UNKNOWN, "no_answer")
