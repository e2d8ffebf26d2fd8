"""On which basis something is shared (PRIV-09)."""

from uuid import UUID

from services.plan.commands.support import GiveConsent
from services.plan.domain import consent as rules
from services.plan.domain.support import end_sharing
from services.plan.store import case as cases
from services.plan.store import consent as consents
from services.plan.store import support
from services.plan.views.support import ConsentView
from wij import outbox
from wij.access import Action
from wij.database import Transaction
from wij.ids import new_id


async def give_consent(tx: Transaction, case_id: UUID, ask: GiveConsent) -> ConsentView:
    """Put on record what may be shared with whom, on which basis, until when."""
    case = await cases.to_change(tx, case_id, Action.RECORD_CONSENT)
    given, fact = rules.give(case, ask, consent_id=new_id(), now=tx.now)
    await consents.give(tx, [(given, ask)])
    await outbox.append(tx, [fact])
    return await consents.view(tx, given.consent_id)


async def withdraw_consent(tx: Transaction, consent_id: UUID) -> ConsentView:
    """From this moment nothing new is shared; requests for help that rely on it are withdrawn too (I13)."""
    case = await cases.to_change(tx, await consents.case_of(tx, consent_id), Action.RECORD_CONSENT)
    withdrawn, fact = rules.withdraw_consent(case, await consents.one(tx, consent_id), tx.now)
    relying = [need for need in await support.of_case(tx, case.case_id) if need.consent_id == consent_id]
    ended = end_sharing(relying, case)
    await consents.withdraw(tx, withdrawn)
    await support.withdraw(tx, [need for need, _ in ended])
    await outbox.append(tx, [fact, *(event for _, event in ended)])
    return await consents.view(tx, consent_id)
