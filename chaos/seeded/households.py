"""Mistakes about a household: its case opened twice, its director changed by two at once."""

import asyncio
from collections.abc import Collection, Mapping
from uuid import UUID

from chaos.seeded import Seeded, change, replace
from chaos.seeded.events import SEEDED as EVENTS
from chaos.seeded.events import TWICE
from services.plan.domain.case import Case
from services.plan.domain.handover import Switch
from services.plan.store import case as cases
from services.plan.store import opening
from wij.database import Transaction

WINDOW = 0.05
"""Seconds between reading and writing: what a slow query or a busy machine takes."""


def _no_household_lock() -> None:
    """Read whether a household has a case, and open one a moment later, with two readers at it."""
    EVENTS["no_lock"].make()

    async def look(tx: Transaction, households: Collection[UUID]) -> dict[UUID, Case]:
        rows = await tx.rows(opening.SQL.open_cases_of_households, list(households))
        found = {case.household_id: case for case in await cases.of_ids(tx, [row["case_id"] for row in rows])}
        await asyncio.sleep(WINDOW)
        return found

    replace(opening, "hold_households", look)


def _handover_read_then_write() -> None:
    """Read who directs, decide, and write the new director over whatever stands there by then."""
    switch = cases.switch

    async def no_lock(tx: Transaction, ids: Collection[UUID]) -> None:
        """Hold nothing."""

    async def slowly(tx: Transaction, seen: Case, to: Switch) -> None:
        await asyncio.sleep(WINDOW)
        await switch(tx, seen, to)

    replace(cases, "lock", no_lock)
    replace(cases, "switch", slowly)
    change(cases, switch_director="update cases set director_id = $3, epoch = $2::int + 1 where case_id = $1")


SEEDED: Mapping[str, Seeded] = {
    "no_household_lock": Seeded(
        "A case is opened by looking first and writing then.",
        _no_household_lock,
        ("2 cases", "3 cases"),
        processes=2,
        without=(
            *TWICE,
            "alter table plan.cases drop constraint cases_household_id_fkey",
            "drop index plan.one_open_case_per_household",
            "alter table plan.director_periods drop constraint one_director_at_a_time",
        ),
    ),
    "handover_read_then_write": Seeded(
        "A handover is decided on what was read, and written over what is there.",
        _handover_read_then_write,
        ("who directed when",),
        without=(
            "alter table plan.director_periods drop constraint one_director_at_a_time",
            "alter table plan.director_periods drop constraint director_periods_pkey",
            "alter table plan.outbox drop constraint outbox_aggregate_id_sequence_key",
            "drop trigger director_at_every_instant on plan.cases",
            "drop trigger director_at_every_instant on plan.director_periods",
            "drop trigger director_at_every_instant_after_the_first on plan.director_periods",
        ),
    ),
}
