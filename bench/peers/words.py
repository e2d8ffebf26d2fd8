"""What the peers built on FastAPI and FastStream hear and are asked, as pydantic models."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel


class Told(BaseModel):
    """A message."""

    id: UUID
    type: str
    request_id: UUID
    buurt: int


class Question(BaseModel):
    """What was asked."""

    channel: str
    requester: Mapping[str, str]
    postcode: str
    house_number: int
    question: str
    reference: str


class Asked(BaseModel):
    """A request."""

    question: Question
    clarification: Mapping[str, Any]
    safety: Mapping[str, str]
    acceptance: Mapping[str, str]
