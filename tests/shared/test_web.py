"""The edge every service has: each refusal is a problem somebody can act on, and no answer says more than it should."""

import json
from collections.abc import AsyncIterator, Callable
from importlib import import_module

import asyncpg
import httpx
import pytest
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.people import BEA, SAMIRA
from wij import telemetry
from wij.access import Action
from wij.call import Calling, PublicCalling, Routes, StraightRoute
from wij.database import Database
from wij.errors import NotFound, Unavailable
from wij.identity import Actor
from wij.issuer import Issuer
from wij.tokens import BearerTokens
from wij.web import LARGEST_BODY, Readiness, create_app, create_root

HEADERS = {
    "API-Version": "1.0.0",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "Referrer-Policy": "no-referrer",
}


class Note(BaseModel):
    """Something to create."""

    model_config = ConfigDict(extra="forbid")

    subject: str = Field(min_length=1)
    weight: int = Field(ge=1)


def toy_routes() -> Routes:
    routes = Routes()
    failures: dict[str, Callable[[], Exception]] = {
        "mistake": lambda: ZeroDivisionError("Jansen, 06-12345678"),
        "missing": lambda: NotFound("There is no such note."),
        "unavailable": lambda: Unavailable("Later."),
        "connection": lambda: ConnectionRefusedError("postgres"),
        "timeout": TimeoutError,
        "pool": lambda: asyncpg.InterfaceError("pool is closed"),
        "shutdown": lambda: asyncpg.AdminShutdownError("bye"),
        "table": lambda: asyncpg.UndefinedTableError('relation "notes" does not exist'),
        "argument": lambda: asyncpg.exceptions.DataError("invalid input for query argument $1: 'Jansen'"),
    }

    @routes.post("/notes", Action.REGISTER_REQUEST, Note, status=201)
    async def write_note(call: Calling, note: Note) -> Response:
        return Response(note.model_dump_json(), 201, media_type="application/json")

    @routes.get("/notes/{number}", Action.LIST_CASES, Note)
    async def read_note(call: Calling, number: int) -> Response:
        return Response('{"subject": "x", "weight": 1}', media_type="application/json")

    @routes.get("/failures/{name}", Action.LIST_CASES, Note)
    async def fail(call: Calling, name: str) -> Response:
        failure = failures[name]()
        raise failure

    @routes.public("GET", "/open", Note, why="nothing to hide")
    async def look(call: PublicCalling) -> Response:
        return Response("{}", media_type="application/json")

    @routes.get("/trace", Action.LIST_CASES, Note)
    async def trace(call: Calling) -> Response:
        return Response(f'{{"traceparent": "{telemetry.current().traceparent}"}}', media_type="application/json")

    return routes


type Signed = Callable[[Actor | None], httpx.AsyncClient]


@pytest.fixture
def signed(plan: Database, tokens: BearerTokens, issuer: Issuer) -> Signed:
    """A client of a small app, at `/plan`."""
    app = create_app("plan", "A toy", plan, tokens, [toy_routes()])
    root = Starlette(routes=[Mount("/plan", app)])

    def for_person(person: Actor | None) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {issuer.mint(person)}"} if person else {}
        return httpx.AsyncClient(transport=httpx.ASGITransport(root), base_url="http://wij.test/plan", headers=headers)

    return for_person


@pytest.fixture
async def samira(signed: Signed) -> AsyncIterator[httpx.AsyncClient]:
    async with signed(SAMIRA) as client:
        yield client


CORRELATION = "0b7c5a52-7a3e-4f0e-9d53-1f2f6a1f8f10"
KEY = {"Idempotency-Key": "a-fresh-key"}


def _is_problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, object] = answer.json()
    assert problem["type"] == f"urn:wij:problem:{code}"
    assert problem["status"] == status
    assert str(problem["title"])
    assert str(problem["detail"])
    return problem


def test_a_route_that_wants_a_call_and_a_body_is_answered_straight_and_no_other() -> None:
    straight = [
        route.path for route in toy_routes().router.routes if isinstance(route, StraightRoute) and route.straight
    ]
    assert straight == ["/v1/notes"]


