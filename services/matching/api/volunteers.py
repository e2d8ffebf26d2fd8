"""Volunteers over HTTP."""

from uuid import UUID

from fastapi import Response

from services.matching.commands import (
    EditVolunteer,
    Exclude,
    PauseVolunteer,
    RecordCertificate,
    RegisterVolunteer,
)
from services.matching.handlers import volunteers as handlers
from services.matching.views import ExclusionView, VolunteerView
from wij.access import Action
from wij.call import Calling, Page, Paging, Routes

routes = Routes()


@routes.post(
    "/volunteers", Action.MANAGE_VOLUNTEERS, VolunteerView, status=201, location="/v1/volunteers/{volunteer_id}"
)
async def register_volunteer(call: Calling, ask: RegisterVolunteer) -> Response:
    """Register a volunteer of your team; the same reference with the same content is the same volunteer."""
    return await call.run(handlers.register, ask)


@routes.get("/volunteers", Action.MANAGE_VOLUNTEERS, Page[VolunteerView])
async def list_volunteers(call: Calling, paging: Paging) -> Response:
    """The volunteers of your team."""
    return await call.run(handlers.listed, paging)


@routes.get("/volunteers/{volunteer_id}", Action.MANAGE_VOLUNTEERS, VolunteerView)
async def view_volunteer(call: Calling, volunteer_id: UUID) -> Response:
    """One volunteer of your team."""
    return await call.run(handlers.shown, volunteer_id)


@routes.put("/volunteers/{volunteer_id}", Action.MANAGE_VOLUNTEERS, VolunteerView)
async def edit_volunteer(call: Calling, volunteer_id: UUID, ask: EditVolunteer) -> Response:
    """Say what a volunteer offers from now on; needs If-Match."""
    return await call.run(handlers.edit, volunteer_id, ask, call.expected_version())


@routes.post("/volunteers/{volunteer_id}/pause", Action.MANAGE_VOLUNTEERS, VolunteerView)
async def pause_volunteer(call: Calling, volunteer_id: UUID, ask: PauseVolunteer) -> Response:
    """Do not ask this volunteer for a while; what runs goes on."""
    return await call.run(handlers.pause, volunteer_id, ask)


@routes.post("/volunteers/{volunteer_id}/activation", Action.MANAGE_VOLUNTEERS, VolunteerView)
async def activate_volunteer(call: Calling, volunteer_id: UUID) -> Response:
    """Ask this volunteer again."""
    return await call.run(handlers.activate, volunteer_id)


@routes.post("/volunteers/{volunteer_id}/certificate", Action.MANAGE_VOLUNTEERS, VolunteerView)
async def record_certificate(call: Calling, volunteer_id: UUID, ask: RecordCertificate) -> Response:
    """Record that the certificate of conduct was seen."""
    return await call.run(handlers.certify, volunteer_id, ask)


@routes.post("/exclusions", Action.MANAGE_VOLUNTEERS, ExclusionView, status=201)
async def exclude(call: Calling, ask: Exclude) -> Response:
    """Say that a volunteer and a household must not meet."""
    return await call.run(handlers.exclude, ask)
