"""What a story needs: people who sign in, waiting for what others do, the post, and somebody to tell it to."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from types import TracebackType
from typing import Self

from wij_cli.addresses import SERVICES, Addresses
from wij_cli.api import Api, Json
from wij_cli.refusals import Refused

type Tell = Callable[[str], None]
"""Called with each step that happened, in a Dutch sentence."""

PATIENCE = 60
"""Seconds a step may take that another service, or the post, has to make happen."""


class StepFailed(Exception):
    """A step of the story did not happen."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as it arrived."""

    to: str
    subject: str
    text: str

    def link(self) -> str:
        """The address in it, as a reader would choose it."""
        found = re.search(r"https?://\S*/answer-links/[\w-]+", self.text)
        if found is None:
            raise StepFailed(f'Er staat geen link in de mail "{self.subject}".')
        return found[0]


class Post:
    """The folder in which every mail arrives as a file; only what came after this was made counts."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise StepFailed(f"Er is geen map {folder} waarin mails aankomen. Zeg met --mail waar die is.")
        self._folder = folder
        self._before = set(folder.glob("*.eml"))

    def all(self) -> Sequence[Mail]:
        """What arrived, oldest first."""
        return [_read(path) for path in sorted(set(self._folder.glob("*.eml")) - self._before)]

    def to(self, address: str) -> Sequence[Mail]:
        """What arrived for somebody."""
        return [mail for mail in self.all() if mail.to == address]


def _read(path: Path) -> Mail:
    message = BytesParser(EmailMessage, policy=default).parsebytes(path.read_bytes())
    body = message.get_body(("plain",))
    return Mail(str(message["To"]), str(message["Subject"]), body.get_content() if body else "")


class Stage:
    """Everybody signs in once; what they do goes through the HTTP API."""

    def __init__(self, base_url: str, mail: Path, tell: Tell) -> None:
        self.addresses = Addresses(base_url)
        self.post = Post(mail)
        self.tell = tell
        self._people: dict[str, Api] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()

    async def person(self, name: str) -> Api:
        """The API as somebody of the cast sees it."""
        if name not in self._people:
            api = await self._open.enter_async_context(Api(self.addresses))
            await api.sign_in(name)
            self._people[name] = api
        return self._people[name]

    async def until[T](self, what: str, look: Callable[[], Awaitable[T | None]]) -> T:
        """Look again and again until there is something; `StepFailed` with `what` when it takes too long.

        What is not there yet, or may not be seen yet, is looked for again.
        """
        deadline = time.monotonic() + PATIENCE
        last = ""
        while time.monotonic() < deadline:
            try:
                found = await look()
            except Refused as refusal:
                if refusal.status not in {403, 404}:
                    raise
                found, last = None, f" ({refusal})"
            if found is not None:
                return found
            await asyncio.sleep(0.1)
        raise StepFailed(f"{what}: dat gebeurde niet binnen {PATIENCE} seconden{last}.")

    async def mail_about(self, address: str, subject: str, what: str) -> Mail:
        """The mail with this subject that comes for somebody."""

        async def look() -> Mail | None:
            return next((mail for mail in self.post.to(address) if mail.subject == subject), None)

        return await self.until(what, look)

    async def mail_to(self, address: str, what: str, after: int = 0) -> Mail:
        """The mail that comes for somebody, after so many others."""

        async def look() -> Mail | None:
            found = self.post.to(address)
            return found[after] if len(found) > after else None

        return await self.until(what, look)


async def events_after(admin: Api, positions: dict[str, int]) -> Sequence[Json]:
    """What the services told after these positions, as the log keeps it; `position` and `service` are added."""
    found = []
    for service in SERVICES:
        after = positions.get(service, 0)
        while rows := (await admin.get(service, "/v1/events", after=after, limit=1000)).body:
            found += [{"service": service, "position": row["position"], **row["event"]} for row in rows]
            after = rows[-1]["position"]
    return sorted(found, key=lambda event: str(event["time"]))


async def positions_now(admin: Api) -> dict[str, int]:
    """Where each log ends."""
    ends = dict.fromkeys(SERVICES, 0)
    for event in await events_after(admin, {}):
        ends[event["service"]] = max(ends[event["service"]], event["position"])
    return ends
