"""What may be seen of teams, areas, workers and contacts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class TeamView(BaseModel):
    """A team."""

    code: str
    name: str
    active_from: datetime
    fallback: str | None


class Teams(BaseModel):
    """Every team."""

    items: Sequence[TeamView]


class TeamAreaView(BaseModel):
    """Which team answers for a neighbourhood, from when until when."""

    team: str
    buurt: str
    name: str
    valid_from: datetime
    valid_until: datetime | None


class TeamAreas(BaseModel):
    """The areas as they are at one moment."""

    at: datetime
    items: Sequence[TeamAreaView]


class ImportedRow(BaseModel):
    """What became of one row."""

    row: int = Field(description="its place in `items`, counted from 1")
    result: Literal["new", "same", "changed", "refused"]
    problem: str | None = None


class ImportReport(BaseModel):
    """What became of each row: good rows are in, bad rows say why not."""

    items: Sequence[ImportedRow]


class WorkerView(BaseModel):
    """A worker."""

    worker_id: UUID
    team: str
    roles: Sequence[str]
    specialisms: Sequence[str]
    caseload_limit: int
    name: str
    email: str
    valid_from: datetime


class Workers(BaseModel):
    """The workers of a team, or of all teams."""

    items: Sequence[WorkerView]


class ContactView(BaseModel):
    """Somebody who can help."""

    code: str
    name: str
    kind: str
    team: str | None
    topics: Sequence[str]
    phone: str | None
    email: str | None
    opening_hours: str | None
    active: bool


class Contacts(BaseModel):
    """Who can help, nearest first; never nobody (S4-2)."""

    items: Sequence[ContactView]


class Reachable(BaseModel):
    """How to reach one person, household, worker or requester at this moment, and whether one may (I27)."""

    kind: Literal["person", "household", "worker", "request"]
    id: UUID
    given_name: str | None
    name: str | None
    email: str | None
    phone: str | None
    suppressed: bool
    deceased: bool


class ReachableList(BaseModel):
    """Those of the asked who are known; an anonymous requester is not among them."""

    items: Sequence[Reachable]
