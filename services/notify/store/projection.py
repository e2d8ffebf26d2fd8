"""What notify remembers of cases, deputies, matches and needs: written from events, read to find recipients."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

from services.notify.domain.known import Absence, Known, KnownCase
from wij.database import Statements, Transaction
from wij.events import Event, Recorded, matching, plan
from wij.parking import in_groups

SQL = Statements.of(__file__, "projection.sql")

type Row = Callable[[Recorded[Any]], tuple[object, ...]]

_WRITES: Mapping[type[Event], tuple[str, Row]] = {
    plan.CaseOpened: (
        SQL.remember_cases,
        lambda e: (e.fact.case_id, e.fact.household_id, e.fact.team, e.fact.director_id),
    ),
    plan.DirectorHandedOver: (SQL.remember_directors, lambda e: (e.fact.case_id, e.fact.to_id)),
    plan.CaseClosed: (SQL.forget_cases, lambda e: (e.fact.case_id, e.recorded_at)),
    plan.InvolvementAdded: (SQL.remember_involvements, lambda e: (e.fact.case_id, e.fact.worker_id)),
    plan.InvolvementEnded: (SQL.forget_involvements, lambda e: (e.fact.case_id, e.fact.worker_id)),
    plan.DirectorAbsenceRecorded: (
        SQL.remember_absences,
        lambda e: (e.fact.absence_id, e.fact.worker_id, e.fact.deputy_id, e.fact.starts_at, e.fact.ends_at),
    ),
    plan.DirectorAbsenceEnded: (SQL.end_absences, lambda e: (e.fact.absence_id, e.fact.ended_at)),
    plan.SupportNeedRequested: (
        SQL.remember_needs,
        lambda e: (e.fact.need_id, e.fact.kind, e.fact.hours_week),
    ),
    matching.MatchProposed: (SQL.remember_matches, lambda e: (e.fact.match_id, e.fact.volunteer_id)),
}

REMEMBERED = frozenset(_WRITES)
"""Events that change what is remembered."""


async def remember(tx: Transaction, events: Sequence[Recorded[Any]]) -> None:
    """Take over what these events say, a statement for each kind."""
    telling = [event for event in events if type(event.fact) in _WRITES]
    for event_type, group in in_groups(telling, lambda event: type(event.fact)):
        statement, row = _WRITES[event_type]
        last = {values[:2]: values for values in map(row, group)}
        await tx.run(statement, *map(list, zip(*last.values(), strict=True)))


async def known(tx: Transaction, events: Sequence[Recorded[Any]]) -> Known:
    """Everything needed to find the recipients of these events, as it is before the first of them."""
    said = [event.fact.__dict__ for event in events]  # asking a model for a field it lacks is slow

    def ids(*names: str) -> list[UUID]:
        return [id_ for fields in said for name in names if (id_ := fields.get(name)) is not None]

    async def found(statement: str, *wanted: Sequence[UUID]) -> Sequence[asyncpg.Record]:
        return await tx.rows(statement, *wanted) if any(wanted) else ()

    case_rows = await found(SQL.known_cases, ids("case_id"), ids("household_id"))
    cases = {
        row["case_id"]: KnownCase(row["case_id"], row["household_id"], row["director_id"], frozenset(row["involved"]))
        for row in case_rows
    }
    absences: dict[UUID, list[Absence]] = defaultdict(list)
    directors = [case.director_id for case in cases.values()] + ids("director_id", "to_id", "worker_id")
    for row in await found(SQL.known_absences, directors):
        absences[row["worker_id"]].append(Absence(**row))
    return Known(
        cases=cases,
        open_case_of={row["household_id"]: row["case_id"] for row in case_rows if row["closed_at"] is None},
        absences=absences,
        facts={
            row["match_id"]: {"volunteer_id": row["volunteer_id"]}
            for row in await found(SQL.known_matches, ids("match_id"))
        }
        | {
            row["need_id"]: {"kind": row["kind"], "hours_week": row["hours_week"]}
            for row in await found(SQL.known_needs, ids("need_id"))
        },
    )
