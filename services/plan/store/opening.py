"""Opening a household's one case, or joining it: set-based, under the household's lock."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.plan.domain.case import Case
from services.plan.store import case as cases
from wij.database import Statements, Transaction
from wij.events.plan import CaseOpened

SQL = Statements.of(__file__, "opening.sql")


async def hold_households(tx: Transaction, households: Collection[UUID]) -> dict[UUID, Case]:
    """Hold these households and their open cases, and only then read: household to its open case (I1)."""
    await tx.run(SQL.know_households, list(households))
    await tx.rows(SQL.lock_households, list(households))
    await cases.lock(tx, [row["case_id"] for row in await tx.rows(SQL.open_cases_of_households, list(households))])
    still_open = [row["case_id"] for row in await tx.rows(SQL.open_cases_of_households, list(households))]
    return {case.household_id: case for case in await cases.of_ids(tx, still_open)}


async def known_requests(tx: Transaction, requests: Collection[UUID]) -> set[UUID]:
    """Which of these requests a case answers already."""
    return {row["request_id"] for row in await tx.rows(SQL.known_requests, list(requests))}


async def last_ends(tx: Transaction, households: Collection[UUID]) -> dict[UUID, datetime]:
    """When each household's last case ended."""
    return {row["household_id"]: row["closed_at"] for row in await tx.rows(SQL.last_ends, list(households))}


@dataclass(frozen=True, slots=True)
class Opening:
    """A case to save with the fact of its opening."""

    case: Case
    fact: CaseOpened


async def open_all(tx: Transaction, openings: Sequence[Opening]) -> None:
    """Save new cases with their first directors."""
    rows = [
        (
            opening.case.case_id,
            opening.case.household_id,
            opening.fact.household_version,
            opening.case.buurt,
            opening.case.team,
            opening.case.director_id,
            opening.fact.opened_from,
            opening.case.directed_since,
            opening.fact.director_reason,
        )
        for opening in openings
    ]
    await tx.run(SQL.open_cases, rows)


async def attach(tx: Transaction, requests: dict[UUID, UUID]) -> None:
    """Save which case answers each request."""
    await tx.run(SQL.attach_requests, list(requests), list(requests.values()), tx.now)
