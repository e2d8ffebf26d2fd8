"""Who works with which household, and what became of accepted requests: kept from what plan tells, in batches."""

from collections.abc import Sequence

from services.intake.store.request import SQL as REQUEST_SQL
from wij.database import Statements, Transaction
from wij.events import Recorded
from wij.events.plan import (
    CaseClosed,
    CaseErased,
    CaseOpened,
    DirectorAbsenceEnded,
    DirectorAbsenceRecorded,
    DirectorHandedOver,
    HelpRequestAttachedToCase,
    InvolvementAdded,
    InvolvementEnded,
)

SQL = Statements.of(__file__, "projection.sql")


async def cases_opened(tx: Transaction, events: Sequence[Recorded[CaseOpened]]) -> None:
    """Cases that began."""
    rows = [(e.fact.case_id, e.fact.household_id, e.fact.team, e.fact.director_id, e.position) for e in events]
    await tx.run(SQL.cases_opened, *_columns(rows))


async def requests_settled(
    tx: Transaction, events: Sequence[Recorded[CaseOpened] | Recorded[HelpRequestAttachedToCase]], state: str
) -> None:
    """Accepted requests that became a case, or joined one."""
    rows = [
        (e.fact.opened_from if isinstance(e.fact, CaseOpened) else e.fact.request_id, e.fact.case_id) for e in events
    ]
    await tx.run(REQUEST_SQL.opened, *_columns(rows), state)


async def directors_changed(tx: Transaction, events: Sequence[Recorded[DirectorHandedOver]]) -> None:
    """Cases that went to another director."""
    await tx.run(SQL.directors_changed, *_columns([(e.fact.case_id, e.fact.to_id, e.position) for e in events]))


async def cases_closed(tx: Transaction, events: Sequence[Recorded[CaseClosed]]) -> None:
    """Cases that ended, and with them the involvements."""
    await tx.run(SQL.cases_closed, *_columns([(e.fact.case_id, e.position) for e in events]))
    await tx.run(SQL.involvements_over, [e.fact.case_id for e in events])


async def cases_erased(tx: Transaction, events: Sequence[Recorded[CaseErased]]) -> None:
    """Cases of which nothing is left but that they were."""
    await tx.run(SQL.cases_erased, [e.fact.case_id for e in events])


async def involvements_added(tx: Transaction, events: Sequence[Recorded[InvolvementAdded]]) -> None:
    """Workers who joined a case."""
    rows = [(e.fact.case_id, e.fact.worker_id, e.position) for e in events]
    await tx.run(SQL.involvements_added, *_columns(rows))


async def involvements_ended(tx: Transaction, events: Sequence[Recorded[InvolvementEnded]]) -> None:
    """Workers who left a case."""
    rows = [(e.fact.case_id, e.fact.worker_id, e.position) for e in events]
    await tx.run(SQL.involvements_ended, *_columns(rows))


async def absences_recorded(tx: Transaction, events: Sequence[Recorded[DirectorAbsenceRecorded]]) -> None:
    """Workers who are away, and who acts for them."""
    facts = [(e.fact, e.position) for e in events]
    rows = [(f.absence_id, f.worker_id, f.deputy_id, f.starts_at, f.ends_at, at) for f, at in facts]
    await tx.run(SQL.absences_recorded, *_columns(rows))


async def absences_ended(tx: Transaction, events: Sequence[Recorded[DirectorAbsenceEnded]]) -> None:
    """Workers who are back."""
    rows = [(e.fact.absence_id, e.fact.ended_at, e.position) for e in events]
    await tx.run(SQL.absences_ended, *_columns(rows))


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
