"""A caller as a good client is: one key per thing it does, asked again with that key until somebody answers."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import httpx

AGAIN = frozenset({429, 502, 503})
"""Answers that mean: not now. Anything else is an answer."""


class Refused(AssertionError):
    """The system answered no; in a journey that means the journey cannot go on."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem}")
        self.status = status
        self.problem = problem


class Client:
    """One person at work, whatever dies meanwhile."""

    def __init__(self, addresses: Callable[[str], Sequence[str]], token: str, patience: float = 120) -> None:
        self.addresses = addresses
        """The base URLs of a service's replicas, by its name."""
        self.patience = patience
        """Seconds to go on asking."""
        self.answers = 0
        """How often somebody answered."""
        self.http = httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=10)

    async def post(self, service: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Do something once, however often it must be asked."""
        headers = {"Idempotency-Key": str(uuid4())}
        return await self._ask("POST", service, path, headers=headers, json=body or {})

    async def put(self, service: str, path: str, body: Mapping[str, Any], version: int | None = None) -> Any:
        """Set something."""
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return await self._ask("PUT", service, path, headers=headers, json=body)

    async def get(self, service: str, path: str, **query: str) -> Any:
        """Read something."""
        return await self._ask("GET", service, path, params=query)

    async def until(self, service: str, path: str, found: Callable[[Any], Any], **query: str) -> Any:
        """Read until `found` answers something true; what is not there yet is waited for."""
        end = time.monotonic() + self.patience
        while True:
            try:
                if value := found(await self.get(service, path, **query)):
                    return value
            except Refused as refused:
                if refused.status not in {403, 404}:
                    raise
            if time.monotonic() > end:
                raise TimeoutError(f"{service} {path} did not show it within {self.patience} s")
            await asyncio.sleep(random.uniform(0.1, 0.4))

    async def close(self) -> None:
        """Stop asking."""
        await self.http.aclose()

    async def _ask(self, method: str, service: str, path: str, **what: Any) -> Any:
        end = time.monotonic() + self.patience
        while True:
            pause = random.uniform(0.1, 0.5)
            try:
                base = random.choice(self.addresses(service))
                answer = await self.http.request(method, f"{base}/v1{path}", **what)
                if answer.status_code not in AGAIN:
                    break
                pause += float(answer.headers.get("Retry-After", 0))
            except httpx.TransportError:
                pass
            if time.monotonic() > end:
                raise TimeoutError(f"{method} {service} {path} was not answered within {self.patience} s")
            await asyncio.sleep(pause)
        self.answers += 1
        if answer.status_code >= 400:
            raise Refused(answer.status_code, answer.json())
        return answer.json() if answer.content else None
