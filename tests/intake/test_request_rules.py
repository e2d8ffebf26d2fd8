"""The state machine of a request, as a table: what each verb does in each state. No database needed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID, uuid4

import pytest

from services.intake.commands.request import (
    AcceptRequest,
    AnswerRequest,
    CheckSafety,
    ClarifyRequest,
    WithdrawRequest,
)
from services.intake.domain import Terms, request, triage
from services.intake.domain.request import Decision, HouseholdCard, Request, State
from tests.intake.town import ask
from wij.calendar import Unit
from wij.errors import Refusal

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BY = uuid4()
TERMS = Terms(
    {
        "receipt": (2, Unit.WORKING_DAYS),
        "first_contact": (5, Unit.WORKING_DAYS),
        "investigation": (6, Unit.WEEKS),
        "waiting": (6, Unit.WEEKS),
        "opening": (1, Unit.WORKING_DAYS),
        "acute": (0, Unit.WORKING_DAYS),
    }
)
HOME = HouseholdCard(uuid4(), 3, "BU00140701", "selwerd")


def in_state(state: State) -> Request:
    """A request as it would stand there, clear and checked where it must be."""
    new, _ = triage.register(ask(), request_id=uuid4(), team="selwerd", buurt="BU00140701", by=BY, now=NOW, terms=TERMS)
    if state == "received":
        return new
    clear = new._replace(state=state, topics=("loneliness",), urgency="normal", weight=30, safety="none", owner_id=BY)
    due = None if state in request.TERMINAL else NOW
    if state == "clarifying":
        return clear._replace(due_at=due)
    return clear._replace(due_at=due, household_id=HOME.household_id, legal_basis="public_task")


VERBS: dict[str, Callable[[Request], Decision]] = {
    "clarify": lambda now: triage.clarify(
        now, ClarifyRequest(topics=("money",), urgency="high"), by=BY, now=NOW, terms=TERMS
    ),
    "check safety": lambda now: triage.check_safety(
        now, CheckSafety(result="concern"), HOME, by=BY, now=NOW, terms=TERMS
    ),
    "find acute": lambda now: triage.check_safety(now, CheckSafety(result="acute"), HOME, by=BY, now=NOW, terms=TERMS),
    "answer": lambda now: triage.answer(now, AnswerRequest(answer_kind="info", text="Ja."), contact_is_known=False),
    "accept": lambda now: triage.accept(now, accepting(), HOME, by=BY, now=NOW, terms=TERMS),
    "let wait": lambda now: triage.accept(now, accepting(wait=True), HOME, by=BY, now=NOW, terms=TERMS),
    "take up": lambda now: triage.take_up(now, HOME, by=BY, now=NOW, terms=TERMS),
    "withdraw": lambda now: triage.withdraw(now, WithdrawRequest(reason="solved")),
}


def accepting(*, wait: bool = False) -> AcceptRequest:
    return AcceptRequest(household_id=HOME.household_id, legal_basis="public_task", wait=wait)


LEADS_TO: dict[str, dict[State, State]] = {
    "clarify": {"received": "clarifying", "clarifying": "clarifying"},
    "check safety": {"received": "received", "clarifying": "clarifying", "waiting": "waiting"},
    "find acute": {"received": "received", "clarifying": "clarifying", "waiting": "accepted"},
    "answer": {"received": "answered", "clarifying": "answered"},
    "accept": {"clarifying": "accepted"},
    "let wait": {"clarifying": "waiting"},
    "take up": {"waiting": "accepted"},
    "withdraw": {"received": "withdrawn", "clarifying": "withdrawn", "waiting": "withdrawn"},
}
STATES: tuple[State, ...] = get_args(State)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_leads_where_the_table_says_or_is_refused(verb: str, state: State) -> None:
    """I24: a refused verb leaves nothing behind, since a decision is a value or an exception."""
    before = in_state(state)
    expected = LEADS_TO[verb].get(state)
    if expected is None:
        with pytest.raises((request.OutOfTurn, request.NotClarified)):
            VERBS[verb](before)
        return
    after, told = VERBS[verb](before)
    assert after.state == expected
    assert len(told) == (2 if (verb, state) == ("find acute", "waiting") else 1)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", VERBS)
def test_what_has_not_ended_has_a_date_and_what_ended_has_none(verb: str, state: State) -> None:
    """I17: every request is in a terminal state, or on a team's worklist with a due date."""
    try:
        after, _ = VERBS[verb](in_state(state))
    except Refusal:
        return
    assert (after.due_at is None) == (after.state in request.TERMINAL)
    assert after.team


def test_nobody_is_accepted_before_the_safety_check() -> None:
    """I18: waiting and accepting come after the check."""
    for wait in (True, False):
        with pytest.raises(request.SafetyNotChecked):
            triage.accept(
                in_state("clarifying")._replace(safety=None), accepting(wait=wait), HOME, by=BY, now=NOW, terms=TERMS
            )


@pytest.mark.parametrize("acute", [{"urgency": "acute"}, {"safety": "acute"}])
def test_acute_never_waits(acute: dict[str, str]) -> None:
    """I18: what is acute is accepted now, and not put on the waiting list."""
    urgent = in_state("clarifying")._replace(**acute)  # type: ignore[arg-type]  # the literals of the parameters
    with pytest.raises(request.AcuteNeverWaits):
        triage.accept(urgent, accepting(wait=True), HOME, by=BY, now=NOW, terms=TERMS)
    after, _ = triage.accept(urgent, accepting(), HOME, by=BY, now=NOW, terms=TERMS)
    assert after.state == "accepted"


def test_an_acute_question_is_due_the_same_working_day() -> None:
    after, _ = VERBS["find acute"](in_state("clarifying"))
    assert after.due_at is not None
    assert after.due_at - NOW < timedelta(days=1)


def test_the_receipt_is_due_in_two_working_days() -> None:
    friday = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)
    new, _ = triage.register(ask(), request_id=uuid4(), team="selwerd", buurt=None, by=BY, now=friday, terms=TERMS)
    assert new.receipt_due_at == datetime(2026, 3, 10, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize("channel", ["stip", "cjg", "zorgloket", "website", "wij_location", "partner", "signal"])
def test_every_channel_leads_to_the_same_next_state_and_is_kept(channel: str) -> None:
    """S4-1: one pipeline, and the channel is never lost."""
    new, (told,) = triage.register(
        ask(channel=channel), request_id=uuid4(), team="selwerd", buurt=None, by=BY, now=NOW, terms=TERMS
    )
    assert (new.state, new.channel) == ("received", channel)
    assert told.model_dump()["channel"] == channel


def test_waiting_raises_the_priority_by_a_point_a_day_up_to_a_hundred() -> None:
    points = [request.priority(30, NOW - timedelta(days=days), NOW) for days in (0, 1, 69, 70, 700)]
    assert points == [30, 31, 99, 100, 100]
    assert request.priority(request.WEIGHT["acute"], NOW, NOW) == 100


def test_pointing_at_a_contact_that_is_not_there_is_refused() -> None:
    """S4-2: inactive contacts are never pointed out."""
    pointing = AnswerRequest(answer_kind="contact_pointed", contact="gone", text="Bel hen.")
    with pytest.raises(request.NoSuchContact):
        triage.answer(in_state("received"), pointing, contact_is_known=False)


def test_whoever_clarifies_owns_the_request() -> None:
    other = UUID(int=7)
    after, _ = triage.clarify(
        in_state("received"), ClarifyRequest(topics=("money",), urgency="low"), by=other, now=NOW, terms=TERMS
    )
    assert after.owner_id == other
