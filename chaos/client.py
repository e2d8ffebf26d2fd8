"""A caller as a good client is: one key per thing it does, asked again with that key until somebody answers."""

import asyncio
import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from chaos.history import History

AGAIN = frozenset({429, 502, 503})
"""Answers that mean: not now. Anything else is an answer."""


class Refused(AssertionError):
    """The system answered no; in a journey that means the journey cannot go on."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem}")
        self.status = status
        self.problem = problem


@dataclass(slots=True)
class Distrust:
    """A client that writes down what it is told, and asks some things again to see whether the answer holds (P2)."""

    process: str
    history: History
    again: float = 0.2
    """How often it asks again what was answered."""
    otherwise: float = 0.05
    """How often it then asks something else with the same key, which must be refused."""


class Client:
    """One person at work, whatever dies meanwhile."""

    def __init__(
        self,
        addresses: Callable[[str], Sequence[str]],
        token: str,
        patience: float = 120,
        distrust: Distrust | None = None,
    ) -> None:
        self.addresses = addresses
        """The base URLs of a service's replicas, by its name."""
        self.patience = patience
        """Seconds to go on asking."""
        self.distrust = distrust
        self.answers = 0
        """How often somebody answered."""
        self.unknown = 0
        """How often nobody did, so that it had to be asked again."""
        self.http = httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=10)

    async def post(self, service: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Do something once, however often it must be asked."""
        key, body = str(uuid4()), body or {}
        answer = await self._ask("POST", service, path, key=key, json=body)
        if self.distrust is not None and answer.status_code < 300:
            await self._doubt(self.distrust, service, path, key, body)
        return _read(answer)

    async def put(self, service: str, path: str, body: Mapping[str, Any], version: int | None = None) -> Any:
        """Set something."""
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        return _read(await self._ask("PUT", service, path, headers=headers, json=body))

    async def get(self, service: str, path: str, **query: str) -> Any:
        """Read something."""
        return _read(await self._ask("GET", service, path, params=query))

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

    async def _doubt(self, distrust: Distrust, service: str, path: str, key: str, body: Mapping[str, Any]) -> None:
        """Ask again with the same key; what comes back is for the history, and for nobody else."""
        if random.random() < distrust.again:
            await self._ask("POST", service, path, key=key, json=body)
            other = _other(body)
            if other is not None and random.random() < distrust.otherwise / distrust.again:
                await self._ask("POST", service, path, key=key, json=other)

    async def _ask(self, method: str, service: str, path: str, *, key: str = "", **what: Any) -> httpx.Response:
        end = time.monotonic() + self.patience
        headers = {**what.pop("headers", {}), **({"Idempotency-Key": key} if key else {})}
        while True:
            start = time.monotonic()
            answer: httpx.Response | None = None
            pause = random.uniform(0.1, 0.5)
            try:
                base = random.choice(self.addresses(service))
                answer = await self.http.request(method, f"{base}/v1{path}", headers=headers, **what)
                if answer.status_code in AGAIN:
                    pause += float(answer.headers.get("Retry-After", 0)) if answer.status_code == 429 else 0
                    answer = None
            except httpx.TransportError:
                pass
            finally:  # also when we are not to wait any longer: it may have been done
                if self.distrust is not None and method == "POST":
                    op = call(service, path, key, what["json"])
                    self.distrust.history.write(self.distrust.process, op, start, answer and answered(answer))
            if answer is not None:
                self.answers += 1
                return answer
            self.unknown += 1
            if time.monotonic() > end:
                raise TimeoutError(f"{method} {service} {path} was not answered within {self.patience} s")
            await asyncio.sleep(pause)


def _other(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A body that is as good as this one and says something else; None where none of its fields is free."""
    if "house_number" in body:
        return {**body, "house_number": body["house_number"] + 1}
    free = next((name for name in ("given_name", "what", "how", "agreed_by") if name in body), None)
    return None if free is None else {**body, free: f"{body[free]} Anders"}


def call(service: str, path: str, key: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A call, as it stands in a history."""
    content = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]
    return {"do": "call", "service": service, "path": path, "key": key, "content": content, "ids": _ids(body)}


def answered(answer: httpx.Response) -> Mapping[str, Any]:
    """An answer, likewise."""
    content = hashlib.sha256(answer.content).hexdigest()[:16]
    ids = _ids(answer.json()) if answer.content and answer.is_success else {}
    return {"status": answer.status_code, "content": content, "ids": ids}


def _ids(body: Mapping[str, Any]) -> Mapping[str, str]:
    """The ids that stand directly in a body: a history holds no word of anybody."""
    return {name: value for name, value in body.items() if name.endswith("_id") and isinstance(value, str)}


def _read(answer: httpx.Response) -> Any:
    if answer.status_code >= 400:
        raise Refused(answer.status_code, answer.json())
    return answer.json() if answer.content else None
