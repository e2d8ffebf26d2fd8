"""The HTTP app every service gets, by the NL API Design Rules (API-02): problem+json, one API version, safe headers."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.telemetry import TelemetryConfig
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wij import telemetry
from wij.admission import Admission
from wij.call import Routes, StraightRoute
from wij.database import Database
from wij.errors import Refusal
from wij.identity import Actor
from wij.ids import new_id
from wij.log_api import log_routes
from wij.problems import answer_with_problems, http_problem, problem, refused
from wij.telemetry import Trace
from wij.trouble import is_away, reason_of

API_VERSION = "1.0.0"
LARGEST_BODY = 1024 * 1024
"""Bytes a request may carry."""

log = structlog.get_logger()

_CORRELATION = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TRACEPARENT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

_HEADERS = {
    "API-Version": API_VERSION,
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
_AS_SENT = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]


class Tokens(Protocol):
    """Something that turns a bearer token into an actor, or raises `NotAuthenticated`."""

    async def verify(self, token: str) -> Actor:
        """Who this is; may also raise `Unavailable`."""


_SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI's own telemetry stays off: it would send what people typed, in failed validations, to whatever collects for
the process (EV-02). Ours (`telemetry.py`, the log) holds ids and codes."""


def create_app(
    service: str,
    summary: str,
    database: Database,
    tokens: Tokens,
    routes: list[Routes],
) -> FastAPI:
    """The service's app: its routes and those of its log, and nothing that differs between services."""
    app = FastAPI(
        title=f"WIJ {service}",
        summary=summary,
        version=API_VERSION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        servers=[{"url": f"/{service}"}],
        root_path_in_servers=False,
        telemetry=_SILENT,
    )
    app.state.database = database
    app.state.tokens = tokens
    for some in (*routes, log_routes()):
        app.routes.extend(some.router.routes)  # an included router would be searched twice for each request
    answer_with_problems(app)
    app.add_middleware(_Straight, routes=app.routes)
    app.add_middleware(Admission, service=service, pool=database.settings.database_pool)
    app.add_middleware(_Edge, service=service)  # the outermost: what is refused at the door has these headers too
    return app


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a process can do its work, and what is wrong, by service; something may be wrong while it can."""

    ready: bool
    wrong: Mapping[str, Sequence[str]]


def create_root(
    apps: Mapping[str, ASGIApp],
    ready: Callable[[], Awaitable[Readiness]],
) -> ASGIApp:
    """What a process answers to: each app at `/<name>`, `/health` (we answer) and `/ready` (we can do our work)."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_HEADERS)

    async def readiness(_: Request) -> Response:
        now = await ready()
        status = {"status": "ready" if now.ready else "not ready", "wrong": dict(now.wrong)}
        return JSONResponse(status, 200 if now.ready else 503, headers=_HEADERS)

    async def elsewhere(request: Request, error: Exception) -> Response:
        answer = await http_problem(request, error)
        answer.headers.update(_HEADERS)
        return answer

    own = Starlette(
        routes=[Route("/health", health), Route("/ready", readiness)], exception_handlers={HTTPException: elsewhere}
    )

    async def root(scope: Scope, receive: Receive, send: Send) -> None:
        """Straight to the app, which Starlette would wrap a second time if it were mounted."""
        name = scope["path"][1:].partition("/")[0]
        if name in apps:
            await apps[name]({**scope, "root_path": f"{scope['root_path']}/{name}"}, receive, send)
        else:
            await own(scope, receive, send)

    return root


class _Edge:
    """What holds for every request: its trace, its size, its headers, and a 500 that tells the caller nothing."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        request_id = str(new_id())
        trace = Trace(
            correlation_id=_if_like(_CORRELATION, headers.get(b"x-correlation-id")) or request_id,
            request_id=request_id,
            traceparent=_if_like(_TRACEPARENT, headers.get(b"traceparent")) or telemetry.new_traceparent(),
        )
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                have = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *(pair for pair in _AS_SENT if pair[0] not in have),
                    (b"x-correlation-id", trace.correlation_id.encode()),
                ]
                if scope["path"].endswith("/v1/openapi.json"):
                    message["headers"].append((b"access-control-allow-origin", b"*"))
            await send(message)

        with telemetry.following(trace):
            try:
                await self.app(scope, _limited(receive), send_with_headers)
            except HTTPException as error:  # too large
                await (await http_problem(Request(scope), error))(scope, receive, send_with_headers)
            except Exception as error:
                if started:
                    raise
                await self._answer_for(error, scope["method"], trace)(scope, receive, send_with_headers)

    def _answer_for(self, error: Exception, method: str, trace: Trace) -> Response:
        """503 when waiting helps, 500 when it is our mistake."""
        lost = isinstance(error, asyncpg.InterfaceError) and not isinstance(
            error, ValueError
        )  # no connection (any more)
        missing = isinstance(error, asyncpg.SyntaxOrAccessError)  # a table or column: we start after our migrations
        if lost or (is_away(error) and not missing):
            log.warning("dependency_away", service=self.service, method=method, reason=reason_of(error))
            return problem(
                503, "unavailable", "A part we need does not answer. Try again, with the same Idempotency-Key."
            )
        log.error("request_failed", service=self.service, method=method, reason=reason_of(error), exc_info=error)
        return problem(500, "our-mistake", f"Tell us this number: {trace.correlation_id}.")


class _Straight:
    """Hands a request to the route that can answer it straight, past the layers that FastAPI has around every route."""

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self.app = app
        self._routes = {
            (method, route.path): route
            for route in routes
            if isinstance(route, StraightRoute) and route.straight is not None
            for method in route.methods or ()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope["root_path"])
        route = self._routes.get((scope["method"], path)) if scope["type"] == "http" else None
        if route is None or route.straight is None:
            await self.app(scope, receive, send)
            return
        scope["route"] = route
        request = Request(scope, receive, send)
        body = await request.body()
        try:
            answer = await route.straight(request)
        except Refusal as error:
            answer = await refused(request, error)
        await (answer or self.app)(scope, _given(body, receive), send)


def _given(body: bytes, receive: Receive) -> Receive:
    """A body that was read, once more; then whatever comes."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _limited(receive: Receive) -> Receive:
    """The body as it comes in, up to the largest we take."""
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > LARGEST_BODY:
            raise HTTPException(413)
        return message

    return counted


def _if_like(shape: re.Pattern[bytes], value: bytes | None) -> str | None:
    """What a caller sent, if it has this shape. It travels in events, so it may hold no word of a person (EV-02)."""
    return value.decode() if value and shape.fullmatch(value) else None
