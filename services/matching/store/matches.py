"""Matches, and the links by which volunteers answer."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.matching.domain.link import Link
from services.matching.domain.match import Match
from services.matching.domain.need import Need
from services.matching.store import needs, volunteers
from wij.access import Action
from wij.database import Statements, Transaction
from wij.errors import NotFound
from wij.events.matching import ScoreExplained

SQL = Statements.of(__file__, "matches.sql")


async def load(tx: Transaction, action: Action, match_id: UUID) -> tuple[Need, Match]:
    """A match and its need, if the actor may do this with it; raises `NotFound` or `NotAllowed`."""
    need = await needs.load(tx, action, await _need_of(tx, match_id))
    return need, await _load(tx, match_id)


async def for_update(tx: Transaction, action: Action, match_id: UUID) -> tuple[Need, Match]:
    """As `load`, with the need and then the volunteer locked before the match is read."""
    need = await needs.for_update(tx, action, await _need_of(tx, match_id))
    match = await _load(tx, match_id)
    await volunteers.lock(tx, [match.volunteer_id])
    return need, match


async def with_needs_for_update(tx: Transaction, match_ids: Iterable[UUID]) -> Mapping[UUID, tuple[Need, Match]]:
    """Several matches with their needs, all locked in order; for facts of other services."""
    wanted = list(match_ids)
    need_ids = {row["need_id"] for row in await tx.rows(SQL.needs_of_matches, wanted)}
    theirs = await needs.all_for_update(tx, need_ids)
    found = [_match(row) for row in await tx.rows(SQL.all_matches, wanted)]
    await volunteers.lock(tx, [match.volunteer_id for match in found])
    return {match.match_id: (theirs[match.need_id], match) for match in found}


async def live_of(tx: Transaction, their_needs: Iterable[Need]) -> Mapping[UUID, Match]:
    """The live match of each need that has one, by need, with the volunteers locked. The caller holds the needs."""
    rows = await tx.rows(SQL.live_matches, [need.need_id for need in their_needs])
    found = {row["need_id"]: _match(row) for row in rows}
    await volunteers.lock(tx, [match.volunteer_id for match in found.values()])
    return found


async def live_id(tx: Transaction, need: Need) -> UUID | None:
    """The id of the need's live match."""
    found: UUID | None = await tx.value(SQL.live_matches, [need.need_id])
    return found


async def of_actor(tx: Transaction, after: UUID, state: str | None, limit: int) -> Sequence[Match]:
    """A part of the list of matches the actor may see."""
    return [_match(row) for row in await tx.rows(SQL.matches_of_actor, after, state, limit)]


async def first_names(tx: Transaction, match_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """The first names of the volunteers, by match; whom they are shown to is for `disclosure` to say."""
    return {row["match_id"]: row["given_name"] for row in await tx.rows(SQL.first_names, list(match_ids))}


async def add(tx: Transaction, matches: Sequence[Match]) -> None:
    """New proposals; the caller holds the locks on their needs and volunteers."""
    rows = [
        (
            match.match_id,
            match.need_id,
            match.case_id,
            match.household_id,
            match.team,
            match.volunteer_id,
            match.hours_week,
            match.state,
            match.proposed_at,
            match.due_at,
            [part.model_dump() for part in match.score],
            match.weights_version,
        )
        for match in matches
    ]
    await tx.run(SQL.add_matches, rows)


async def save(tx: Transaction, matches: Sequence[Match]) -> None:
    """How far each match is; the caller holds the locks on their needs."""
    await tx.run(
        SQL.save_matches,
        [match.match_id for match in matches],
        [match.state for match in matches],
        [match.volunteer_accepted_at for match in matches],
        [match.household_accepted_at for match in matches],
        [match.introduced_on for match in matches],
        [match.starts_on for match in matches],
        [match.ended_at for match in matches],
        [match.ended_by for match in matches],
        [match.reason for match in matches],
        [match.version for match in matches],
    )


async def waiting_for_volunteer(tx: Transaction, match_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """Of these matches, those that still wait for the volunteer, and until when."""
    return {row["match_id"]: row["due_at"] for row in await tx.rows(SQL.open_proposals, list(match_ids), tx.now)}


async def keep_links(tx: Transaction, hashes: Mapping[UUID, bytes], until: Mapping[UUID, datetime]) -> None:
    """Keep what a fresh link of each match hashes to, in place of the one before."""
    ids = list(hashes)
    await tx.run(SQL.keep_links, ids, [hashes[one] for one in ids], [until[one] for one in ids])


async def link(tx: Transaction, token_hash: bytes) -> Link | None:
    """The link with this SHA-256, if we gave it."""
    row = await tx.row(SQL.link, token_hash)
    return Link(row["match_id"], row["expires_at"], row["used_at"]) if row else None


async def use_link(tx: Transaction, match_id: UUID) -> None:
    """The link of this match was used."""
    await tx.run(SQL.use_link, match_id, tx.now)


async def _need_of(tx: Transaction, match_id: UUID) -> UUID:
    need_id: UUID | None = await tx.value(SQL.need_of_match, match_id)
    if need_id is None:
        raise NotFound("There is no such match in your team or on your cases.")
    return need_id


async def _load(tx: Transaction, match_id: UUID) -> Match:
    row = await tx.row(SQL.match, match_id)
    assert row is not None, "matches are never removed"
    return _match(row)


def _match(row: asyncpg.Record) -> Match:
    return Match(
        match_id=row["match_id"],
        need_id=row["need_id"],
        case_id=row["case_id"],
        household_id=row["household_id"],
        team=row["team"],
        volunteer_id=row["volunteer_id"],
        hours_week=row["hours_week"],
        state=row["state"],
        proposed_at=row["proposed_at"],
        due_at=row["due_at"],
        score=tuple(ScoreExplained.model_validate(part) for part in row["score"]),
        weights_version=row["weights_version"],
        volunteer_accepted_at=row["volunteer_accepted_at"],
        household_accepted_at=row["household_accepted_at"],
        introduced_on=row["introduced_on"],
        starts_on=row["starts_on"],
        ended_at=row["ended_at"],
        ended_by=row["ended_by"],
        reason=row["reason"],
        version=row["version"],
    )
