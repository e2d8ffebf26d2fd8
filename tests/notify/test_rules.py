"""Who hears what: the table holds every event, and each rule of it plans exactly what it says."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.notify.channels.writing import TEMPLATES
from services.notify.domain.rules import NOBODY, SHOWS, TABLE, VOLUNTEER
from services.notify.domain.wording import INBOX
from services.notify.handlers.hearing import when_told
from services.notify.subscriptions import SUBSCRIPTIONS
from tests.notify.facts import MOMENT, NEEDED, OPENED, PROPOSED, an_id, example, heard, rows, tell, undone
from tests.people import NADIA, SAMIRA, TOM
from wij.database import Database
from wij.events import Event, event_types, intake, matching, plan
from wij.events import notify as own

REQUESTER = f"request:{an_id('request')}"
HOUSEHOLD = f"household:{an_id('household')}"
VOLUNTEER_ID = f"volunteer:{an_id('volunteer')}"
DIRECTOR, COLLEAGUE, OTHER = f"worker:{SAMIRA.id}", f"worker:{NADIA.id}", f"worker:{TOM.id}"
COORDINATORS, PROCESS_LEAD = "team:selwerd:coordinator", "team:selwerd:process_lead"
VOLUNTEER_COORDINATORS = "team:selwerd:volunteer_coordinator"

PLANNED: list[tuple[type[Event], dict[str, Any], set[str]]] = [
    (intake.HelpRequestReceived, {}, {f"mail receipt {REQUESTER}", f"inbox request_received {COORDINATORS}"}),
    (intake.HelpRequestReceived, {"anonymous": True}, {f"inbox request_received {COORDINATORS}"}),
    (intake.HelpRequestSafetyChecked, {"result": "none"}, set()),
    (
        intake.HelpRequestSafetyChecked,
        {"result": "acute"},
        {f"inbox safety_signal {PROCESS_LEAD}", f"inbox safety_signal {COORDINATORS}"},
    ),
    (intake.HelpRequestAnswered, {}, {f"mail request_answered {REQUESTER}"}),
    (intake.HelpRequestWaitlisted, {}, {f"mail request_waitlisted {REQUESTER}"}),
    (
        intake.HelpRequestUndirected,
        {"accepted_by": TOM.id},
        {f"inbox request_undirected {OTHER}", f"inbox request_undirected {COORDINATORS}"},
    ),
    (
        plan.CaseOpened,
        {},
        {
            f"mail case_opened_household {HOUSEHOLD}",
            f"mail case_opened_director {DIRECTOR}",
            f"inbox case_opened {DIRECTOR}",
        },
    ),
    (plan.HelpRequestAttachedToCase, {}, {f"inbox request_attached {DIRECTOR}"}),
    (plan.InvolvementAdded, {}, {f"inbox involvement_added {OTHER}"}),
    (plan.HandoverOffered, {}, {f"mail handover_offered {COLLEAGUE}", f"inbox handover_offered {COLLEAGUE}"}),
    (plan.HandoverRevoked, {}, {f"inbox handover_revoked {COLLEAGUE}"}),
    (plan.HandoverDeclined, {}, {f"inbox handover_declined {DIRECTOR}"}),
    (
        plan.HandoverExpired,
        {},
        {f"inbox handover_expired {DIRECTOR}", f"inbox handover_expired_unanswered {PROCESS_LEAD}"},
    ),
    (
        plan.DirectorHandedOver,
        {},
        {
            f"mail director_handed_over {HOUSEHOLD}",
            f"inbox direction_given {DIRECTOR}",
            f"inbox direction_taken {COLLEAGUE}",
        },
    ),
    (plan.DirectorAbsenceRecorded, {}, {f"mail deputy_started {COLLEAGUE}", f"inbox deputy_started {COLLEAGUE}"}),
    (plan.DirectorAbsenceEnded, {}, {f"inbox deputy_ended {COLLEAGUE}"}),
    (
        plan.CaseClosed,
        {"reason": "goals_reached"},
        {f"mail case_closed {HOUSEHOLD}", f"inbox case_closed {OTHER}"},
    ),
    (plan.CaseClosed, {"reason": "deceased"}, {f"inbox case_closed {OTHER}"}),
    (plan.PlanActivated, {}, {f"mail plan_activated {HOUSEHOLD}"}),
    (plan.ActionAgreed, {"owner_kind": "professional"}, {f"inbox action_agreed {OTHER}"}),
    (plan.ActionAgreed, {"owner_kind": "network", "owner_id": None}, set()),
    (plan.SupportNeedRequested, {}, {f"inbox need_requested {VOLUNTEER_COORDINATORS}"}),
    (matching.MatchProposed, {}, {f"mail match_proposed {VOLUNTEER_ID}", f"inbox match_proposed {DIRECTOR}"}),
    (matching.MatchAcceptedByVolunteer, {}, {f"inbox match_volunteer_said_yes {VOLUNTEER_COORDINATORS}"}),
    (matching.MatchAcceptedByHousehold, {}, {f"inbox match_household_said_yes {VOLUNTEER_COORDINATORS}"}),
    (
        matching.SupportNeedMatched,
        {},
        {f"mail match_made_volunteer {VOLUNTEER_ID}", f"mail match_made_household {HOUSEHOLD}"},
    ),
    (
        matching.MatchDeclined,
        {"by": "volunteer"},
        {f"inbox match_declined {VOLUNTEER_COORDINATORS}", f"inbox match_declined {DIRECTOR}"},
    ),
    (
        matching.MatchDeclined,
        {"by": "household"},
        {
            f"inbox match_declined {VOLUNTEER_COORDINATORS}",
            f"inbox match_declined {DIRECTOR}",
            f"mail match_ended {VOLUNTEER_ID}",
        },
    ),
    (
        matching.MatchExpired,
        {},
        {
            f"inbox match_expired {VOLUNTEER_COORDINATORS}",
            f"inbox match_expired {DIRECTOR}",
            f"mail match_ended {VOLUNTEER_ID}",
        },
    ),
    (matching.AssignmentActivated, {}, {f"inbox assignment_activated {DIRECTOR}"}),
    (
        matching.AssignmentWithdrawn,
        {"by": "volunteer"},
        {f"inbox assignment_withdrawn {VOLUNTEER_COORDINATORS}", f"inbox assignment_withdrawn {DIRECTOR}"},
    ),
    (
        matching.AssignmentWithdrawn,
        {"by": "household"},
        {
            f"inbox assignment_withdrawn {VOLUNTEER_COORDINATORS}",
            f"inbox assignment_withdrawn {DIRECTOR}",
            f"mail match_ended {VOLUNTEER_ID}",
        },
    ),
    (
        matching.AssignmentEnded,
        {},
        {f"inbox assignment_ended {DIRECTOR}", f"mail assignment_ended_volunteer {VOLUNTEER_ID}"},
    ),
    (matching.SupportNeedEnded, {}, {f"inbox need_ended {VOLUNTEER_COORDINATORS}"}),
    (own.DeadlineApproaching, {"term": "review"}, {f"inbox review_near {DIRECTOR}"}),
    (own.DeadlineApproaching, {"term": "investigation"}, {f"inbox investigation_near {COORDINATORS}"}),
    (
        own.DeadlinePassed,
        {"term": "review", "threshold": "t14"},
        {f"inbox review_overdue {DIRECTOR}", f"inbox review_overdue {PROCESS_LEAD}"},
    ),
    (own.DeadlinePassed, {"term": "action"}, {f"inbox action_overdue {DIRECTOR}"}),
    (own.DeadlinePassed, {"term": "receipt"}, {f"inbox receipt_overdue {COORDINATORS}"}),
    (own.DeadlinePassed, {"term": "investigation"}, {f"inbox investigation_overdue {COORDINATORS}"}),
    (own.DeadlinePassed, {"term": "waiting"}, {f"inbox waiting_overdue {COORDINATORS}"}),
    (own.DeadlinePassed, {"term": "handover"}, set()),
    (own.DeadlinePassed, {"term": "match"}, set()),
    (own.NotificationUnknown, {}, {f"inbox mail_unknown {COORDINATORS}"}),
    (own.NotificationRefused, {}, {f"inbox mail_refused {COORDINATORS}"}),
]


def test_every_event_type_is_told_to_somebody_or_to_nobody_for_a_reason() -> None:
    every = set(event_types().values())
    assert TABLE.keys() | NOBODY.keys() == every
    assert not TABLE.keys() & NOBODY.keys()
    assert all(len(why) > 15 for why in NOBODY.values())


def test_every_rule_has_an_example_below() -> None:
    assert {event for event, _, _ in PLANNED} == set(TABLE)
    planned = {tuple(line.split()[:2]) for _, _, lines in PLANNED for line in lines}
    assert planned == {(rule.channel, rule.template) for rules in TABLE.values() for rule in rules}


def test_an_event_leads_to_a_text_by_one_rule_only() -> None:
    """So one event plans no text twice for one recipient, which the unique index would refuse."""
    for event, rules in TABLE.items():
        texts = [(rule.channel, rule.template) for rule in rules]
        assert len(texts) == len(set(texts)), event


def test_every_event_in_the_table_is_read() -> None:
    read = {event for subscription in SUBSCRIPTIONS for event in subscription.handlers}
    assert set(TABLE) <= read
    assert all(event.service == one.source for one in SUBSCRIPTIONS for event in one.handlers)


def test_every_rule_has_its_words() -> None:
    rules = [rule for rules in TABLE.values() for rule in rules]
    assert {rule.template for rule in rules if rule.channel == "inbox"} == set(INBOX)
    mails = {path.stem for path in Path(TEMPLATES).glob("*.jinja")}
    assert {rule.template for rule in rules if rule.channel == "mail"} == mails


def test_a_volunteer_is_shown_nothing_of_the_household_before_both_said_yes() -> None:
    """I12: what a template can reach at all; what the mail says is looked at in `test_mails`."""
    to_volunteers = {rule.template: event for event, rules in TABLE.items() for rule in rules if VOLUNTEER in rule.to}
    for template, event in to_volunteers.items():
        about = SHOWS.get(template, {})
        assert about.keys() <= ({"household"} if event is matching.SupportNeedMatched else {"answer_link"})
        assert set(about.get("household", ())) <= {"given_name", "phone"}


async def test_each_rule_plans_exactly_what_the_table_says(notify: Database, subtests: pytest.Subtests) -> None:
    before = [OPENED, example(plan.InvolvementAdded, worker_id=TOM.id), NEEDED, PROPOSED]
    for event, values, expected in PLANNED:
        with subtests.test(event=event.__name__, **values):
            async with undone(notify) as tx:
                await when_told(tx, [] if event is plan.CaseOpened else [heard(fact) for fact in before])
                last = heard(example(event, **values))
                await when_told(tx, [last])
                found = await tx.rows("select * from notifications where cause_id = $1", last.id)
                assert {f"{row['channel']} {row['template']} {row['recipient']}" for row in found} == expected


async def test_the_same_events_heard_again_lead_to_nothing_new(notify: Database) -> None:
    """I23: also when somebody else would be the recipient by now."""
    story = [OPENED, NEEDED, PROPOSED, example(plan.DirectorHandedOver), example(matching.MatchExpired)]
    events = await tell(notify, *story)
    first = await rows(notify, "select * from notifications order by number")
    await tell(notify, *events)
    assert await rows(notify, "select * from notifications order by number") == first
    assert len(first) > 8


async def test_a_batch_heard_at_once_leads_to_what_its_events_lead_to_one_by_one(notify: Database) -> None:
    """P12: what is planned does not depend on how many events came together."""
    away = example(plan.DirectorAbsenceRecorded, worker_id=NADIA.id, deputy_id=TOM.id, starts_at=MOMENT, ends_at=None)
    story: list[Event] = [
        example(intake.HelpRequestReceived),
        OPENED,
        example(plan.InvolvementAdded, worker_id=TOM.id),
        example(plan.InvolvementEnded, worker_id=TOM.id),
        example(plan.InvolvementAdded, worker_id=NADIA.id),
        NEEDED,
        PROPOSED,
        example(plan.DirectorHandedOver, to_id=NADIA.id),
        example(matching.MatchDeclined),
        away,
        example(plan.ReviewPlanned),
        example(matching.AssignmentActivated),
        example(plan.DirectorAbsenceEnded, absence_id=away.absence_id, worker_id=NADIA.id, ended_at=MOMENT),
        example(matching.AssignmentEnded),
        example(plan.CaseClosed),
    ]
    events = [heard(fact, MOMENT + timedelta(minutes=minute)) for minute, fact in enumerate(story)]
    found = []
    for batches in ([events], [[event] for event in events]):
        async with undone(notify) as tx:
            for batch in batches:
                await when_told(tx, batch)
            planned = await tx.rows("select cause_id, template, channel, recipient, case_id, facts from notifications")
            terms = await tx.rows("select term, subject_id, case_id, due_at, closed_at, closed_by from deadlines")
            moments = await tx.rows(
                "select d.term, m.threshold, m.at from moments m join deadlines d on d.id = m.deadline_id"
            )
            known = await tx.rows("select director_id, closed_at from cases")
            found.append([sorted(map(repr, map(tuple, rows))) for rows in (planned, terms, moments, known)])
    together, apart = found
    assert together == apart
    assert len(together[0]) > 15


async def test_the_deputy_hears_what_the_director_would_have_heard(notify: Database) -> None:
    away = example(plan.DirectorAbsenceRecorded, worker_id=SAMIRA.id, deputy_id=NADIA.id, starts_at=MOMENT)
    await tell(notify, OPENED, away)
    await tell(notify, example(matching.AssignmentActivated))
    await tell(notify, example(plan.DirectorAbsenceEnded, worker_id=SAMIRA.id, ended_at=MOMENT))
    await tell(notify, example(matching.AssignmentEnded))
    found = await rows(
        notify, "select template, recipient from notifications where template like 'assignment%' and channel = 'inbox'"
    )
    assert {row["template"]: row["recipient"] for row in found} == {
        "assignment_activated": COLLEAGUE,
        "assignment_ended": DIRECTOR,
    }


async def test_what_is_for_the_director_of_a_case_we_do_not_know_yet_goes_to_the_team(notify: Database) -> None:
    await tell(notify, PROPOSED)
    found = await rows(notify, "select recipient from notifications where channel = 'inbox'")
    assert [row["recipient"] for row in found] == [COORDINATORS]
