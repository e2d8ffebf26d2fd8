"""Households and persons: each load asks the access table, and writes that somebody looked."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from services.intake.commands.household import AddMember, RegisterHousehold
from services.intake.domain.household import Household, Membership, Person
from services.intake.views.household import HouseholdView, KnownHousehold, MemberView
from wij import audit
from wij.access import Action, Relation, Resource, permit, standing
from wij.database import Statements, Transaction
from wij.errors import NotFound

SQL = Statements.of(__file__, "household.sql")


async def workers_of(tx: Transaction, household_id: UUID) -> tuple[frozenset[UUID], frozenset[UUID]]:
    """Who directs the household's case at this moment, and who else works for the household."""
    rows = await tx.rows(SQL.workers_of_household, household_id, tx.now)
    directors = frozenset(row["worker_id"] for row in rows if row["relation"] == "director")
    return directors, frozenset(row["worker_id"] for row in rows if row["relation"] == "involved")


async def load(tx: Transaction, action: Action, household_id: UUID, *, lock: bool) -> Household:
    """A household that this actor may do this with; raises `NotFound` for anybody who does not work for it."""
    row = await tx.row(SQL.household_for_update if lock else SQL.household, household_id)
    if row is None:
        raise NotFound("There is no such household, or you do not work for it.")
    directors, involved = await workers_of(tx, household_id)
    resource = Resource(row["team"], directors, involved)
    permit(tx.actor, action, resource)
    relations = [str(one) for one in standing(tx.actor, resource) if isinstance(one, Relation)]
    await audit.looked(
        tx, action, "household", household_id, household_id=household_id, relation=",".join(sorted(relations))
    )
    return Household(household_id, row["version"], row["buurt"], row["team"])


async def add(tx: Transaction, household: Household, ask: RegisterHousehold) -> None:
    """A household without people yet."""
    await tx.run(
        SQL.add_household,
        household.household_id,
        household.version,
        ask.postcode,
        ask.house_number,
        ask.addition,
        household.buurt,
        household.team,
        tx.actor.id,
        tx.now,
    )


async def add_members(
    tx: Transaction, household: Household, joined: Sequence[Membership], new: Mapping[UUID, AddMember]
) -> None:
    """New people, and who belongs; the household's version moves along."""
    people = [
        (person_id, who.given_name, who.family_name, who.birth_date, who.phone, who.email)
        for person_id, who in new.items()
    ]
    if people:
        await tx.run(SQL.add_persons, *(list(column) for column in zip(*people, strict=True)))
    rows = [(one.household_id, one.person_id, one.kind, one.since) for one in joined]
    await tx.run(SQL.add_memberships, *(list(column) for column in zip(*rows, strict=True)))
    await tx.run(SQL.set_version, household.household_id, household.version)


async def known_persons(tx: Transaction, person_ids: Sequence[UUID]) -> None:
    """Lock people who are known to the actor, before reading what decides; raises `NotFound` for others."""
    found = await tx.rows(SQL.persons_for_update, list(person_ids))
    if len(found) != len(set(person_ids)):
        raise NotFound("There is no such person, or you do not work for their household.")


async def has_primary(tx: Transaction, person_id: UUID, since: date) -> bool:
    """Whether somebody has a primary household from this day on, also one the actor may not see."""
    return bool(await tx.value(SQL.has_primary_household, person_id, since))


async def is_member(tx: Transaction, household_id: UUID, person_id: UUID, since: date) -> bool:
    """Whether somebody belongs to this household from this day on."""
    return bool(await tx.value(SQL.is_member, household_id, person_id, since))


async def membership(tx: Transaction, household_id: UUID, person_id: UUID) -> Membership | None:
    """Somebody's running membership."""
    row = await tx.row(SQL.membership, household_id, person_id)
    return Membership(**row) if row is not None else None


async def end_membership(tx: Transaction, household: Household, ended: Membership) -> None:
    """Somebody left; the household's version moves along."""
    await tx.run(SQL.end_membership, ended.household_id, ended.person_id, ended.until)
    await tx.run(SQL.set_version, household.household_id, household.version)


async def person(tx: Transaction, action: Action, person_id: UUID) -> tuple[Person, Household]:
    """A person, locked, and the household through which the actor may do this."""
    row = next(iter(await tx.rows(SQL.persons_for_update, [person_id])), None)
    household_id = await tx.value(SQL.household_of_person, person_id)
    if row is None or household_id is None:
        raise NotFound("There is no such person, or you do not work for their household.")
    return Person(**row), await load(tx, action, household_id, lock=False)


async def record_death(tx: Transaction, person_id: UUID, died_on: date) -> None:
    """Somebody died."""
    await tx.run(SQL.record_death, person_id, died_on)


async def suppress_contact(tx: Transaction, person_id: UUID) -> None:
    """Nobody writes to them from now on."""
    await tx.run(SQL.suppress_contact, person_id, tx.now)


async def view(tx: Transaction, household_id: UUID) -> HouseholdView:
    """A household with its people."""
    row = await tx.row(SQL.household, household_id)
    assert row is not None, "it was loaded in this transaction"
    members = [
        MemberView(
            **{name: one[name] for name in MemberView.model_fields if name != "suppressed"},
            suppressed=one["suppressed_since"] is not None,
        )
        for one in await tx.rows(SQL.members, household_id)
    ]
    own = {name: row[name] for name in HouseholdView.model_fields if name != "members"}
    return HouseholdView(**own, members=members)


async def requests_of(tx: Transaction, household_id: UUID) -> Sequence[UUID]:
    """The requests in a household's story."""
    return [row["request_id"] for row in await tx.rows(SQL.requests_of_household, household_id)]


async def at_address(tx: Transaction, postcode: str, house_number: int) -> Sequence[KnownHousehold]:
    """Which households of the actor's team are known there; no names."""
    rows = await tx.rows(SQL.households_at, postcode, house_number)
    seen: list[UUID | None] = [row["household_id"] for row in rows]
    for household_id in seen or [None]:
        await audit.looked(
            tx, Action.SEARCH_HOUSEHOLDS, "household_search", household_id, household_id=household_id, purpose="search"
        )
    return [KnownHousehold(**row) for row in rows]
