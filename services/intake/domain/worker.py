"""Who works where: a worker belongs to one team at a time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.intake.commands.area import PutWorker
from wij.events import Event
from wij.events.intake import WorkerJoinedTeam, WorkerLeftTeam


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker as the team knows them."""

    worker_id: UUID
    team: str
    roles: tuple[str, ...]
    specialisms: tuple[str, ...]
    caseload_limit: int
    name: str
    email: str
    valid_from: datetime


def put_worker(known: Worker | None, worker_id: UUID, ask: PutWorker, now: datetime) -> tuple[Worker, list[Event]]:
    """The worker as asked. Told when new or when team, roles or room changed; a name or address is nobody's news."""
    told: list[Event] = []
    roles, specialisms = tuple(sorted(set(ask.roles))), tuple(sorted(set(ask.specialisms)))
    same = known is not None and (known.team, known.roles, known.specialisms, known.caseload_limit) == (
        ask.team,
        roles,
        specialisms,
        ask.caseload_limit,
    )
    valid_from = known.valid_from if known is not None and same else now
    worker = Worker(worker_id, ask.team, roles, specialisms, ask.caseload_limit, ask.name, ask.email, valid_from)
    if known is not None and known.team != ask.team:
        told.append(WorkerLeftTeam(team=known.team, worker_id=worker_id, valid_until=now))
    if not same:
        told.append(
            WorkerJoinedTeam(
                team=ask.team,
                worker_id=worker_id,
                roles=roles,
                specialisms=specialisms,
                caseload_limit=ask.caseload_limit,
                valid_from=now,
            )
        )
    return worker, told
