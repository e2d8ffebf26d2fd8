"""One HTTP request at the edge of a service: who calls, what they may, and one transaction to do it in.

`Routes` makes every route name its `Action`; `Call.run` gives a handler its transaction, answers a repeated
Idempotency-Key with the bytes it answered before (P2), and shows the version of what people edit as an ETag.
"""

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Annotated, Any, Concatenate, override

import asyncpg
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from wij import answers
from wij.access import Action, may_ever
from wij.database import Database, Transaction
from wij.errors import FieldError, Invalid, NotAllowed, NotAuthenticated, Refusal, VersionRequired
from wij.identity import Actor, service_actor

SHORTEST_KEY, LONGEST_KEY = 8, 200
"""Characters of an Idempotency-Key."""
PUBLIC = "public"
"""What a route without a bearer token names instead of an action."""


_RACES = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,
    asyncpg.ExclusionViolationError,
)
"""What PostgreSQL says when two did the same at once: the second looks again and hears the rule's own refusal."""


class NotJson(Refusal):
    """We read JSON, and this is something else."""

    status = 415


class ChangedMeanwhile(Refusal):
    """Somebody else did something to the same thing at the same moment; asking again will show what."""


@dataclass(frozen=True, slots=True)
class Call:
    """The caller, and the ways to answer."""

    actor: Actor
    database: Database
    request: Request
    digest: bytes
    """SHA-256 of method, path and body: what an Idempotency-Key stands for."""
    key: str | None
    if_match: str | None

    def step_aside(self) -> None:
        """Give back the place at the door, since this call is about to wait for a transaction that is not its own."""
        leave: Callable[[], None] | None = self.request.scope.get("leave")
        if leave is not None:
            leave()

    def place(self) -> AbstractAsyncContextManager[object]:
        """A place at the door again, for a transaction that serves calls which stepped aside."""
        places: AbstractAsyncContextManager[object] = self.request.scope.get("places", nullcontext())
        return places

    def expected_version(self) -> int:
        """The version the caller edits, from `If-Match`; raises `VersionRequired` without it."""
        value = (self.if_match or "").removeprefix("W/").strip('"')
        if not value.isdigit():
            raise VersionRequired('Say which version you edit: send If-Match with the ETag you read, such as "3".')
        return int(value)

    async def run[**P, R: BaseModel | None](
        self, handler: Callable[Concatenate[Transaction, P], Awaitable[R]], *args: P.args, **kwargs: P.kwargs
    ) -> Response:
        """Do it once, in one transaction, and answer with what the handler returns."""
        for attempt in (1, 2, 3):
            try:
                async with self.database.transaction(self.actor) as tx:
                    return await self._answer(tx, lambda: handler(tx, *args, **kwargs))
            except _RACES as error:
                if attempt == 3:
                    raise ChangedMeanwhile("Somebody else changed this at the same moment. Look again.") from error
            except asyncpg.InvalidCachedStatementError:  # a migration ran; by now every connection has forgotten it
                if attempt == 3:
                    raise
        raise AssertionError("unreachable")

    async def _answer(self, tx: Transaction, work: Callable[[], Awaitable[BaseModel | None]]) -> Response:
        if self.key is None:
            return self.answer(await work())
        if given := await answers.claim(tx, {self.key: self.digest}):
            return given[self.key].to(self.digest)
        response = self.answer(await work())
        await answers.keep(tx, {self.key: response})
        return response

    def answer(self, view: BaseModel | None) -> Response:
        """The answer that shows this."""
        extra: dict[str, Any] = self.request.scope["route"].openapi_extra
        if view is None:
            return Response(status_code=204)
        response = Response(
            view.model_dump_json(),
            self.request.scope["route"].status_code or 200,
            media_type="application/json",
        )
        version = getattr(view, "version", None)
        if version is not None:
            response.headers["ETag"] = f'"{version}"'
        if location := extra.get("x-wij-location"):
            path = location.format(**view.model_dump(mode="json"))
            response.headers["Location"] = f"{self.request.scope.get('root_path', '')}{path}"
        if isinstance(view, Page) and view.next:
            url = self.request.url.include_query_params(cursor=view.next)
            response.headers["Link"] = f'<{url}>; rel="next"'
        return response


def _not_our_cursor() -> Invalid:
    return Invalid("This is not a cursor we gave.", [FieldError("cursor", "take it from `next`")])


