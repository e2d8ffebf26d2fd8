"""Volunteers and their hours."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.matching.domain.volunteer import Profile, Volunteer
from services.matching.views import ContactItem
from wij.access import Action, Resource, permit
from wij.database import Statements, Transaction
from wij.errors import NotFound

SQL = Statements.of(__file__, "volunteers.sql")


async def lock(tx: Transaction, volunteer_ids: Sequence[UUID]) -> None:
    """Take these volunteers until the transaction ends: their hours, and all that is decided about them."""
    await tx.rows(SQL.lock_hours, list(volunteer_ids))


async def load(tx: Transaction, volunteer_id: UUID) -> Volunteer:
    """A volunteer of the actor's own team. Raises `NotFound`, also for one the actor may not know, and `NotAllowed`."""
    row = await tx.row(SQL.volunteer, volunteer_id)
    if row is None:
        raise NotFound("There is no such volunteer in your team.")
    permit(tx.actor, Action.MANAGE_VOLUNTEERS, Resource(team=row["team"]))
    return _volunteer(row)


async def for_update(tx: Transaction, volunteer_id: UUID) -> Volunteer:
    """As `load`, locked before it is read."""
    await lock(tx, [volunteer_id])
    return await load(tx, volunteer_id)


async def of_team(tx: Transaction, team: str, after: UUID, limit: int) -> Sequence[Volunteer]:
    """A part of the list of a team's volunteers."""
    return [_volunteer(row) for row in await tx.rows(SQL.volunteers_of_team, team, after, limit)]


async def registration(tx: Transaction, team: str, reference: str) -> tuple[UUID, bytes] | None:
    """Who stands under this reference, and the digest of what was registered."""
    row = await tx.row(SQL.registered_as, team, reference)
    return (row["volunteer_id"], row["registered_as"]) if row else None


async def add(tx: Transaction, volunteer: Volunteer, digest: bytes) -> None:
    """A new volunteer, active."""
    who = volunteer.profile
    await _settle(tx, who.buurt)
    await tx.run(
        SQL.add_volunteer,
        volunteer.volunteer_id,
        volunteer.team,
        who.given_name,
        who.family_name,
        who.email,
        who.phone,
        volunteer.reference,
        digest,
        who.buurt,
        who.x,
        who.y,
        who.max_distance_m,
        list(who.kinds),
        list(who.languages),
        who.availability,
        volunteer.certificate_valid_until,
        who.household_id,
    )
    await tx.run(SQL.offer_hours, volunteer.volunteer_id, who.hours_week)


async def save(tx: Transaction, volunteer: Volunteer) -> None:
    """A volunteer as they are now; the caller holds the lock."""
    who = volunteer.profile
    await _settle(tx, who.buurt)
    await tx.run(
        SQL.save_volunteer,
        volunteer.volunteer_id,
        who.given_name,
        who.family_name,
        who.email,
        who.phone,
        who.buurt,
        who.x,
        who.y,
        who.max_distance_m,
        list(who.kinds),
        list(who.languages),
        who.availability,
        who.household_id,
        volunteer.certificate_valid_until,
        volunteer.state,
        volunteer.version,
    )
    await tx.run(SQL.change_hours, volunteer.volunteer_id, who.hours_week)


async def exclude(tx: Transaction, volunteer_id: UUID, household_id: UUID) -> None:
    """These two must not meet."""
    await tx.run(SQL.exclude, volunteer_id, household_id, tx.actor.id, tx.now)


async def contacts(tx: Transaction, volunteer_ids: Sequence[UUID]) -> Sequence[ContactItem]:
    """How to reach these volunteers now."""
    return [
        ContactItem(
            kind="volunteer",
            id=row["volunteer_id"],
            given_name=row["given_name"],
            email=row["email"],
            phone=row["phone"],
        )
        for row in await tx.rows(SQL.contacts, list(volunteer_ids))
    ]


async def _settle(tx: Transaction, buurt: str) -> None:
    await tx.run(SQL.name_place, buurt)
    await tx.rows(SQL.hold_place, buurt)


def _volunteer(row: asyncpg.Record) -> Volunteer:
    return Volunteer(
        volunteer_id=row["volunteer_id"],
        team=row["team"],
        profile=Profile(
            given_name=row["given_name"],
            family_name=row["family_name"],
            email=row["email"],
            phone=row["phone"],
            buurt=row["buurt"],
            x=row["x"],
            y=row["y"],
            max_distance_m=row["max_distance_m"],
            kinds=tuple(row["kinds"]),
            languages=tuple(row["languages"]),
            availability=row["availability"],
            hours_week=row["hours_week"],
            household_id=row["household_id"],
        ),
        certificate_valid_until=row["certificate_valid_until"],
        reference=row["reference"],
        state=row["state"],
        reserved_hours=row["reserved_hours"],
        version=row["version"],
    )
