"""Terms as rows, swept by the database's clock."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notify.domain.deadlines import Ended, Policy, Reached, Started
from services.notify.domain.recipients import kind_of_subject
from services.notify.store.notifications import KeptCause
from services.notify.views import DeadlineRow
from wij.calendar import Unit
from wij.database import Statements, Transaction
from wij.ids import new_id

SQL = Statements.of(__file__, "deadlines.sql")


async def policies(tx: Transaction) -> Mapping[str, Policy]:
    """How long each term lasts and when it is told, by term."""
    thresholds: dict[str, list[Any]] = defaultdict(list)
    rows = await tx.rows(SQL.policies)
    for row in rows:
        if row["threshold"] is not None:
            thresholds[row["term"]].append((row["threshold"], row["kind"], row["shift"], Unit(row["shift_unit"])))
    return {row["term"]: Policy(row["term"], row["amount"], Unit(row["unit"]), thresholds[row["term"]]) for row in rows}


async def start(tx: Transaction, terms: Sequence[Started]) -> None:
    """Terms that start (or get to know their case), one of each subject, with the moments people must hear of them."""
    if not terms:
        return
    begun = {new_id(): one for one in sorted(terms, key=_in_order)}
    rows = [
        (
            id_,
            one.term,
            one.subject_id,
            one.household_id,
            one.case_id,
            one.team,
            one.due_at,
            one.cause.id,
            one.cause.correlation_id,
            one.cause.traceparent,
        )
        for id_, one in begun.items()
    ]
    still_open = [row for row in await tx.rows(SQL.start, rows) if row["closed_at"] is None]
    # Whose id came back as ours was not here before, and has no moments yet.
    fresh = [(row["id"], *moment) for row in still_open if row["id"] in begun for moment in begun[row["id"]].moments]
    stood = {(row["term"], row["subject_id"]): row["id"] for row in still_open if row["id"] not in begun}
    known = [
        (stood[at], *moment)
        for one in terms
        if one.moments and (at := (one.term, one.subject_id)) in stood
        for moment in one.moments
    ]
    if fresh:
        await tx.run(SQL.set_moments, fresh)
    if known:
        await tx.run(SQL.add_moments, known)


async def end(tx: Transaction, terms: Sequence[Ended]) -> None:
    """Terms that are over, of one subject or of a whole case."""
    subjects = {
        (one.term, one.subject_id): (
            new_id(),
            one.term,
            one.subject_id,
            one.team,
            one.at,
            one.by,
            one.cause.id,
            one.cause.correlation_id,
            one.cause.traceparent,
        )
        for one in sorted(terms, key=_in_order)
        if one.subject_id is not None
    }
    cases = {(one.term, one.case_id): (one.term, one.case_id, one.at, one.by) for one in terms if one.case_id}
    over = await tx.rows(SQL.end_subjects, list(subjects.values())) if subjects else []
    over += await tx.rows(SQL.end_cases, *_columns(cases.values())) if cases else []
    if over:
        await tx.run(SQL.forget_moments, [row["id"] for row in over])


async def reached(tx: Transaction, most: int) -> list[Reached]:
    """Moments that the database's clock has passed, now ours to tell; oldest first."""
    rows = sorted(await tx.rows(SQL.reached, most), key=lambda row: (row["at"], row["deadline_id"]))
    return [
        Reached(
            cause=KeptCause(row["cause_id"], row["correlation_id"], row["traceparent"]),
            **{name: row[name] for name in Reached.__slots__ if name != "cause"},
        )
        for row in rows
    ]


async def page(
    tx: Transaction, state: str | None, term: str | None, after: tuple[datetime, UUID] | None, most: int
) -> list[DeadlineRow]:
    """The terms the caller may see, by date."""
    rows = await tx.rows(SQL.deadlines, state, term, *(after or (None, None)), most)
    return [DeadlineRow(subject_kind=kind_of_subject(row["term"]), **row) for row in rows]


def _in_order(one: Started | Ended) -> tuple[str, int]:
    """The order in which everybody locks terms of a subject. As numbers, since ids are slow to compare."""
    return one.term, one.subject_id.int if one.subject_id else 0


def _columns(rows: Iterable[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