async def test_everything_that_is_wrong_is_named_at_once(samira: httpx.AsyncClient) -> None:
    wrong = {"subject": "", "weight": "many", "colour": "red"}
    problem = _is_problem(await samira.post("/v1/notes", json=wrong, headers=KEY), 400, "invalid")
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert sorted(error["field"] for error in errors) == ["colour", "subject", "weight"]


async def test_a_wrong_header_and_a_wrong_address_are_named_as_the_caller_wrote_them(samira: httpx.AsyncClient) -> None:
    short = await samira.post("/v1/notes", json={"subject": "x", "weight": 1}, headers={"Idempotency-Key": "short"})
    assert _is_problem(short, 400, "invalid")["errors"][0]["field"] == "Idempotency-Key"  # type: ignore[index]
    assert _is_problem(await samira.get("/v1/notes/x"), 400, "invalid")["errors"][0]["field"] == "number"  # type: ignore[index]


@pytest.mark.parametrize("body", [b"{", b"", b"[1,2", b'"text"', b"\xff\xfe"])
async def test_a_body_that_is_no_json_is_a_problem_too(samira: httpx.AsyncClient, body: bytes) -> None:
    answer = await samira.post("/v1/notes", content=body, headers={**KEY, "Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


async def test_creating_needs_a_key(samira: httpx.AsyncClient) -> None:
    _is_problem(await samira.post("/v1/notes", json={"subject": "x", "weight": 1}), 400, "invalid")


async def test_without_a_token_there_is_no_answer(signed: Signed) -> None:
    async with signed(None) as nobody:
        answer = await nobody.get("/v1/notes/1")
        _is_problem(answer, 401, "not-authenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        for wrong in ("", "Basic YTpi", "Bearer", "Bearer x.y.z"):
            answer = await nobody.get("/v1/notes/1", headers={"Authorization": wrong})
            _is_problem(answer, 401, "not-authenticated")
        assert (await nobody.get("/v1/open")).status_code == 200


async def test_a_role_that_may_never_do_it_hears_so(signed: Signed) -> None:
    async with signed(BEA) as auditor:
        _is_problem(await auditor.get("/v1/notes/1"), 403, "not-allowed")


async def test_an_unknown_address_is_a_problem_and_a_slash_at_the_end_is_another_address(
    samira: httpx.AsyncClient,
) -> None:
    for path in ("/v1/nothing", "/v1/notes/1/", "/v1/notes/", "/", ""):
        answer = await samira.get(path)
        _is_problem(answer, 404, "http-404")
        assert "location" not in answer.headers


async def test_an_unknown_method_is_a_problem_that_names_the_known_ones(samira: httpx.AsyncClient) -> None:
    answer = await samira.delete("/v1/notes/1")
    _is_problem(answer, 405, "http-405")
    assert answer.headers["allow"] == "GET"


async def test_what_is_too_large_is_not_read_to_the_end(samira: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 65536
            yield b" " * 65536

    declared = await samira.post("/v1/notes", content=b" " * (LARGEST_BODY + 1), headers=KEY)
    _is_problem(declared, 413, "http-413")
    streamed = await samira.post("/v1/notes", content=endless(), headers=KEY)
    _is_problem(streamed, 413, "http-413")
    assert sent <= LARGEST_BODY + 2 * 65536


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
async def test_another_kind_of_content_is_refused(samira: httpx.AsyncClient, kind: str) -> None:
    headers = {**KEY, "Content-Type": kind}
    _is_problem(await samira.post("/v1/notes", content=b"subject=x", headers=headers), 415, "not-json")


async def test_our_mistake_is_said_without_its_content_and_can_be_found(samira: httpx.AsyncClient) -> None:
    answer = await samira.get("/v1/failures/mistake", headers={"X-Correlation-Id": CORRELATION})
    problem = _is_problem(answer, 500, "our-mistake")
    assert "Jansen" not in answer.text
    assert CORRELATION in str(problem["detail"])
    assert answer.headers["x-correlation-id"] == CORRELATION


@pytest.mark.parametrize("name", ["table", "argument"])
async def test_a_statement_that_is_wrong_is_our_mistake(samira: httpx.AsyncClient, name: str) -> None:
    answer = await samira.get(f"/v1/failures/{name}")
    _is_problem(answer, 500, "our-mistake")
    assert "Jansen" not in answer.text


@pytest.mark.parametrize("name", ["connection", "timeout", "pool", "shutdown", "unavailable"])
async def test_when_something_we_need_is_away_the_caller_may_try_again(samira: httpx.AsyncClient, name: str) -> None:
    answer = await samira.get(f"/v1/failures/{name}")
    _is_problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_refusal_carries_its_name_and_its_sentence(samira: httpx.AsyncClient) -> None:
    problem = _is_problem(await samira.get("/v1/failures/missing"), 404, "not-found")
    assert problem["detail"] == "There is no such note."


async def test_every_answer_carries_the_version_and_the_safe_headers(samira: httpx.AsyncClient) -> None:
    for path in ("/v1/notes/1", "/v1/notes/x", "/v1/nothing", "/v1/failures/mistake", "/v1/openapi.json", "/v1/open"):
        answer = await samira.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS, path
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "server" not in answer.headers


async def test_a_correlation_id_that_could_hold_a_person_is_replaced(samira: httpx.AsyncClient) -> None:
    for given in ("JanJansen", "0612345678", "jan@example.org", "<script>", f"{CORRELATION}-jan"):
        assert (await samira.get("/v1/open", headers={"X-Correlation-Id": given})).headers["x-correlation-id"] != given


async def test_a_trace_that_could_hold_a_person_does_not_reach_an_event(samira: httpx.AsyncClient) -> None:
    sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    assert (await samira.get("/v1/trace", headers={"Traceparent": sent})).json() == {"traceparent": sent}
    for given in ("Jan Jansen", f"{sent}-jan", "00-jan-0612345678-01"):
        assert given not in (await samira.get("/v1/trace", headers={"Traceparent": given})).text


async def test_the_description_is_for_everybody_and_knows_no_422(signed: Signed) -> None:
    async with signed(None) as nobody:
        answer = await nobody.get("/v1/openapi.json")
    assert answer.headers["access-control-allow-origin"] == "*"
    described = answer.json()
    assert described["openapi"].startswith("3.1")
    assert described["servers"] == [{"url": "/plan"}]
    text = json.dumps(described)
    assert "HTTPValidationError" not in text
    for path in described["paths"].values():
        for operation in path.values():
            assert "422" not in operation["responses"]
            assert "application/problem+json" in operation["responses"]["default"]["content"]
            assert ("security" in operation) == (operation["x-wij-action"] != "public")


async def test_a_process_says_whether_it_lives_and_whether_it_can_work() -> None:
    now = Readiness(ready=False, wrong={"plan": ["database: away"]})

    async def ready() -> Readiness:
        return now

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(create_root({}, ready)), base_url="http://wij"
    ) as client:
        assert (await client.get("/health")).json() == {"status": "ok"}
        answer = await client.get("/ready")
        assert answer.status_code == 503
        assert answer.json() == {"status": "not ready", "wrong": {"plan": ["database: away"]}}
        now = Readiness(ready=True, wrong={"plan": ["reader.intake: in trouble"]})
        answer = await client.get("/ready")
        assert answer.status_code == 200
        assert answer.json()["wrong"] == {"plan": ["reader.intake: in trouble"]}
        elsewhere = await client.get("/elsewhere")
        _is_problem(elsewhere, 404, "http-404")
        assert elsewhere.headers["api-version"] == "1.0.0"


async def test_the_framework_tells_no_collector_about_a_request(
    samira: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EV-02: what FastAPI would record of a refused request are the words that were refused."""
    trace = import_module("opentelemetry.trace")
    asked: list[str] = []

    class Collector(trace.TracerProvider):  # type: ignore[misc, name-defined]  # it comes with FastAPI, and only there
        def get_tracer(self, name: str, *_: object, **__: object) -> object:
            asked.append(name)
            return trace.NoOpTracer()

    monkeypatch.setattr(trace, "_TRACER_PROVIDER", Collector())
    _is_problem(await samira.post("/v1/notes", json={"subject": 1, "weight": "Jansen"}, headers=KEY), 400, "invalid")
    assert asked == []
