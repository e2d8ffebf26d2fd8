"""Needs, and how volunteers stand to them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

import asyncpg

from services.matching.domain.conditions import Standing
from services.matching.domain.need import Need
from services.matching.store import cases
from wij.access import Action, Relation, permit, standing
from wij.database import Statements, Transaction
from wij.errors import NotFound

SQL = Statements.of(__file__, "needs.sql")


async def load(tx: Transaction, action: Action, need_id: UUID) -> Need:
    """A need the actor may do this with. Raises `NotFound`, also for one the actor may not know, and `NotAllowed`."""
    return await _permitted(tx, action, await tx.row(SQL.need, need_id))


async def for_update(tx: Transaction, action: Action, need_id: UUID) -> Need:
    """As `load`, locked before it is read: nothing about the need or its matches changes until the transaction ends."""
    return await _permitted(tx, action, await tx.row(SQL.lock_needs, [need_id]))


async def on_the_case(tx: Transaction, need: Need) -> bool:
    """Whether the actor works on the case itself, beyond the search for a volunteer."""
    here = standing(tx.actor, await cases.resource(tx, need.case_id, need.team))
    return not here.isdisjoint({Relation.DIRECTOR, Relation.INVOLVED})


async def all_for_update(tx: Transaction, need_ids: Iterable[UUID]) -> Mapping[UUID, Need]:
    """Several needs, locked in order; for facts of other services, which are not asked whether they may."""
    return {row["need_id"]: _need(row) for row in await tx.rows(SQL.lock_needs, list(need_ids))}


async def live_of_cases(tx: Transaction, case_ids: Iterable[UUID]) -> Sequence[Need]:
    """The needs that still hang on these cases, locked."""
    return [_need(row) for row in await tx.rows(SQL.lock_live_needs_of_cases, list(case_ids))]


async def live_by_consents(tx: Transaction, consent_ids: Iterable[UUID]) -> Sequence[Need]:
    """The needs that were shared on these consents, locked."""
    return [_need(row) for row in await tx.rows(SQL.lock_live_needs_by_consents, list(consent_ids))]


async def of_team(
    tx: Transaction, team: str, after: UUID, state: str | None, limit: int
) -> Sequence[tuple[Need, UUID | None]]:
    """A part of the list of a team's needs, each with its live match."""
    rows = await tx.rows(SQL.needs_of_team, team, after, state, limit)
    return [(_need(row), row["match_id"]) for row in rows]


async def add(tx: Transaction, needs: Sequence[Need]) -> None:
    """New needs, as plan told them."""
    rows = [
        (
            need.need_id,
            need.case_id,
            need.household_id,
            need.team,
            need.consent_id,
            need.kind,
            need.buurt,
            need.availability,
            need.hours_week,
            need.language,
            need.certificate_required,
            need.starts_on,
            need.consent_until,
            need.requested_at,
        )
        for need in needs
    ]
    await tx.run(SQL.add_needs, rows)


async def save(tx: Transaction, needs: Sequence[Need]) -> None:
    """How far the search for each is; the caller holds their locks."""
    await tx.run(
        SQL.save_needs,
        [need.need_id for need in needs],
        [need.state for need in needs],
        [need.reason for need in needs],
        [need.version for need in needs],
    )


async def candidates(tx: Transaction, wanted: Sequence[Need], on: date) -> Mapping[UUID, Sequence[Standing]]:
    """By need, everybody who meets every hard condition, of any team: neighbours across a border count too."""
    found: dict[UUID, list[Standing]] = {need.need_id: [] for need in wanted}
    for row in await tx.rows(SQL.candidates_of_needs, list(found), on):
        found[row["need_id"]].append(Standing(*row[1:]))
    return found


async def refused_counts(tx: Transaction, need: Need, on: date) -> Mapping[str, int]:
    """How many volunteers miss which condition."""
    return {row["condition"]: row["count"] for row in await tx.rows(SQL.refused_counts, need.need_id, on)}


async def standing_of(tx: Transaction, need: Need, volunteer_id: UUID) -> Standing:
    """How this volunteer stands to this need; raises `NotFound`. The caller holds both locks."""
    row = await tx.row(SQL.standing, need.need_id, volunteer_id)
    if row is None:
        raise NotFound("There is no such volunteer.")
    return Standing(*row)


async def _permitted(tx: Transaction, action: Action, row: asyncpg.Record | None) -> Need:
    if row is None:
        raise NotFound("There is no such need in your team or on your cases.")
    need = _need(row)
    permit(tx.actor, action, await cases.resource(tx, need.case_id, need.team))
    return need


def _need(row: asyncpg.Record) -> Need:
    return Need(
        need_id=row["need_id"],
        case_id=row["case_id"],
        household_id=row["household_id"],
        team=row["team"],
        consent_id=row["consent_id"],
        kind=row["kind"],
        buurt=row["buurt"],
        availability=row["availability"],
        hours_week=row["hours_week"],
        language=row["language"],
        certificate_required=row["certificate_required"],
        starts_on=row["starts_on"],
        consent_until=row["consent_until"],
        requested_at=row["requested_at"],
        state=row["state"],
        reason=row["reason"],
        version=row["version"],
    )
