"""Terms start, end and are told by the database's clock, each threshold once (I26, I28, I8)."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.notify.domain.deadlines import ENDS, STARTS, Policy, Reached, ended, started
from services.notify.domain.deadlines import tell as say
from services.notify.handlers.hearing import when_told
from services.notify.handlers.sending import Post, send_due
from services.notify.handlers.sweeping import sweep
from services.notify.store.notifications import KeptCause
from tests.intake import town
from tests.notify.facts import MOMENT, OPENED, PROPOSED, RECEIVED, an_id, example, heard, rows, said, tell, undone
from tests.people import warmed
from wij import clock
from wij.calendar import AMSTERDAM, Unit
from wij.database import Database
from wij.events import Event, matching, plan
from wij.events import intake as told_by_intake
from wij.events import notify as own
from wij.identity import service_actor

REVIEW = example(plan.ReviewPlanned)


async def swept(notify: Database) -> list[tuple[str, str, str]]:
    """Sweep until nothing is left, and answer everything told about terms."""
    while True:
        async with notify.transaction(service_actor("notify")) as tx:
            if not await sweep(tx):
                break
    facts = [event.fact for event in await said(notify)]
    return [
        (type(fact).name, fact.term, fact.threshold)
        for fact in facts
        if isinstance(fact, own.DeadlineApproaching | own.DeadlinePassed)
    ]


async def let_pass(notify: Database, days: int) -> None:
    """So many days go by for every term."""
    by = timedelta(days=days)
    await rows(notify, "update deadlines set due_at = due_at - $1::interval", by)
    await rows(notify, "update moments set at = at - $1::interval", by)


async def open_terms(notify: Database) -> set[str]:
    """Terms that run."""
    return {row["term"] for row in await rows(notify, "select term from deadlines where closed_at is null")}


def from_now(event: type[Event], days: int, **values: Any) -> Any:
    """An event whose date lies so many days ahead."""
    return example(event, due_at=clock.now() + timedelta(days=days), **values)


def test_the_wmo_terms_of_a_question_are_counted_from_the_moment_it_came_in() -> None:
    friday_before_christmas = datetime(2026, 12, 24, 15, 0, tzinfo=AMSTERDAM)
    policies = {
        "receipt": Policy("receipt", 2, Unit.WORKING_DAYS, ()),
        "investigation": Policy("investigation", 6, Unit.WEEKS, [("near", "approaching", -5, Unit.WORKING_DAYS)]),
    }
    event = heard(example(told_by_intake.HelpRequestReceived, received_at=friday_before_christmas))
    receipt, investigation = started(event, policies)
    assert receipt.due_at == datetime(2026, 12, 30, tzinfo=AMSTERDAM)
    assert investigation.due_at == datetime(2027, 2, 5, tzinfo=AMSTERDAM)
    assert [moment for _, _, moment in investigation.moments] == [datetime(2027, 1, 29, tzinfo=AMSTERDAM)]


def test_every_term_that_starts_can_end() -> None:
    starts = {start.term for terms in STARTS.values() for start in terms}
    assert starts == {end.term for terms in ENDS.values() for end in terms if end.term}


def test_what_is_near_is_not_told_once_it_is_over() -> None:
    def near(due: datetime) -> Reached:
        return Reached(
            deadline_id=an_id("deadline"),
            term="review",
            subject_id=an_id("review"),
            household_id=None,
            team="selwerd",
            due_at=due,
            threshold="near",
            kind="approaching",
            at=due,
            cause=KeptCause(an_id("cause"), "c-1", None),
        )

    assert say(near(MOMENT + timedelta(hours=1)), MOMENT) is not None
    assert say(near(MOMENT), MOMENT) is None


async def test_a_review_is_near_then_overdue_and_then_a_week_and_two_weeks(notify: Database) -> None:
    """I26: once per threshold, however often time is looked at."""
    await tell(notify, OPENED, from_now(plan.ReviewPlanned, 20))
    assert await swept(notify) == []
    await let_pass(notify, 7)
    near = [("deadline.approaching", "review", "near")]
    assert await swept(notify) == near
    assert await swept(notify) == near
    await let_pass(notify, 14)
    assert await swept(notify) == [*near, ("deadline.passed", "review", "t")]
    await let_pass(notify, 7)
    await let_pass(notify, 7)
    late = [("deadline.passed", "review", threshold) for threshold in ("t", "t7", "t14")]
    assert await swept(notify) == [*near, *late]


async def test_twenty_sweepers_at_once_tell_each_threshold_once(notify: Database) -> None:
    """I26, with more replicas than anybody runs."""
    await warmed(notify)
    reviews = [from_now(plan.ReviewPlanned, -20, review_id=an_id(f"review {n}")) for n in range(50)]
    await tell(notify, OPENED, *reviews)

    async def one() -> None:
        for _ in range(3):
            async with notify.transaction(service_actor("notify")) as tx:
                await sweep(tx)

    await asyncio.gather(*(one() for _ in range(20)))
    found = await swept(notify)
    assert len(found) == 150
    facts = [event.fact for event in await said(notify)]
    assert len({(fact.subject_id, fact.threshold) for fact in facts}) == 150  # type: ignore[attr-defined]


async def test_a_term_that_ends_while_it_is_swept_is_told_or_not_but_never_after(notify: Database) -> None:
    await tell(notify, OPENED, from_now(plan.ReviewPlanned, -1))
    async with notify.transaction(service_actor("notify")) as holding:
        await holding.rows("select from deadlines for update")
        async with notify.transaction(service_actor("notify")) as tx:
            assert await sweep(tx) == 0, "somebody is busy with it: next time"
    await tell(notify, example(plan.ReviewHeld))
    assert await swept(notify) == []


async def test_the_director_and_the_process_lead_hear_that_a_review_is_overdue(notify: Database, post: Post) -> None:
    """What is swept comes back through our own log, like everything else that is told."""
    await tell(notify, OPENED, from_now(plan.ReviewPlanned, -1))
    await swept(notify)
    await tell(notify, *await said(notify))
    await send_due(post)
    found = await rows(notify, "select template, role, about_kind, about_id from inbox where template like 'review%'")
    assert {(row["template"], row["role"]) for row in found} == {
        ("review_overdue", None),
        ("review_overdue", "process_lead"),
    }
    assert {(row["about_kind"], row["about_id"]) for row in found} == {("review", REVIEW.review_id)}


async def test_a_receipt_that_is_sent_is_the_confirmation(intake: Database, notify: Database, post: Post) -> None:
    await town.build(intake)
    request_id = await town.received(intake)
    await tell(notify, example(told_by_intake.HelpRequestReceived, request_id=request_id), at=clock.now())
    assert await open_terms(notify) == {"receipt", "investigation"}
    await send_due(post)
    assert await open_terms(notify) == {"investigation"}
    [row] = await rows(notify, "select closed_by from deadlines where term = 'receipt'")
    assert row["closed_by"] == "notification.sent"


async def test_a_receipt_nobody_could_send_is_told_to_the_coordinators(notify: Database) -> None:
    await tell(notify, example(told_by_intake.HelpRequestReceived, received_at=clock.now(), anonymous=True))
    await let_pass(notify, 6)
    assert await swept(notify) == [("deadline.passed", "receipt", "t")]


async def test_the_investigation_goes_on_in_the_case_and_ends_with_the_plan(notify: Database) -> None:
    await tell(notify, RECEIVED, OPENED)
    [row] = await rows(notify, "select case_id, household_id from deadlines where term = 'investigation'")
    assert (row["case_id"], row["household_id"]) == (OPENED.case_id, OPENED.household_id)
    await tell(notify, example(plan.PlanActivated))
    [row] = await rows(notify, "select closed_by from deadlines where term = 'investigation'")
    assert row["closed_by"] == "plan.activated"


CLOSED = [
    (RECEIVED, example(told_by_intake.HelpRequestWithdrawn)),
    (example(told_by_intake.HelpRequestWaitlisted), example(told_by_intake.HelpRequestAccepted)),
    (example(plan.HandoverOffered), example(plan.HandoverDeclined)),
    (example(plan.HandoverOffered), example(plan.HandoverRevoked)),
    (example(plan.HandoverOffered), example(plan.HandoverExpired)),
    (example(plan.HandoverOffered), example(plan.DirectorHandedOver)),
    (REVIEW, example(plan.ReviewHeld)),
    (REVIEW, example(plan.ReviewCancelled)),
    (example(plan.ActionAgreed), example(plan.ActionDone)),
    (PROPOSED, example(matching.SupportNeedMatched)),
    (PROPOSED, example(matching.MatchDeclined)),
    (PROPOSED, example(matching.MatchExpired)),
    (PROPOSED, example(matching.AssignmentWithdrawn, assignment_id=PROPOSED.match_id)),
]


async def test_an_end_counts_in_whatever_order_it_is_heard(notify: Database, subtests: pytest.Subtests) -> None:
    """Facts of different services come in any order (I23)."""
    for starts, ends in CLOSED:
        with subtests.test(starts=starts.name, ends=ends.name):
            async with undone(notify) as tx:
                await when_told(tx, [heard(starts)])
                assert await tx.rows("select from deadlines where closed_at is null")
                await when_told(tx, [heard(ends)])
                assert not await tx.rows("select from deadlines where closed_at is null")
                assert not await tx.rows("select from moments where told_at is null")
            async with undone(notify) as tx:
                await when_told(tx, [heard(ends), heard(starts)])
                assert not await tx.rows("select from deadlines where closed_at is null")
                assert not await tx.rows("select from moments where told_at is null")


async def test_the_order_in_which_a_case_and_its_question_are_heard_does_not_matter(notify: Database) -> None:
    story = [RECEIVED, OPENED, example(plan.PlanActivated)]
    ends = set()
    for n, order in enumerate(permutations(story)):
        if order.index(story[1]) > order.index(story[2]):
            continue  # both are plan's, of one household: always in this order
        request, case = an_id(f"request {n}"), an_id(f"case {n}")
        for fact in order:
            changed = {"request_id": request, "opened_from": request, "case_id": case, "household_id": case}
            there = {name: value for name, value in changed.items() if name in type(fact).model_fields}
            await tell(notify, fact.model_copy(update=there))
        [row] = await rows(
            notify,
            "select due_at, closed_by, case_id = $2 as ours from deadlines"
            " where term = 'investigation' and subject_id = $1",
            request,
            case,
        )
        ends.add(tuple(row.values()))
    assert len(ends) == 1
    assert next(iter(ends))[1:] == ("plan.activated", True)


async def test_a_question_heard_after_its_case_is_watched_like_any_other(notify: Database) -> None:
    """Its term stood here already, without a date; what people must hear of it comes with the date."""
    await tell(notify, OPENED)
    await tell(notify, RECEIVED)
    watched = await rows(
        notify, "select threshold from moments join deadlines on id = deadline_id where term = 'investigation'"
    )
    thresholds = await rows(notify, "select threshold from thresholds where term = 'investigation'")
    assert sorted(row["threshold"] for row in watched) == sorted(row["threshold"] for row in thresholds) != []


async def test_a_closed_case_leaves_no_term_running_and_none_begins(notify: Database) -> None:
    """I8, the part of notify: no future reminder; also for what is heard too late."""
    facts = [from_now(event, 9) for event in (plan.ReviewPlanned, plan.ActionAgreed, plan.HandoverOffered)]
    await tell(notify, OPENED, RECEIVED, *facts)
    assert await open_terms(notify) == {"receipt", "investigation", "review", "action", "handover"}
    await tell(notify, example(plan.CaseClosed, reason="self_reliant"))
    await tell(notify, from_now(matching.MatchProposed, 2))
    assert await open_terms(notify) == {"receipt"}, "the question's own receipt ends with its mail"
    await let_pass(notify, 100)
    assert [term for _, term, _ in await swept(notify)] == ["receipt"]


async def test_hearing_it_again_changes_nothing(notify: Database) -> None:
    """I23."""
    story = await tell(notify, RECEIVED, OPENED, REVIEW, example(plan.ReviewHeld))
    before = await rows(notify, "select * from deadlines order by id")
    await tell(notify, *story)
    assert await rows(notify, "select * from deadlines order by id") == before


async def test_a_municipality_may_change_its_policy_for_terms_that_start_from_then_on(
    notify: Database, settings: Any
) -> None:
    owner = Database(settings, "notify_owner")
    await tell(notify, RECEIVED)
    await owner.start()
    try:
        async with owner.transaction(service_actor("notify")) as tx:
            await tx.run("update notify.policies set amount = 1 where term = 'receipt'")
    finally:
        await owner.stop()
    await tell(notify, example(told_by_intake.HelpRequestReceived, request_id=an_id("another")))
    due: dict[UUID, datetime] = {
        row["subject_id"]: row["due_at"]
        for row in await rows(notify, "select subject_id, due_at from deadlines where term = 'receipt'")
    }
    assert due[an_id("request")] - due[an_id("another")] == timedelta(days=1)
    assert due[an_id("request")].tzinfo == UTC


def test_an_end_names_what_ended_it() -> None:
    [end] = ended(heard(example(plan.HandoverDeclined)))
    assert (end.term, end.by, end.at) == ("handover", "handover.declined", MOMENT)
