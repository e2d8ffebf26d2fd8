"""Refusals: what a caller hears when a rule says no (RFC 9457).

A refusal is named after the rule it protects. Its class name becomes the problem type, its sentence the detail.
Anything that is not a refusal is our own failure and answered with 500.
"""

import re
from dataclasses import dataclass
from typing import ClassVar


class Refusal(Exception):
    """A rule said no; nothing was changed."""

    status: ClassVar[int] = 409

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    @classmethod
    def code(cls) -> str:
        """The name of the rule in kebab case: `AlreadyOpen` is `already-open`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()


class NotFound(Refusal):
    """There is no such thing, or the caller may not know that there is."""

    status = 404


class NotAllowed(Refusal):
    """The caller's role or relation does not allow this action."""

    status = 403


class NotAuthenticated(Refusal):
    """No bearer token, or one that does not verify."""

    status = 401


class StaleVersion(Refusal):
    """Somebody else changed this since the caller read it (`If-Match` differs)."""

    status = 412


class VersionRequired(Refusal):
    """An edit must say which version it edits (`If-Match`)."""

    status = 428


class KeyReused(Refusal):
    """The same Idempotency-Key came with other content."""

    status = 422


class Busy(Refusal):
    """More is asked than can be done now; nothing was begun."""

    status = 429

    def __init__(self) -> None:
        super().__init__(
            "More is asked of us than we can do just now. Nothing was changed; ask again in a moment, with the same "
            "Idempotency-Key."
        )


class Unavailable(Refusal):
    """Something this answer depends on does not respond; the caller may try again."""

    status = 503


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field, in the caller's terms."""

    field: str
    problem: str


class Invalid(Refusal):
    """The request cannot be understood; `errors` lists every field that is wrong, all at once."""

    status = 400

    def __init__(self, detail: str, errors: list[FieldError]) -> None:
        super().__init__(detail)
        self.errors = errors
