"""No person in the logs (PRIV-08): canaries go in on every way we know, and none comes out."""

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
import structlog
from fastapi import Response
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.people import SAMIRA
from wij import logs, supervisor
from wij.access import Action
from wij.call import Calling, Routes
from wij.database import Database
from wij.issuer import Issuer
from wij.settings import Settings
from wij.telemetry import Trace, following
from wij.tokens import BearerTokens
from wij.web import create_app

CANARIES = (
    "Kanarievogel",
    "06-12345678",
    "+31612345678",
    "9741 AB",
    "9741AB",
    "kanarie@voorbeeld.example",
    "111222333",
)
"""A surname, telephone numbers, postcodes, an e-mail address, and a number that passes the eleven test."""


@pytest.fixture
def written(base_settings: Settings, safe_logs: None) -> Iterator[io.StringIO]:
    """Everything this process logs, as in production."""
    output = io.StringIO()
    logs.configure(base_settings.model_copy(update={"mode": "production", "log_level": "debug"}), output)
    yield output
    logs.configure(base_settings)


def _clean(output: io.StringIO) -> list[dict[str, object]]:
    text = output.getvalue()
    found = [canary for canary in CANARIES if canary in text]
    assert found == [], text
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("canary", CANARIES[1:])
def test_what_reaches_a_person_is_hidden_wherever_it_stands(written: io.StringIO, canary: str) -> None:
    log = structlog.get_logger()
    said = f"called {canary}"
    log.info(said, reason=f"said {canary}.", inner={"deep": [f"({canary})"]}, thing=Exception(canary))
    assert len(_clean(written)) == 1


PERSONAL = """
name given_name family_name question note text street house_number postcode phone email birth_date bsn token password
authorization body contact wish own_words
"""


@pytest.mark.parametrize("field", PERSONAL.split())
def test_a_field_that_holds_a_person_is_hidden_whatever_it_holds(written: io.StringIO, field: str) -> None:
    structlog.get_logger().info("happened", **{field: "Kanarievogel"}, inner={field: {"more": "Kanarievogel"}})
    assert _clean(written)[0][field] == "(hidden)"


def test_ids_codes_numbers_and_moments_stay(written: io.StringIO) -> None:
    case, at = uuid4(), datetime(2026, 11, 22, 11, 10, tzinfo=UTC)
    facts = {"case_id": case, "team": "selwerd", "service": "plan", "state": "open", "position": 123456789012, "at": at}
    with following(Trace(correlation_id="01a202f1-5dec-7598-9618-bf90d02cbd3e")):
        structlog.get_logger().info("case_opened", **facts, reason="CheckViolation in store.py:12 save")
    (line,) = _clean(written)
    assert line["case_id"] == str(case)
    assert line["position"] == 123456789012
    assert line["at"] == "2026-11-22 11:10:00+00:00"
    assert line["reason"] == "CheckViolation in store.py:12 save"
    assert line["correlation_id"] == "01a202f1-5dec-7598-9618-bf90d02cbd3e"


def test_an_exception_is_shown_by_its_places_not_by_its_words(written: io.StringIO) -> None:
    given_name = "Kanarievogel"
    try:
        int(given_name)
    except ValueError as error:
        structlog.get_logger().error("failed", exc_info=error)
        structlog.get_logger().exception("failed")
        logging.getLogger("nats.aio").exception("could not handle %s", given_name)
    for line in _clean(written):
        broke = line["broke"]
        assert isinstance(broke, dict)
        assert broke["class"] == "ValueError"
        assert "test_logs.py" in broke["places"][0]


async def test_a_task_that_fails_unseen_says_nothing_of_its_data(written: io.StringIO) -> None:
    async def fail() -> None:
        raise ValueError("Kanarievogel")

    loop = asyncio.get_running_loop()
    task = asyncio.create_task(fail())
    await asyncio.wait([task])
    loop.call_exception_handler(
        {"message": "Task exception was never retrieved", "task": task, "exception": task.exception()}
    )
    (line,) = _clean(written)
    assert line["event"] == "Task exception was never retrieved"


async def test_a_loop_that_fails_says_where_and_not_what(written: io.StringIO) -> None:
    async def fail() -> None:
        raise ValueError("Kanarievogel")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await supervisor.forever("plan.loop", fail)
    assert {line["event"] for line in _clean(written)} == {"loop_failed"}


async def test_a_request_leaves_no_trace_of_what_was_asked(
    plan: Database, tokens: BearerTokens, issuer: Issuer, written: io.StringIO
) -> None:
    routes = Routes()

    class Ask(BaseModel):
        words: str

    @routes.post("/asks/{what}", Action.REGISTER_REQUEST, Ask)
    async def ask(call: Calling, what: str, ask: Ask) -> Response:
        raise ZeroDivisionError(ask.words)

    app = Starlette(routes=[Mount("/plan", create_app("plan", "A toy", plan, tokens, [routes]))])
    headers = {"Authorization": f"Bearer {issuer.mint(SAMIRA)}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://wij.test") as client:
        for canary in CANARIES:
            await client.post(f"/plan/v1/asks/{canary}?q={canary}", json={"words": canary}, headers=headers)
            await client.post(f"/plan/v1/asks/{canary}?q={canary}", json={"word": canary}, headers=headers)
    assert {line["event"] for line in _clean(written)} == {"request_failed"}