class Page[V: BaseModel](BaseModel):
    """A part of a list, in a fixed order; `next` is the cursor of the part after it (API-05)."""

    items: Sequence[V]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page starts: the sort key of the last row before it."""

    after: Sequence[Any] | None
    limit: int

    def key[K](self, read: Callable[..., K]) -> K | None:
        """That sort key as `read` understands it, such as `UUID`; raises `Invalid` when it is not one of ours."""
        if self.after is None:
            return None
        try:
            return read(*self.after)
        except (ValueError, TypeError, AttributeError) as error:
            raise _not_our_cursor() from error

    @staticmethod
    def to(key: Sequence[Any]) -> str:
        """The cursor that starts after this sort key."""
        return base64.urlsafe_b64encode(json.dumps(list(key), default=str).encode()).decode().rstrip("=")


def _cursor(
    cursor: Annotated[str | None, Query(description="from `next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Cursor:
    if cursor is None:
        return Cursor(None, limit)
    try:
        after = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        after = None
    if not isinstance(after, list):
        raise _not_our_cursor()
    return Cursor(after, limit)


Paging = Annotated[Cursor, Depends(_cursor)]


async def _digest(request: Request) -> bytes:
    body = await request.body()
    if body and request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise NotJson("Send JSON, with Content-Type: application/json.")
    if b"\\u0000" in body:  # the one character that JSON has and PostgreSQL has not
        raise Invalid("Text cannot hold the character U+0000.", [FieldError("body", "leave out U+0000")])
    return hashlib.sha256(b"\n".join((request.method.encode(), request.scope["path"].encode(), body))).digest()


async def _calling(
    request: Request,
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
    if_match: Annotated[str | None, Header(description="the ETag you read, for an edit")] = None,
    idempotency_key: Annotated[
        str | None,
        Header(min_length=SHORTEST_KEY, max_length=LONGEST_KEY, description="yours, fresh for each thing you create"),
    ] = None,
) -> Call:
    route = request.scope["route"]
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAuthenticated("Send your access token: Authorization: Bearer …")
    actor: Actor = await request.app.state.tokens.verify(token)
    action = Action(route.openapi_extra["x-wij-action"])
    if not may_ever(actor, action):
        raise NotAllowed(f"Your role does not allow you to {str(action).replace('_', ' ')}.")
    if idempotency_key is None and route.status_code == 201:
        raise Invalid(
            "Creating needs an Idempotency-Key, so that asking twice creates one.",
            [FieldError("Idempotency-Key", "this header is required")],
        )
    digest = await _digest(request)
    key = idempotency_key if request.method == "POST" else None
    return Call(actor, request.app.state.database, request, digest, key, if_match)


async def _calling_in_public(request: Request) -> Call:
    database: Database = request.app.state.database
    return Call(service_actor(database.service), database, request, b"", None, None)


Calling = Annotated[Call, Depends(_calling)]
"""The parameter of a route for people and services with a bearer token."""
PublicCalling = Annotated[Call, Depends(_calling_in_public)]
"""The parameter of a public route: it runs as the service itself, so the handler must check the link it was given."""


class StraightRoute(APIRoute):
    """A route that may find its call and its body itself, if its handler wants these two and nothing else.

    That halves what a request costs before its command begins. Whatever is wrong with one is left to FastAPI all the
    same, so what is said about it is the same.
    """

    straight: Callable[[Request], Awaitable[Response | None]] | None = None
    """The answer to a request, if this can be found straight; None when FastAPI must say what is wrong with it."""

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        usual = super().get_route_handler()
        wants = self.dependant
        body = wants.body_params[0] if len(wants.body_params) == 1 else None
        others = wants.path_params or wants.query_params or wants.header_params or wants.cookie_params
        if body is None or others or [one.call for one in wants.dependencies] != [_calling]:
            return usual
        model, ask_name, call_name = body.field_info.annotation, body.name, wants.dependencies[0].name or ""
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            return usual
        endpoint: Callable[..., Awaitable[Response]] = self.endpoint

        async def straight(request: Request) -> Response | None:
            headers = request.headers
            key = headers.get("idempotency-key")
            if key is not None and not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
                return None
            call = await _calling(request, headers.get("authorization"), headers.get("if-match"), key)
            try:
                ask = model.model_validate_json(await request.body())
            except ValidationError:
                return None
            return await endpoint(**{call_name: call, ask_name: ask})

        self.straight = straight
        return usual


class Routes:
    """The routes of a service. Each names its action, or says why it is public."""

    def __init__(self) -> None:
        self.router = APIRouter(prefix="/v1", route_class=StraightRoute)

    def get[F: Callable[..., Any]](self, path: str, action: Action, answers: Any) -> Callable[[F], F]:
        """Something to read."""
        return self._route("GET", path, str(action), answers, 200, None)

    def post[F: Callable[..., Any]](
        self, path: str, action: Action, answers: Any, *, status: int = 200, location: str | None = None
    ) -> Callable[[F], F]:
        """Something to do; `status=201` creates and needs an Idempotency-Key."""
        return self._route("POST", path, str(action), answers, status, location)

    def put[F: Callable[..., Any]](self, path: str, action: Action, answers: Any) -> Callable[[F], F]:
        """Something to set, the same however often it is asked."""
        return self._route("PUT", path, str(action), answers, 200, None)

    def public[F: Callable[..., Any]](self, method: str, path: str, answers: Any, *, why: str) -> Callable[[F], F]:
        """A route that needs no token; `why` says what guards it instead."""
        return self._route(method, path, PUBLIC, answers, 200, None, why=why)

    def _route[F: Callable[..., Any]](
        self, method: str, path: str, action: str, answers: Any, status: int, location: str | None, **extra: str
    ) -> Callable[[F], F]:
        about: dict[str, Any] = {"x-wij-action": action} | {f"x-wij-{name}": text for name, text in extra.items()}
        if location:
            about["x-wij-location"] = location
        return self.router.api_route(
            path, methods=[method], response_model=answers, status_code=status, openapi_extra=about
        )
