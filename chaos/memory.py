"""What the system has answered, kept by those who asked: the measure of what may not be lost."""

from dataclasses import dataclass, field
from http import HTTPStatus

import asyncpg
import httpx

from chaos.client import Client
from wij.events import SERVICES


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx that somebody was given, and the call it was given to."""

    client: Client
    service: str
    call: httpx.Request
    status: int
    content: bytes

    @property
    def key(self) -> str:
        """The caller's key for what was to be done."""
        return self.call.headers["Idempotency-Key"]

    def __str__(self) -> str:
        """Without any content."""
        return f"{self.status} to {self.call.method} {self.call.url.path}, key {self.key}"


@dataclass(slots=True)
class Memory:
    """Every 2xx that these clients were given to something done with a key."""

    answers: list[Answer] = field(default_factory=list)

    def listen(self, client: Client) -> None:
        """Remember what this client is answered from now on."""

        async def remember(response: httpx.Response) -> None:
            call = response.request
            if "Idempotency-Key" in call.headers and response.is_success:
                content = await response.aread()
                service = call.url.path.split("/")[1]
                self.answers.append(Answer(client, service, call, response.status_code, content))

        client.http.event_hooks["response"].append(remember)

    async def lost(self, dsn: str) -> list[str]:
        """The answers that the database does not have; each was written in the transaction of what it answers."""
        connection = await asyncpg.connect(dsn)
        try:
            there = {
                (service, row["key"])
                for service in SERVICES
                for row in await connection.fetch(f"select key from {service}.answers where status is not null")
            }
        finally:
            connection.terminate()
        return [str(answer) for answer in self.answers if (answer.service, answer.key) not in there]

    async def otherwise(self, addresses: dict[str, str]) -> list[str]:
        """The answers that are not the same, byte for byte, when their callers ask again with the same key."""
        found = []
        for answer in tuple(self.answers):
            path = answer.call.url.path
            again = await answer.client.http.post(
                f"{addresses[answer.service]}{path.removeprefix(f'/{answer.service}')}",
                content=answer.call.content,
                headers={"Idempotency-Key": answer.key, "Content-Type": answer.call.headers["Content-Type"]},
            )
            if (again.status_code, again.content) != (answer.status, answer.content):
                found.append(f"{answer} became {HTTPStatus(again.status_code)}")
        return found
