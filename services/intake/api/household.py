"""Households and persons over HTTP."""

from uuid import UUID

from fastapi import Response

from services.intake.commands.area import ResolveContacts
from services.intake.commands.household import (
    AddMember,
    EndMembership,
    RecordDeath,
    RegisterHousehold,
    SearchHouseholds,
    SuppressContact,
)
from services.intake.handlers import household as handlers
from services.intake.views.area import ReachableList
from services.intake.views.household import HouseholdView, KnownHouseholds, PersonView
from wij.access import Action
from wij.call import Calling, Routes
from wij.timeline import Timeline

routes = Routes()
AT = "/v1/households/{household_id}"


@routes.post("/households", Action.REGISTER_HOUSEHOLD, HouseholdView, status=201, location=AT)
async def register_household(call: Calling, ask: RegisterHousehold) -> Response:
    """Make a household known, with its people."""
    return await call.run(handlers.register_household, ask)


@routes.post("/households/_search", Action.SEARCH_HOUSEHOLDS, KnownHouseholds)
async def search_households(call: Calling, ask: SearchHouseholds) -> Response:
    """Whether your team knows a household at this address, and who directs."""
    return await call.run(handlers.search_households, ask)


@routes.get("/households/{household_id}", Action.VIEW_HOUSEHOLD, HouseholdView)
async def view_household(call: Calling, household_id: UUID) -> Response:
    """A household with its people, for those who work for it."""
    return await call.run(handlers.view_household, household_id)


@routes.get("/households/{household_id}/timeline", Action.VIEW_TIMELINE, Timeline)
async def view_timeline(call: Calling, household_id: UUID) -> Response:
    """What intake told about this household, oldest first."""
    return await call.run(handlers.view_timeline, household_id)


@routes.post("/households/{household_id}/members", Action.CHANGE_HOUSEHOLD, HouseholdView, status=201, location=AT)
async def add_member(call: Calling, household_id: UUID, ask: AddMember) -> Response:
    """Somebody joins the household."""
    return await call.run(handlers.add_member, household_id, ask)


@routes.post("/households/{household_id}/members/{person_id}/departure", Action.CHANGE_HOUSEHOLD, HouseholdView)
async def end_membership(call: Calling, household_id: UUID, person_id: UUID, ask: EndMembership) -> Response:
    """Somebody leaves the household."""
    return await call.run(handlers.end_membership, household_id, person_id, ask)


@routes.post("/persons/{person_id}/death", Action.CHANGE_HOUSEHOLD, PersonView)
async def record_death(call: Calling, person_id: UUID, ask: RecordDeath) -> Response:
    """Somebody died; nobody writes to them again."""
    return await call.run(handlers.record_death, person_id, ask)


@routes.post("/persons/{person_id}/contact-suppression", Action.CHANGE_HOUSEHOLD, PersonView)
async def suppress_contact(call: Calling, person_id: UUID, ask: SuppressContact) -> Response:
    """Somebody does not want to be written to."""
    return await call.run(handlers.suppress_contact, person_id, ask)


@routes.post("/contacts/_resolve", Action.RESOLVE_CONTACT, ReachableList)
async def resolve_contacts(call: Calling, ask: ResolveContacts) -> Response:
    """How to reach these at this moment, and whether one may; for our own services."""
    return await call.run(handlers.resolve_contacts, ask)
