"""What may be done with a help request: from the asker's own words to an answer, a case or the waiting list."""

from datetime import datetime, timedelta
from uuid import UUID

from services.intake.commands.request import (
    AcceptRequest,
    AnswerRequest,
    CheckSafety,
    ClarifyRequest,
    RegisterRequest,
    WithdrawRequest,
)
from services.intake.domain import Terms
from services.intake.domain.request import (
    WEIGHT,
    AcuteNeverWaits,
    Decision,
    HouseholdCard,
    NoSuchContact,
    NotClarified,
    Request,
    SafetyNotChecked,
    in_turn,
    priority,
)
from wij.events.intake import (
    HelpRequestAccepted,
    HelpRequestAnswered,
    HelpRequestClarified,
    HelpRequestReceived,
    HelpRequestSafetyChecked,
    HelpRequestUndirected,
    HelpRequestWaitlisted,
    HelpRequestWithdrawn,
)


def register(
    ask: RegisterRequest, *, request_id: UUID, team: str, buurt: str | None, by: UUID, now: datetime, terms: Terms
) -> Decision:
    """Every channel starts the same way (S4-1); the receipt and the first contact are due from this moment."""
    request = Request(
        request_id=request_id,
        channel=ask.channel,
        state="received",
        team=team,
        buurt=buurt,
        reference=ask.reference,
        submitted_by=by,
        anonymous=ask.requester.anonymous,
        received_at=now,
        receipt_due_at=terms.due("receipt", now),
        due_at=terms.due("first_contact", now),
    )
    received = HelpRequestReceived(
        team=team,
        request_id=request_id,
        channel=ask.channel,
        buurt=buurt,
        received_at=now,
        anonymous=ask.requester.anonymous,
    )
    return request, [received]


def clarify(request: Request, ask: ClarifyRequest, *, by: UUID, now: datetime, terms: Terms) -> Decision:
    """Find the question behind the question; whoever does, owns the request from now on."""
    in_turn(request, "clarified")
    clear = request._replace(
        state="clarifying",
        topics=tuple(dict.fromkeys(ask.topics)),
        life_domains=tuple(dict.fromkeys(ask.life_domains)),
        urgency=ask.urgency,
        weight=WEIGHT[ask.urgency],
        owner_id=by,
        due_at=terms.due("investigation", request.received_at),
    )
    told = HelpRequestClarified(
        team=request.team,
        request_id=request.request_id,
        topics=clear.topics,
        life_domains=clear.life_domains,
        urgency=ask.urgency,
    )
    return _hurry(clear, now, terms), [told]


def check_safety(
    request: Request, ask: CheckSafety, household: HouseholdCard | None, *, by: UUID, now: datetime, terms: Terms
) -> Decision:
    """Record the check. Who turns out to be in acute danger leaves the waiting list in the same moment (I18)."""
    in_turn(request, "checked for safety")
    weight = WEIGHT["acute"] if ask.result == "acute" else WEIGHT[request.urgency] if request.urgency else 0
    checked = request._replace(safety=ask.result, weight=weight)
    told = HelpRequestSafetyChecked(team=request.team, request_id=request.request_id, result=ask.result)
    if request.state == "waiting" and checked.acute:
        taken, more = _accept(checked, household, by=by, now=now, terms=terms)
        return taken, [told, *more]
    return _hurry(checked, now, terms), [told]


def answer(request: Request, ask: AnswerRequest, *, contact_is_known: bool) -> Decision:
    """A short question needs no case; pointing at somebody means somebody who is there (S4-2)."""
    in_turn(request, "answered")
    if ask.contact is not None and not contact_is_known:
        raise NoSuchContact("This contact is not known or not active; find one with POST /contacts/_find.")
    answered = request._replace(state="answered", due_at=None, answer_kind=ask.answer_kind, contact=ask.contact)
    told = HelpRequestAnswered(
        team=request.team, request_id=request.request_id, answer_kind=ask.answer_kind, contact=ask.contact
    )
    return answered, [told]


def accept(
    request: Request, ask: AcceptRequest, household: HouseholdCard, *, by: UUID, now: datetime, terms: Terms
) -> Decision:
    """Take it up for this household, or let it wait; after the safety check, and acute never waits (I18)."""
    if request.state == "received":
        raise NotClarified("Clarify the question first: topics and urgency decide what happens next.")
    in_turn(request, "accepted")
    if request.safety is None:
        raise SafetyNotChecked("Record the check on basic care and safety first.")
    chosen = request._replace(household_id=household.household_id, legal_basis=ask.legal_basis)
    if not ask.wait:
        return _accept(chosen, household, by=by, now=now, terms=terms)
    if chosen.acute:
        raise AcuteNeverWaits("This is acute: accept it without waiting.")
    due_at = terms.due("waiting", now)
    waiting = chosen._replace(state="waiting", owner_id=by, due_at=due_at)
    told = HelpRequestWaitlisted(
        team=request.team,
        request_id=request.request_id,
        household_id=household.household_id,
        priority=priority(waiting.weight, waiting.received_at, now),
        due_at=due_at,
    )
    return waiting, [told]


def take_up(request: Request, household: HouseholdCard | None, *, by: UUID, now: datetime, terms: Terms) -> Decision:
    """There is room for the one who waits."""
    in_turn(request, "taken up")
    return _accept(request, household, by=by, now=now, terms=terms)


def withdraw(request: Request, ask: WithdrawRequest) -> Decision:
    """The asker takes it back; once accepted it is a case, and ends as one."""
    in_turn(request, "withdrawn")
    told = HelpRequestWithdrawn(team=request.team, request_id=request.request_id, reason=ask.reason)
    return request._replace(state="withdrawn", due_at=None, reason=ask.reason), [told]


UNDIRECTED_AFTER = timedelta(minutes=1)
"""How long a case may take to open after the acceptance (P4); usually it is less than a second."""


def undirected(request: Request, accepted_at: datetime) -> HelpRequestUndirected:
    """What is told of a request that waits for its case longer than that: its household has no director."""
    assert request.household_id is not None, "who is accepted, has a household"
    assert request.owner_id is not None, "who is accepted, was accepted by somebody"
    return HelpRequestUndirected(
        team=request.team,
        request_id=request.request_id,
        household_id=request.household_id,
        accepted_by=request.owner_id,
        accepted_at=accepted_at,
    )


def _accept(request: Request, household: HouseholdCard | None, *, by: UUID, now: datetime, terms: Terms) -> Decision:
    assert household is not None, "who waits, waits for a household"
    assert request.urgency is not None, "who is accepted, is clarified"
    assert request.legal_basis is not None, "who is accepted, has a legal basis"
    told = HelpRequestAccepted(
        team=request.team,
        request_id=request.request_id,
        household_id=household.household_id,
        household_version=household.version,
        buurt=household.buurt,
        urgency=request.urgency,
        topics=request.topics,
        legal_basis=request.legal_basis,
        accepted_by=by,
    )
    return request._replace(state="accepted", owner_id=by, due_at=terms.due("opening", now)), [told]


def _hurry(request: Request, now: datetime, terms: Terms) -> Request:
    """What is acute is due within the acute term, whatever else was agreed."""
    if not request.acute or request.due_at is None:
        return request
    return request._replace(due_at=min(request.due_at, terms.due("acute", now)))
