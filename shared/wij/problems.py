"""How we say no over HTTP: RFC 9457 problems, with every wrong field at once and in the caller's terms (API-02)."""

import random
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from wij.call import PUBLIC
from wij.errors import Invalid, Refusal

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
    429: "Too much at once",
    500: "We made a mistake",
    503: "Not available right now",
}


def problem(status: int, code: str, detail: str, **more: Any) -> JSONResponse:
    """An RFC 9457 answer."""
    content = {
        "type": f"urn:wij:problem:{code}",
        "title": _TITLES.get(status, "This did not work"),
        "status": status,
        "detail": detail,
        **more,
    }
    headers: dict[str, str] = {}
    if status in {429, 503}:
        headers["Retry-After"] = str(random.randint(1, 3))  # seconds; not all of them at the same moment
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="wij"'
    return JSONResponse(content, status, headers, media_type="application/problem+json")


def answer_with_problems(app: FastAPI) -> None:
    """Every refusal of this app is a problem, and its description says so."""
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, http_problem)
    _describe_problems(app)


async def refused(request: Request, error: Exception) -> Response:
    """What a rule of ours refuses."""
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


async def http_problem(request: Request, error: Exception) -> Response:
    """No such address, no such method, too much: what the framework refuses."""
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
