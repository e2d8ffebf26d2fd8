"""Needs: the coordinator looks for somebody; plan says what is asked, and when it no longer is."""

from collections.abc import Sequence
from uuid import UUID

from services.matching import scoring
from services.matching.commands import Propose
from services.matching.domain import assignment, proposal
from services.matching.domain.need import LIVE_NEED, Need, UnknownNeed
from services.matching.handlers import disclosure
from services.matching.store import cases, matches, needs, volunteers
from services.matching.views import CandidatesView, MatchView, NeedStateName, NeedView
from wij import audit, outbox
from wij.access import Action
from wij.calendar import day_of
from wij.call import Cursor, Page
from wij.database import Transaction
from wij.events import Caused, Recorded
from wij.events.matching import Side
from wij.events.plan import CaseClosed, ConsentWithdrawn, SupportNeedRequested, SupportNeedWithdrawn
from wij.ids import new_id

FIRST = UUID(int=0)


async def listed(tx: Transaction, state: NeedStateName | None, cursor: Cursor) -> Page[NeedView]:
    """The needs of the coordinator's own team; not their cases."""
    after = cursor.key(UUID) or FIRST
    found = await needs.of_team(tx, tx.actor.team or "", after, state, cursor.limit)
    await audit.looked(tx, Action.LIST_NEEDS, "needs", None)
    more = Cursor.to([found[-1][0].need_id]) if len(found) == cursor.limit else None
    rows = [disclosure.need_row(need, match_id, on_the_case=False) for need, match_id in found]
    return Page(items=rows, next=more)


async def shown(tx: Transaction, need_id: UUID) -> NeedView:
    """One need."""
    return await disclosure.need(tx, Action.VIEW_NEED, await needs.load(tx, Action.VIEW_NEED, need_id))


async def candidates(tx: Transaction, need_id: UUID) -> CandidatesView:
    """The best who can help, wherever the border of a team runs, and how many miss which condition."""
    need = await needs.load(tx, Action.PROPOSE_MATCH, need_id)
    await audit.looked(tx, Action.PROPOSE_MATCH, "candidates", need_id, household_id=need.household_id)
    on = need.first_day(day_of(tx.now))
    found = await needs.candidates(tx, [need], on)
    best = scoring.best(need, found[need.need_id])
    return disclosure.candidates(need, best, await needs.refused_counts(tx, need, on))


async def propose(tx: Transaction, need_id: UUID, ask: Propose) -> MatchView:
    """Ask this volunteer: the need and then the volunteer are locked, and only then is anything read that decides."""
    need = await needs.for_update(tx, Action.PROPOSE_MATCH, need_id)
    await volunteers.lock(tx, [ask.volunteer_id])
    who = await needs.standing_of(tx, need, ask.volunteer_id)
    step = proposal.propose(need, who, new_id(), scoring.score(need, who).score, scoring.WEIGHTS_VERSION, tx.now)
    await needs.save(tx, [step.need])
    await matches.add(tx, [step.match])
    await outbox.append(tx, step.told)
    return await disclosure.match(tx, Action.PROPOSE_MATCH, step.match)


async def when_needs_requested(tx: Transaction, events: Sequence[Recorded[SupportNeedRequested]]) -> None:
    """A need starts its search."""
    await needs.add(
        tx,
        [
            Need(
                need_id=event.fact.need_id,
                case_id=event.fact.case_id,
                household_id=event.fact.household_id,
                team=event.fact.team,
                consent_id=event.fact.consent_id,
                kind=event.fact.kind,
                buurt=event.fact.buurt,
                availability=event.fact.availability,
                hours_week=event.fact.hours_week,
                language=event.fact.language,
                certificate_required=event.fact.certificate_required,
                starts_on=event.fact.starts_on,
                consent_until=event.fact.consent_until,
                requested_at=event.recorded_at,
            )
            for event in events
        ],
    )


async def when_needs_withdrawn(tx: Transaction, events: Sequence[Recorded[SupportNeedWithdrawn]]) -> None:
    """The household no longer asks. Raises `UnknownNeed`, so that the event waits for a person."""
    known = await needs.all_for_update(tx, [event.fact.need_id for event in events])
    if any(event.fact.need_id not in known for event in events):
        raise UnknownNeed("A need was withdrawn that never was requested here.")
    causes = {event.fact.need_id: event for event in reversed(events)}
    live = [need for need in known.values() if need.state in LIVE_NEED]
    await _end(tx, [(need, causes[need.need_id], causes[need.need_id].fact.reason) for need in live], "household")


async def when_consents_withdrawn(tx: Transaction, events: Sequence[Recorded[ConsentWithdrawn]]) -> None:
    """Nothing of the household may be shared on this consent any more: every need that was, ends (I13)."""
    causes = {event.fact.consent_id: event for event in reversed(events)}
    live = await needs.live_by_consents(tx, causes)
    await _end(tx, [(need, causes[need.consent_id], "consent_withdrawn") for need in live], "household")


async def when_cases_closed(tx: Transaction, events: Sequence[Recorded[CaseClosed]]) -> None:
    """Everything that hangs on the case ends with it, and the hours come free (I8)."""
    causes = {event.fact.case_id: event for event in reversed(events)}
    await cases.closed(tx, list(causes))
    live = await needs.live_of_cases(tx, causes)
    await _end(tx, [(need, causes[need.case_id], "case_closed") for need in live], "coordinator")


async def _end[E: SupportNeedWithdrawn | ConsentWithdrawn | CaseClosed](
    tx: Transaction, ending: Sequence[tuple[Need, Recorded[E], str]], by: Side
) -> None:
    """End needs that are locked and live, each with its match, its cause and its reason."""
    live = await matches.live_of(tx, [need for need, _, _ in ending])
    ended, over, told = [], [], []
    for need, cause, reason in ending:
        gone, match, facts = assignment.end_need(need, live.get(need.need_id), by, reason, tx.now)
        ended.append(gone)
        if match is not None:
            over.append(match)
        told += Caused.each(facts, cause)
    await needs.save(tx, ended)
    await matches.save(tx, over)
    await outbox.append(tx, told)
