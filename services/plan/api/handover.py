"""Handover of the direction, and absence with a deputy."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response

from services.plan.commands.case import AcceptHandover, DeclineHandover, OfferHandover, RecordAbsence
from services.plan.handlers import absence, handover
from services.plan.views.case import AbsenceView, HandoverView
from wij.access import Action
from wij.call import Calling, Page, Paging, Routes
from wij.errors import FieldError, Invalid

routes = Routes()


@routes.post("/cases/{case_id}/handovers", Action.OFFER_HANDOVER, HandoverView, status=201)
async def offer_handover(call: Calling, case_id: UUID, ask: OfferHandover) -> Response:
    """Offer the case to a colleague of the team."""
    return await call.run(handover.offer_handover, case_id, ask)


@routes.get("/handovers", Action.ANSWER_HANDOVER, Page[HandoverView])
async def list_handovers(
    call: Calling,
    page: Paging,
    to: Literal["me"] | None = None,
    from_: Annotated[Literal["me"] | None, Query(alias="from")] = None,
) -> Response:
    """Offers to you (`to=me`) or by you (`from=me`)."""
    if (to is None) == (from_ is None):
        raise Invalid("Ask for one side.", [FieldError("to", "say to=me or from=me")])
    return await call.run(handover.list_handovers, page, "to" if to else "from")


@routes.post("/handovers/{handover_id}/acceptance", Action.ANSWER_HANDOVER, HandoverView)
async def accept_handover(call: Calling, handover_id: UUID, ask: AcceptHandover | None = None) -> Response:
    """Take the case over, from this moment."""
    return await call.run(handover.accept_handover, handover_id, ask or AcceptHandover())


@routes.post("/handovers/{handover_id}/declination", Action.ANSWER_HANDOVER, HandoverView)
async def decline_handover(call: Calling, handover_id: UUID, ask: DeclineHandover) -> Response:
    """Say no."""
    return await call.run(handover.decline_handover, handover_id, ask)


@routes.post("/handovers/{handover_id}/revocation", Action.OFFER_HANDOVER, HandoverView)
async def revoke_handover(call: Calling, handover_id: UUID) -> Response:
    """Take the offer back."""
    return await call.run(handover.revoke_handover, handover_id)


@routes.post("/absences", Action.RECORD_ABSENCE, AbsenceView, status=201)
async def record_absence(call: Calling, ask: RecordAbsence) -> Response:
    """A worker is away and a deputy stands in."""
    return await call.run(absence.record_absence, ask)


@routes.post("/absences/{absence_id}/end", Action.RECORD_ABSENCE, AbsenceView)
async def end_absence(call: Calling, absence_id: UUID) -> Response:
    """The worker is back."""
    return await call.run(absence.end_absence, absence_id)
