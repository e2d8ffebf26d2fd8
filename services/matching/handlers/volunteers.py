"""Volunteers, by the coordinators of their team."""

from hashlib import sha256
from uuid import UUID

from services.matching.commands import (
    EditVolunteer,
    Exclude,
    PauseVolunteer,
    RecordCertificate,
    RegisterVolunteer,
)
from services.matching.domain import volunteer as domain
from services.matching.domain import week
from services.matching.domain.volunteer import Profile, ReferenceTaken, Volunteer
from services.matching.handlers import disclosure
from services.matching.store import volunteers
from services.matching.views import ExclusionView, VolunteerView
from wij import audit, outbox
from wij.access import Action, Resource, permit
from wij.call import Cursor, Page
from wij.database import Transaction
from wij.errors import StaleVersion
from wij.ids import new_id

FIRST = UUID(int=0)


async def register(tx: Transaction, ask: RegisterVolunteer) -> VolunteerView:
    """A new volunteer; under a reference that stands already, with the same content, the one who stands there."""
    permit(tx.actor, Action.MANAGE_VOLUNTEERS, Resource(team=ask.team))
    digest = sha256(ask.model_dump_json().encode()).digest()
    known = await volunteers.registration(tx, ask.team, ask.reference) if ask.reference else None
    if known is not None:
        volunteer_id, registered_as = known
        if registered_as != digest:
            raise ReferenceTaken("This reference is another registration in your team. Edit that volunteer instead.")
        return await shown(tx, volunteer_id)
    volunteer = Volunteer(
        volunteer_id=new_id(),
        team=ask.team,
        profile=_profile(ask),
        certificate_valid_until=ask.certificate_valid_until,
        reference=ask.reference,
    )
    await volunteers.add(tx, volunteer, digest)
    await outbox.append(tx, domain.register(volunteer))
    return await _looked(tx, volunteer)


async def listed(tx: Transaction, cursor: Cursor) -> Page[VolunteerView]:
    """The volunteers of the actor's own team."""
    after = cursor.key(UUID) or FIRST
    found = await volunteers.of_team(tx, tx.actor.team or "", after, cursor.limit)
    await audit.looked(tx, Action.MANAGE_VOLUNTEERS, "volunteers", None)
    more = Cursor.to([found[-1].volunteer_id]) if len(found) == cursor.limit else None
    return Page(items=[disclosure.volunteer(one) for one in found], next=more)


async def shown(tx: Transaction, volunteer_id: UUID) -> VolunteerView:
    """One volunteer."""
    return await _looked(tx, await volunteers.load(tx, volunteer_id))


async def edit(tx: Transaction, volunteer_id: UUID, ask: EditVolunteer, version: int) -> VolunteerView:
    """What a volunteer tells about themselves from now on."""
    volunteer = await volunteers.for_update(tx, volunteer_id)
    if volunteer.version != version:
        raise StaleVersion("Somebody changed this volunteer since you read it. Read it again, then edit.")
    volunteer = domain.edit(volunteer, _profile(ask))
    await volunteers.save(tx, volunteer)
    return await _looked(tx, volunteer)


async def pause(tx: Transaction, volunteer_id: UUID, ask: PauseVolunteer) -> VolunteerView:
    """Not asked for a while."""
    volunteer, told = domain.pause(await volunteers.for_update(tx, volunteer_id), ask.reason)
    await volunteers.save(tx, volunteer)
    await outbox.append(tx, told)
    return await _looked(tx, volunteer)


async def activate(tx: Transaction, volunteer_id: UUID) -> VolunteerView:
    """Asked again."""
    volunteer, told = domain.activate(await volunteers.for_update(tx, volunteer_id))
    await volunteers.save(tx, volunteer)
    await outbox.append(tx, told)
    return await _looked(tx, volunteer)


async def certify(tx: Transaction, volunteer_id: UUID, ask: RecordCertificate) -> VolunteerView:
    """A certificate of conduct was seen."""
    volunteer, told = domain.certify(await volunteers.for_update(tx, volunteer_id), ask.valid_until)
    await volunteers.save(tx, volunteer)
    await outbox.append(tx, told)
    return await _looked(tx, volunteer)


async def exclude(tx: Transaction, ask: Exclude) -> ExclusionView:
    """These two must not meet."""
    volunteer = await volunteers.for_update(tx, ask.volunteer_id)
    await volunteers.exclude(tx, volunteer.volunteer_id, ask.household_id)
    await audit.looked(
        tx,
        Action.MANAGE_VOLUNTEERS,
        "exclusion",
        volunteer.volunteer_id,
        household_id=ask.household_id,
        result="changed",
    )
    return ExclusionView(volunteer_id=volunteer.volunteer_id, household_id=ask.household_id)


def _profile(ask: EditVolunteer) -> Profile:
    return Profile(
        given_name=ask.given_name,
        family_name=ask.family_name,
        email=ask.email,
        phone=ask.phone,
        buurt=ask.buurt,
        x=ask.x,
        y=ask.y,
        max_distance_m=ask.max_distance_m,
        kinds=ask.kinds,
        languages=ask.languages,
        availability=week.mask(week.Span(slot.day, slot.start, slot.end) for slot in ask.availability),
        hours_week=ask.hours_week,
        household_id=ask.household_id,
    )


async def _looked(tx: Transaction, volunteer: Volunteer) -> VolunteerView:
    await audit.looked(tx, Action.MANAGE_VOLUNTEERS, "volunteer", volunteer.volunteer_id)
    return disclosure.volunteer(volunteer)
