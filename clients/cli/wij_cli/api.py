"""How a question travels to a service and how the answer comes back.

Every POST carries an Idempotency-Key, so asking again after silence does it once. Silence is asked again with growing
pauses, 429 and 503 not before the service said; a refusal is not.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

import httpx

from wij_cli.addresses import Addresses
from wij_cli.refusals import Away, Refused

type Json = dict[str, Any]

ATTEMPTS = 5
"""With the pauses below this waits about three seconds for a service that restarts, longer for one that says when."""
LONGEST_PAUSE = 30.0
"""Seconds; somebody sits at the keyboard."""
_TRY_AGAIN = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said."""

    body: Any
    replayed: bool = False
    """This answer was given before, to the same Idempotency-Key: nothing happened now."""
    version: str | None = None
    """The ETag, for `If-Match`."""


class Api:
    """The services, as one person sees them."""

    def __init__(self, addresses: Addresses, token: str | None = None, attempts: int = ATTEMPTS) -> None:
        self.addresses = addresses
        self.token = token
        self.attempts = attempts
        self._http = httpx.AsyncClient(timeout=30)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def sign_in(self, name: str) -> str:
        """A token for one of the cast, from the development issuer."""
        form = {"grant_type": "urn:wij:cast", "name": name}
        response = await self._send("POST", self.addresses.token, data=form)
        self.token = str(response.json()["access_token"])
        return self.token

    async def get(self, service: str, path: str, **query: Any) -> Answer:
        """Look at something; `None` in the query is left out."""
        params = {name: value for name, value in query.items() if value is not None}
        return await self._ask("GET", service, path, params=params)

    async def post(self, service: str, path: str, body: Json | None = None, *, key: str | None = None) -> Answer:
        """Do something once. `key` is the caller's own, where doing it again later must find the first time."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        return await self._ask("POST", service, path, json=body or {}, headers=headers)

    async def look(self, service: str, path: str, body: Json | None = None) -> list[Json]:
        """Look something up by POST, so that nothing identifying stands in an address; it changes nothing."""
        rows: list[Json] = (await self._ask("POST", service, path, json=body or {})).body["items"]
        return rows

    async def put(self, service: str, path: str, body: Json, *, version: str | None = None) -> Answer:
        """Set something; `version` is the ETag that was read."""
        headers = {"If-Match": version} if version else {}
        return await self._ask("PUT", service, path, json=body, headers=headers)

    async def items(self, service: str, path: str, **query: Any) -> AsyncIterator[Json]:
        """Every row of a list, page after page."""
        cursor: str | None = None
        while True:
            page = (await self.get(service, path, cursor=cursor, **query)).body
            if isinstance(page, list):
                page = {"items": page}
            for item in page["items"]:
                yield item
            cursor = page.get("next")
            if cursor is None:
                return

    async def list(self, service: str, path: str, **query: Any) -> list[Json]:
        """All rows at once."""
        return [item async for item in self.items(service, path, **query)]

    async def _ask(self, method: str, service: str, path: str, **more: Any) -> Answer:
        headers = dict(more.pop("headers", {}))
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        response = await self._send(method, self.addresses.of(service) + path, headers=headers, **more)
        return Answer(
            response.json() if response.content else None,
            replayed=response.headers.get("Idempotent-Replayed") == "true",
            version=response.headers.get("ETag"),
        )

    async def _send(self, method: str, url: str, **more: Any) -> httpx.Response:
        for attempt in range(1, self.attempts + 1):
            wished = 0.0
            try:
                response = await self._http.request(method, url, **more)
            except httpx.TransportError as error:
                if attempt == self.attempts:
                    address = httpx.URL(url).copy_with(path="/", query=None)
                    raise Away(f"Nothing answers at {address}. Is WIJ running there, and is WIJ_URL right?") from error
            else:
                if response.is_success:
                    return response
                if response.status_code not in _TRY_AGAIN:
                    raise Refused(_problem(response))
                if attempt == self.attempts:
                    raise Away(Refused(_problem(response)).args[0])
                wished = _wished_pause(response)
            await asyncio.sleep(max(wished, 0.2 * 2 ** (attempt - 1) * random.uniform(0.8, 1.2)))  # not a secret
        raise AssertionError("unreachable")


def _wished_pause(response: httpx.Response) -> float:
    """Seconds after which the service wants to be asked again; a date, which none of ours sends, counts as nothing."""
    said = response.headers.get("Retry-After", "")
    return min(float(said), LONGEST_PAUSE) if said.isdigit() else 0.0


def _problem(response: httpx.Response) -> Json:
    """The problem as the service told it, or one of our own where something in between answered."""
    told: Mapping[str, Any] = {}
    if "json" in response.headers.get("content-type", ""):
        told = response.json()
    if "detail" in told:
        return dict(told)
    if "error" in told:  # OAuth 2 errors have a form of their own (RFC 6749, 5.2)
        return {"status": response.status_code, "detail": str(told.get("error_description", told["error"]))}
    return {"status": response.status_code, "detail": f"{response.url} answered {response.status_code}."}
