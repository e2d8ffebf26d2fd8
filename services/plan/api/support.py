"""What may be shared, and what is asked of the neighbourhood."""

from uuid import UUID

from fastapi import Response

from services.plan.commands.support import GiveConsent, RequestSupport, WithdrawNeed
from services.plan.handlers import consent, support
from services.plan.views.support import ConsentView, SupportNeedView
from wij.access import Action
from wij.call import Calling, Routes

routes = Routes()


@routes.post("/cases/{case_id}/consents", Action.RECORD_CONSENT, ConsentView, status=201)
async def give_consent(call: Calling, case_id: UUID, ask: GiveConsent) -> Response:
    """Something may be shared, on this basis."""
    return await call.run(consent.give_consent, case_id, ask)


@routes.post("/consents/{consent_id}/withdrawal", Action.RECORD_CONSENT, ConsentView)
async def withdraw_consent(call: Calling, consent_id: UUID) -> Response:
    """It may no longer be shared."""
    return await call.run(consent.withdraw_consent, consent_id)


@routes.post("/actions/{action_id}/support-need", Action.REQUEST_SUPPORT, SupportNeedView, status=201)
async def request_support(call: Calling, action_id: UUID, ask: RequestSupport) -> Response:
    """An action asks the neighbourhood for help."""
    return await call.run(support.request_support, action_id, ask)


@routes.post("/support-needs/{need_id}/withdrawal", Action.REQUEST_SUPPORT, SupportNeedView)
async def withdraw_need(call: Calling, need_id: UUID, ask: WithdrawNeed) -> Response:
    """The household no longer asks for this help."""
    return await call.run(support.withdraw_need, need_id, ask)
