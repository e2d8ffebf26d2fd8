"""Who may know of a case: what plan tells about its people, and the answer to `may this actor`."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from wij.access import Action, Resource, may, permit
from wij.database import Statements, Transaction
from wij.errors import NotFound
from wij.events.plan import (
    CaseOpened,
    DirectorAbsenceEnded,
    DirectorAbsenceRecorded,
    DirectorHandedOver,
    InvolvementAdded,
    InvolvementEnded,
)

SQL = Statements.of(__file__, "cases.sql")


async def resource(tx: Transaction, case_id: UUID, team: str) -> Resource:
    """What the policy needs to know of something of a case; who may not know of the case sees nobody on it."""
    row = await tx.row(SQL.people_of_case, case_id)
    assert row is not None, "this statement always answers one row"
    return Resource(team=team, directors=frozenset(row["directors"]), involved=frozenset(row["involved"]))


async def permit_household(tx: Transaction, action: Action, household_id: UUID) -> None:
    """Go on when the actor works on a case of this household; raises `NotFound` or `NotAllowed`."""
    cases = await tx.rows(SQL.cases_of_household, household_id)
    if not cases:
        raise NotFound("There is no such household here, or you do not work with it.")
    resources = [await resource(tx, case["case_id"], case["team"]) for case in cases]
    if not any(may(tx.actor, action, one) for one in resources):
        permit(tx.actor, action, resources[0])


async def opened(tx: Transaction, facts: Sequence[CaseOpened]) -> None:
    """Write down the cases that began."""
    await tx.run(
        SQL.open_cases,
        [fact.case_id for fact in facts],
        [fact.household_id for fact in facts],
        [fact.team for fact in facts],
        [fact.director_id for fact in facts],
    )


async def handed_over(tx: Transaction, facts: Sequence[DirectorHandedOver]) -> None:
    """Write down who directs now."""
    await tx.run(SQL.direct_cases, [fact.case_id for fact in facts], [fact.to_id for fact in facts])


async def closed(tx: Transaction, case_ids: Sequence[UUID]) -> None:
    """Write down that these cases ended."""
    await tx.run(SQL.close_cases, list(case_ids))


async def involved(tx: Transaction, facts: Sequence[InvolvementAdded]) -> None:
    """Write down who joined."""
    await tx.run(SQL.involve, [fact.case_id for fact in facts], [fact.worker_id for fact in facts])


async def no_longer_involved(tx: Transaction, facts: Sequence[InvolvementEnded]) -> None:
    """Write down who left."""
    await tx.run(SQL.end_involvements, [fact.case_id for fact in facts], [fact.worker_id for fact in facts])


async def absent(tx: Transaction, facts: Sequence[DirectorAbsenceRecorded]) -> None:
    """Write down who is away, and who acts."""
    ends: list[datetime | None] = [fact.ends_at for fact in facts]
    await tx.run(
        SQL.record_absences,
        [fact.absence_id for fact in facts],
        [fact.worker_id for fact in facts],
        [fact.deputy_id for fact in facts],
        [fact.starts_at for fact in facts],
        ends,
    )


async def back(tx: Transaction, facts: Sequence[DirectorAbsenceEnded]) -> None:
    """Write down who is back."""
    await tx.run(SQL.end_absences, [fact.absence_id for fact in facts], [fact.ended_at for fact in facts])
