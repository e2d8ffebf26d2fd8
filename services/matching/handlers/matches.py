"""Matches: both sides answer, they meet, the help runs, it ends."""

from collections.abc import Sequence
from uuid import UUID

from services.matching.commands import (
    ActivateAssignment,
    AnswerProposal,
    EndAssignment,
    RecordIntroduction,
    WithdrawMatch,
)
from services.matching.domain import assignment, proposal
from services.matching.domain.match import AnsweringSide, Step, UnknownMatch
from services.matching.handlers import disclosure
from services.matching.store import matches, needs
from services.matching.views import MatchStateName, MatchView
from wij import audit, outbox
from wij.access import Action
from wij.call import Cursor, Page
from wij.database import Transaction
from wij.events import Caused, Recorded
from wij.events.notify import DeadlinePassed

FIRST = UUID(int=0)
TERM = "match"
"""The deadline of a proposal, as notify names it."""


async def listed(tx: Transaction, state: MatchStateName | None, cursor: Cursor) -> Page[MatchView]:
    """The matches of the coordinator's own team, or of the cases a worker is on."""
    after = cursor.key(UUID) or FIRST
    found = await matches.of_actor(tx, after, state, cursor.limit)
    for household_id in {match.household_id for match in found}:
        await audit.looked(tx, Action.VIEW_NEED, "matches", None, household_id=household_id)
    more = Cursor.to([found[-1].match_id]) if len(found) == cursor.limit else None
    return Page(items=await disclosure.match_rows(tx, found), next=more)


async def shown(tx: Transaction, match_id: UUID) -> MatchView:
    """One match."""
    _, match = await matches.load(tx, Action.VIEW_NEED, match_id)
    return await disclosure.match(tx, Action.VIEW_NEED, match)


async def answer(tx: Transaction, match_id: UUID, side: AnsweringSide, ask: AnswerProposal) -> MatchView:
    """What one side says; the coordinator writes it down for the volunteer, those on the case for the household."""
    action = Action.ANSWER_FOR_VOLUNTEER if side == "volunteer" else Action.ANSWER_FOR_HOUSEHOLD
    need, match = await matches.for_update(tx, action, match_id)
    return await _take(tx, action, proposal.answer(need, match, side, ask.answer, ask.reason, tx.now))


async def introduce(tx: Transaction, match_id: UUID, ask: RecordIntroduction) -> MatchView:
    """They met."""
    need, match = await matches.for_update(tx, Action.RUN_ASSIGNMENT, match_id)
    return await _take(tx, Action.RUN_ASSIGNMENT, assignment.introduce(need, match, ask.introduced_on, tx.now))


async def activate(tx: Transaction, match_id: UUID, ask: ActivateAssignment) -> MatchView:
    """The help runs."""
    need, match = await matches.for_update(tx, Action.RUN_ASSIGNMENT, match_id)
    who = await needs.standing_of(tx, need, match.volunteer_id)
    return await _take(tx, Action.RUN_ASSIGNMENT, assignment.activate(need, match, who, ask.starts_on))


async def end(tx: Transaction, match_id: UUID, ask: EndAssignment) -> MatchView:
    """The help stops."""
    need, match = await matches.for_update(tx, Action.RUN_ASSIGNMENT, match_id)
    return await _take(
        tx, Action.RUN_ASSIGNMENT, assignment.end(need, match, ask.reason, tx.now, fulfilled=ask.fulfilled)
    )


async def withdraw(tx: Transaction, match_id: UUID, ask: WithdrawMatch) -> MatchView:
    """Somebody steps back."""
    need, match = await matches.for_update(tx, Action.RUN_ASSIGNMENT, match_id)
    return await _take(tx, Action.RUN_ASSIGNMENT, assignment.withdraw(need, match, ask.by, ask.reason, tx.now))


async def when_deadlines_passed(tx: Transaction, events: Sequence[Recorded[DeadlinePassed]]) -> None:
    """A proposal nobody answered in time expires. Raises `UnknownMatch`, so that the event waits for a person."""
    due = {event.fact.subject_id: event for event in reversed(events) if event.fact.term == TERM}
    found = await matches.with_needs_for_update(tx, due)
    if len(found) < len(due):
        raise UnknownMatch("A deadline passed of a proposal that was never made here.")
    expired = [(event, proposal.expire(*found[match_id], tx.now)) for match_id, event in due.items()]
    steps = [(event, step) for event, step in expired if step is not None]
    await needs.save(tx, [step.need for _, step in steps])
    await matches.save(tx, [step.match for _, step in steps])
    await outbox.append(tx, [fact for event, step in steps for fact in Caused.each(list(step.told), event)])


async def _take(tx: Transaction, action: Action, step: Step) -> MatchView:
    await save(tx, step)
    return await disclosure.match(tx, action, step.match)


async def save(tx: Transaction, step: Step) -> None:
    """What is true now, and what is told of it."""
    await needs.save(tx, [step.need])
    await matches.save(tx, [step.match])
    await outbox.append(tx, step.told)
