"""The HTTP app every service gets, by the NL API Design Rules (API-02): problem+json, one API version, safe headers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import asyncpg
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wij import telemetry
from wij.call import PUBLIC, Routes
from wij.database import Database
from wij.errors import Invalid, Refusal
from wij.identity import Actor
from wij.ids import new_id
from wij.log_api import log_routes
from wij.telemetry import Trace
from wij.trouble import is_away, reason_of

API_VERSION = "1.0.0"
LARGEST_BODY = 1024 * 1024
"""Bytes a request may carry."""

log = structlog.get_logger()

_HEADERS = {
    "API-Version": API_VERSION,
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}

_TITLES = {
    400: "The request is not valid",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "This method does not exist here",
    409: "This cannot be done now",
    412: "Somebody changed this since you read it",
    413: "Too large",
    415: "This kind of content is not understood",
    422: "This key was used for something else",
    428: "Say which version you edit",
    500: "We made a mistake",
    501: "Not built yet",
    503: "Not available right now",
}


class Tokens(Protocol):
    """Something that turns a bearer token into an actor, or raises `NotAuthenticated`."""

    async def verify(self, token: str) -> Actor:
        """Who this is; may also raise `Unavailable`."""


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    """An RFC 9457 answer."""
    content = {
        "type": f"urn:wij:problem:{code}",
        "title": _TITLES.get(status, "This did not work"),
        "status": status,
        "detail": detail,
        **more,
    }
    headers = {"Retry-After": "2"} if status == 503 else {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="wij"'
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def create_app(
    service: str,
    summary: str,
    database: Database,
    tokens: Tokens,
    routes: list[Routes],
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None,
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
        lifespan=lifespan,
        servers=[{"url": f"/{service}"}],
        root_path_in_servers=False,
    )
    app.state.database = database
    app.state.tokens = tokens
    for some in (*routes, log_routes()):
        app.include_router(some.router)
    _describe_problems(app)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_middleware(_Edge, service=service)
    return app


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a process can do its work, and what is wrong, by service; something may be wrong while it can."""

    ready: bool
    wrong: Mapping[str, Sequence[str]]


def create_root(
    apps: Mapping[str, ASGIApp],
    ready: Callable[[], Awaitable[Readiness]],
    lifespan: Callable[[Starlette], AbstractAsyncContextManager[None]] | None = None,
) -> Starlette:
    """What a process answers to: each app at `/<name>`, `/health` (we answer) and `/ready` (we can do our work)."""

    async def health(_: Request) -> Response:
        return JSONResponse({"status": "ok"}, headers=_HEADERS)

    async def readiness(_: Request) -> Response:
        now = await ready()
        status = {"status": "ready" if now.ready else "not ready", "wrong": dict(now.wrong)}
        return JSONResponse(status, 200 if now.ready else 503, headers=_HEADERS)

    async def elsewhere(request: Request, error: Exception) -> Response:
        answer = await _http_error(request, error)
        answer.headers.update(_HEADERS)
        return answer

    return Starlette(
        routes=[
            Route("/health", health),
            Route("/ready", readiness),
            *(Mount(f"/{name}", app) for name, app in apps.items()),
        ],
        exception_handlers={HTTPException: elsewhere},
        lifespan=lifespan,
    )


class _Edge:
    """What holds for every request: its trace, its size, its headers, and a 500 that tells the caller nothing."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self.app = app
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request_id = str(new_id())
        trace = Trace(
            correlation_id=_plain(headers.get("x-correlation-id")) or request_id,
            request_id=request_id,
            traceparent=headers.get("traceparent") or telemetry.new_traceparent(),
        )
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                have = {name.lower() for name, _ in message["headers"]}
                extra = {**_HEADERS, "X-Correlation-Id": trace.correlation_id}
                message["headers"] = [
                    *message["headers"],
                    *((k.lower().encode(), v.encode()) for k, v in extra.items() if k.lower().encode() not in have),
                ]
                if scope["path"].endswith("/v1/openapi.json"):
                    message["headers"].append((b"access-control-allow-origin", b"*"))
            await send(message)

        with telemetry.following(trace):
            try:
                await self.app(scope, _limited(receive), send_with_headers)
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


def _plain(value: str | None) -> str | None:
    """A correlation id as we keep it: short, and of harmless characters."""
    return value if value and len(value) <= 64 and value.replace("-", "").isalnum() else None


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    more: dict[str, Any] = {}
    if isinstance(error, Invalid):
        more["errors"] = [{"field": e.field, "problem": e.problem} for e in error.errors]
    return problem(error.status, error.code(), error.detail, **more)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [{"field": _field(e), "problem": e["msg"].removeprefix("Value error, ")} for e in error.errors()]
    return problem(400, "invalid", "Some fields are not right; `errors` names each of them.", errors=errors)


def _field(error: Mapping[str, Any]) -> str:
    """Where the error is, in the caller's terms: `goals.0.wish`, `Idempotency-Key`."""
    where: Sequence[object] = error["loc"]
    if error["type"] == "json_invalid":
        return "body"
    if where[0] == "header":
        return str(where[-1]).title()
    return ".".join(str(part) for part in where[1:]) or str(where[0])


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {
        404: "There is nothing at this address.",
        405: "This address does not answer to this method.",
        413: "Send at most 1 MB.",
    }
    answer = problem(error.status_code, f"http-{error.status_code}", details.get(error.status_code, str(error.detail)))
    answer.headers.update(error.headers or {})
    return answer


def _describe_problems(app: FastAPI) -> None:
    """FastAPI documents its own 422; ours is problem+json with 400 (API-02)."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = generate()
            schema["components"] = schema.get("components", {})
            schemas = schema["components"].setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            schemas["Problem"] = {
                "type": "object",
                "required": ["type", "title", "status", "detail"],
                "properties": {
                    "type": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["field", "problem"],
                            "properties": {"field": {"type": "string"}, "problem": {"type": "string"}},
                        },
                    },
                },
            }
            schema["components"]["securitySchemes"] = {
                "oidc": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            }
            reference = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
            for operations in schema["paths"].values():
                for operation in operations.values():
                    operation["responses"].pop("422", None)
                    operation["responses"]["default"] = {"description": "Refused", "content": reference}
                    if operation.get("x-wij-action") != PUBLIC:
                        operation["security"] = [{"oidc": []}]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
