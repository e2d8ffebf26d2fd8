"""Default deny (PRIV-01): every route of every service names its rule, and asks who calls before anything else."""

import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from starlette.routing import Route

from tests.conftest import ClientFor
from wij.access import Action, may_ever
from wij.call import PUBLIC, Cursor
from wij.cast import CAST
from wij.events import SERVICES
from wij.identity import Actor
from wij.settings import Settings
from wij.tokens import BearerTokens


def app_of(service: str) -> FastAPI:
    settings = Settings()
    app: FastAPI = import_module(f"services.{service}.service").build(settings, BearerTokens(settings)).http
    return app


def operations(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of everything the app answers to."""
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


BODY: dict[str, dict[str, object] | None] = {"GET": None, "POST": {}, "PUT": {}}


def filled(path: str) -> str:
    """The path with something in each of its gaps."""
    return re.sub(r"\{[^}]*\}", str(uuid4()), path.replace("{position}", "1"))


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_names_its_rule(service: str) -> None:
    app = app_of(service)
    found = list(operations(app))
    assert len(found) > 6
    for method, path, operation in found:
        rule = operation.get("x-wij-action")
        assert rule == PUBLIC or rule in set(Action), f"{method} {path} names no rule"
        assert rule != PUBLIC or operation.get("x-wij-why"), f"{method} {path} is public without saying what guards it"


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_is_hidden_from_the_description(service: str) -> None:
    """A route that is not described would escape the tests that go by the description."""
    app = app_of(service)
    described = {(method, path) for method, path, _ in operations(app)}
    served = set()
    for route in app.routes:
        assert isinstance(route, Route), "something else may hold routes that nobody sees here"
        served |= {(method, route.path) for method in route.methods or ()}
    assert len(served) > 6
    assert served - described - {("HEAD", "/v1/openapi.json"), ("GET", "/v1/openapi.json")} == set()


@pytest.mark.parametrize("service", SERVICES)
async def test_without_a_token_no_route_answers_but_those_that_say_why(service: str, client: ClientFor) -> None:
    async with client(service) as nobody:
        for method, path, operation in operations(app_of(service)):
            if operation["x-wij-action"] == PUBLIC:
                continue
            address = re.sub(r"\{[^}]*(position)[^}]*\}", "1", path)
            address = re.sub(r"\{[^}]*\}", str(uuid4()), address)
            answer = await nobody.request(
                method, f"/{service}{address}", json={} if method in {"POST", "PUT"} else None
            )
            assert answer.status_code == 401, f"{method} {path} answers {answer.status_code}"


@pytest.mark.parametrize("service", SERVICES)
async def test_somebody_without_a_role_is_refused_everywhere(service: str, client: ClientFor) -> None:
    async with client(service, Actor(uuid4(), frozenset())) as stranger:
        for method, path, operation in operations(app_of(service)):
            if operation["x-wij-action"] == PUBLIC:
                continue
            key = {"Idempotency-Key": uuid4().hex}
            answer = await stranger.request(method, f"/{service}{filled(path)}", json=BODY[method], headers=key)
            assert answer.status_code in {400, 403, 404}, f"{method} {path} answers {answer.status_code}"
            assert "items" not in answer.json()


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("forged", [["x"], [], ["a", "b", "c"], [None], [{}, 1]])
async def test_a_forged_cursor_is_refused_in_every_list(service: str, forged: list[object], client: ClientFor) -> None:
    """Bad input gets a clear answer, in lists that page too (API-05)."""
    lists = [
        (path, Action(operation["x-wij-action"]))
        for method, path, operation in operations(app_of(service))
        if any(parameter["name"] == "cursor" for parameter in operation.get("parameters", []))
    ]
    assert lists
    for path, action in lists:
        person = next(person for person in CAST.values() if may_ever(person.actor, action))
        needed = {"team": "selwerd", "to": "me"}
        answer = await client(service, person.actor).get(
            f"/{service}{path}", params={**needed, "cursor": Cursor.to(forged)}
        )
        assert answer.status_code == 400, f"{path} answers {answer.status_code}"
        assert answer.json()["errors"][0]["field"] == "cursor"
