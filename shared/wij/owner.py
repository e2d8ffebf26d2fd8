"""Asking the owner of a stream for events that the stream no longer holds: `GET /v1/events`, the same bytes."""

from collections.abc import Awaitable, Callable, Sequence

import httpx

from wij.log_api import from_lines
from wij.reader import FetchEvents
from wij.settings import Settings


def events_over_http(
    settings: Settings, token: Callable[[], Awaitable[str]], http: httpx.AsyncClient | None = None
) -> FetchEvents:
    """Events after a position, from the service that told them, with a service token."""
    client = http or httpx.AsyncClient(timeout=5)
    urls = {
        "intake": settings.intake_url,
        "plan": settings.plan_url,
        "matching": settings.matching_url,
        "notify": settings.notify_url,
    }

    async def fetch_events(source: str, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        answer = await client.get(
            f"{urls[source]}/v1/events",
            params={"after": after, "limit": limit},
            headers={"Authorization": f"Bearer {await token()}"},
        )
        answer.raise_for_status()
        return from_lines(answer.content)

    return fetch_events
