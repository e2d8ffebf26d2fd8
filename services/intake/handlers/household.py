"""What is done with a household and the people in it."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.intake.commands.area import ResolveContacts
from services.intake.commands.household import (
    AddMember,
    EndMembership,
    RecordDeath,
    RegisterHousehold,
    SearchHouseholds,
    SuppressContact,
)
from services.intake.domain import area, household
from services.intake.store import area as areas
from services.intake.store import contact
from services.intake.store import household as store
from services.intake.views.area import ReachableList
from services.intake.views.household import HouseholdView, KnownHouseholds, PersonView
from wij import audit, outbox, timeline
from wij.access import Action, Resource, permit
from wij.calendar import day_of
from wij.database import Transaction
from wij.errors import FieldError, Invalid
from wij.events import Event
from wij.ids import new_id
from wij.timeline import Timeline


async def register_household(tx: Transaction, ask: RegisterHousehold) -> HouseholdView:
    """Make a household known with its people, to the team of its neighbourhood."""
    where = (await areas.locate(tx, [ask.postcode]))[ask.postcode]
    if where.buurt is None:
        raise Invalid("We cannot place this household.", [FieldError("postcode", "is not known here")])
    team = area.route(where, tx.now)
    permit(tx.actor, Action.REGISTER_HOUSEHOLD, Resource(team=team))
    new, told = household.register(new_id(), buurt=where.buurt, team=team)
    await store.add(tx, new, ask)
    await audit.looked(
        tx, Action.REGISTER_HOUSEHOLD, "household", new.household_id, household_id=new.household_id, result="registered"
    )
    return await _join(tx, new, ask.members, [told])


async def add_member(tx: Transaction, household_id: UUID, ask: AddMember) -> HouseholdView:
    """Somebody joins the household."""
    known = await store.load(tx, Action.CHANGE_HOUSEHOLD, household_id, lock=True)
    return await _join(tx, known, [ask], [])


async def end_membership(tx: Transaction, household_id: UUID, person_id: UUID, ask: EndMembership) -> HouseholdView:
    """Somebody leaves the household."""
    known = await store.load(tx, Action.CHANGE_HOUSEHOLD, household_id, lock=True)
    changed = replace(known, version=known.version + 1)
    ended, told = household.leave(changed, await store.membership(tx, household_id, person_id), ask.until)
    await store.end_membership(tx, changed, ended)
    await outbox.append(tx, [told])
    return await store.view(tx, household_id)


async def view_household(tx: Transaction, household_id: UUID) -> HouseholdView:
    """The household with its people."""
    await store.load(tx, Action.VIEW_HOUSEHOLD, household_id, lock=False)
    return await store.view(tx, household_id)


async def view_timeline(tx: Transaction, household_id: UUID) -> Timeline:
    """What intake told about the household and its requests."""
    await store.load(tx, Action.VIEW_TIMELINE, household_id, lock=False)
    return await timeline.of_household(tx, household_id, await store.requests_of(tx, household_id))


async def search_households(tx: Transaction, ask: SearchHouseholds) -> KnownHouseholds:
    """Whether a household is known at an address, and who directs; nothing more."""
    permit(tx.actor, Action.SEARCH_HOUSEHOLDS)
    return KnownHouseholds(items=await store.at_address(tx, ask.postcode, ask.house_number))


async def record_death(tx: Transaction, person_id: UUID, ask: RecordDeath) -> PersonView:
    """Somebody died; nobody writes to them again (I27)."""
    person, home = await store.person(tx, Action.CHANGE_HOUSEHOLD, person_id)
    told = household.record_death(person, home, ask.died_on, tx.now)
    if told is not None:
        await store.record_death(tx, person_id, ask.died_on)
        await outbox.append(tx, [told])
    return PersonView(person_id=person_id, died_on=ask.died_on, suppressed=person.suppressed_since is not None)


async def suppress_contact(tx: Transaction, person_id: UUID, _: SuppressContact) -> PersonView:
    """Nobody writes to this person from now on (I27)."""
    person, home = await store.person(tx, Action.CHANGE_HOUSEHOLD, person_id)
    told = household.suppress_contact(person, home, tx.now)
    if told is not None:
        await store.suppress_contact(tx, person_id)
        await outbox.append(tx, [told])
    return PersonView(person_id=person_id, died_on=person.died_on, suppressed=True)


async def resolve_contacts(tx: Transaction, ask: ResolveContacts) -> ReachableList:
    """How to reach these now, and whether one may; asked when a message is sent (I27)."""
    permit(tx.actor, Action.RESOLVE_CONTACT)
    return ReachableList(items=await contact.reach(tx, ask))


async def _join(
    tx: Transaction, home: household.Household, asks: Sequence[AddMember], told: list[Event]
) -> HouseholdView:
    await store.known_persons(tx, [ask.person_id for ask in asks if ask.person_id is not None])
    joined: list[household.Membership] = []
    new: dict[UUID, AddMember] = {}
    for ask in asks:
        person_id = ask.person_id or new_id()
        known = ask.person_id is not None
        since = ask.since or day_of(tx.now)
        home = replace(home, version=home.version + 1)
        membership, fact = household.join(
            home,
            ask,
            person_id=person_id,
            has_primary=known and await store.has_primary(tx, person_id, since),
            is_member=any(one.person_id == person_id for one in joined)
            or (known and await store.is_member(tx, home.household_id, person_id, since)),
            now=tx.now,
        )
        joined.append(membership)
        told.append(fact)
        if not known:
            new[person_id] = ask
    await store.add_members(tx, home, joined, new)
    await outbox.append(tx, told)
    return await store.view(tx, home.household_id)
