"""Every state of handover, plan, review, action and need, times every command on it: what follows, or which refusal."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, get_args

import pytest

from services.plan.commands.case import AcceptHandover, CloseCase, DeclineHandover, Involve, OfferHandover
from services.plan.commands.plan import ActivatePlan, AgreeAction, AgreePlan, HoldReview, RefusePlan
from services.plan.commands.support import GiveConsent
from services.plan.domain import action, case, closure, consent, handover, plan, review, support
from services.plan.domain.action import PlannedAction
from services.plan.domain.consent import Consent
from services.plan.domain.handover import HandoverState
from services.plan.domain.plan import PlanState
from services.plan.domain.review import Review
from services.plan.domain.support import NeedState, SupportNeed
from tests.plan.facts import A_CASE, AN_OFFER, CLOSED, LATER, NOW, a_plan, an, worker
from wij.errors import Refusal, StaleVersion

AGREEMENT = AgreePlan(agreed_by="the mother", agreed_by_role="resident", method="spoken", agreed_on=date(2026, 3, 2))
RECEIVER = worker("nadia")


@pytest.mark.parametrize("state", get_args(HandoverState))
@pytest.mark.parametrize(
    ("act", "after"),
    [
        (lambda h: handover.accept(A_CASE, h, AcceptHandover(), RECEIVER, now=NOW).handover.state, "accepted"),
        (lambda h: handover.decline(A_CASE, h, DeclineHandover(reason="no_room"), NOW)[0].state, "declined"),
        (lambda h: handover.revoke(h, A_CASE, NOW)[0].state, "revoked"),
    ],
    ids=["accept", "decline", "revoke"],
)
def test_an_offer_is_answered_once(state: HandoverState, act: Callable[[Any], str], after: str) -> None:
    offer = replace(AN_OFFER, state=state)
    if state == "offered":
        assert act(offer) == after
    else:
        with pytest.raises(handover.HandoverIsAnswered, match=f"was {state} already"):
            act(offer)


@pytest.mark.parametrize("state", get_args(HandoverState))
def test_only_an_offer_nobody_answered_expires(state: HandoverState) -> None:
    expiry = handover.expire(replace(AN_OFFER, state=state), A_CASE, NOW)
    assert (expiry is not None) == (state == "offered")


def _agree(version: plan.Plan) -> str:
    return plan.agree(A_CASE, version, AGREEMENT, NOW)[0].state


def _refuse(version: plan.Plan) -> str:
    return plan.refuse(A_CASE, version, RefusePlan(reason="not_wanted"))[0].state


def _activate(version: plan.Plan) -> str:
    ask = ActivatePlan(next_review_at=LATER)
    return plan.activate(A_CASE, version, None, [], ask, review_id=an("review"), now=NOW).plan.state


def _rewrite(version: plan.Plan) -> str:
    return plan.rewrite(A_CASE, version, (), 1).state


def _close(version: plan.Plan) -> str | None:
    ended = plan.end_with_case(version, A_CASE)
    return ended[0].state if ended else None


def _act(version: plan.Plan) -> str:
    ask = AgreeAction(goal_id=version.goals[0].goal_id, what="call", owner_kind="self", due_at=LATER)
    return action.agree_action(A_CASE, version, ask, action_id=an("action"), now=NOW)[0].state


PLAN: dict[PlanState, dict[str, str | type[Refusal] | None]] = {
    "draft": {
        "rewrite": "draft",
        "agree": "agreed",
        "refuse": "declined",
        "activate": plan.NotAgreed,
        "close": "closed",
    },
    "agreed": {
        "rewrite": plan.NotADraft,
        "agree": plan.NotADraft,
        "refuse": "declined",
        "activate": "active",
        "close": "closed",
    },
    "declined": dict.fromkeys(("rewrite", "agree"), plan.NotADraft)
    | {"refuse": plan.NotInPreparation, "activate": plan.NotAgreed, "close": None},
    "active": dict.fromkeys(("rewrite", "agree"), plan.NotADraft)
    | {"refuse": plan.NotInPreparation, "activate": plan.NotAgreed, "close": "closed", "act": "agreed"},
    "superseded": dict.fromkeys(("rewrite", "agree"), plan.NotADraft)
    | {"refuse": plan.NotInPreparation, "activate": plan.NotAgreed, "close": None},
    "closed": dict.fromkeys(("rewrite", "agree"), plan.NotADraft)
    | {"refuse": plan.NotInPreparation, "activate": plan.NotAgreed, "close": None},
}
ON_PLAN: dict[str, Callable[[plan.Plan], str | None]] = {
    "rewrite": _rewrite,
    "agree": _agree,
    "refuse": _refuse,
    "activate": _activate,
    "close": _close,
    "act": _act,
}


@pytest.mark.parametrize("state", get_args(PlanState))
@pytest.mark.parametrize("verb", ON_PLAN)
def test_a_version_of_the_plan_goes_from_state_to_state(state: PlanState, verb: str) -> None:
    after = PLAN[state].get(verb, plan.PlanIsNotActive)
    if isinstance(after, type):
        with pytest.raises(after):
            ON_PLAN[verb](a_plan(state))
    else:
        assert ON_PLAN[verb](a_plan(state)) == after


def test_a_plan_without_goals_is_not_agreed_on_and_so_never_active() -> None:
    with pytest.raises(plan.NothingToAgreeOn):
        plan.agree(A_CASE, a_plan("draft", goals=0), AGREEMENT, NOW)


def test_an_agreement_of_tomorrow_is_refused() -> None:
    with pytest.raises(plan.AgreedInTheFuture):
        plan.agree(A_CASE, a_plan("draft"), AGREEMENT.model_copy(update={"agreed_on": date(2026, 3, 3)}), NOW)


def test_a_draft_that_somebody_else_changed_is_not_overwritten() -> None:
    with pytest.raises(StaleVersion):
        plan.rewrite(A_CASE, a_plan("draft"), (), 2)


@pytest.mark.parametrize("state", ["draft", "agreed"])
def test_one_version_is_in_preparation_at_a_time(state: PlanState) -> None:
    with pytest.raises(plan.AlreadyInPreparation):
        plan.draft(A_CASE, [a_plan(state)], (), plan_id=an("next"))


def test_activation_supersedes_the_active_version_cancels_its_reviews_and_plans_the_next_one() -> None:
    current, following = a_plan("active"), a_plan("agreed", name="next", number=2)
    planned = Review(an("review"), current.plan_id, A_CASE.case_id, LATER, "planned")
    done = plan.activate(
        A_CASE, following, current, [planned], ActivatePlan(next_review_at=LATER), review_id=an("next review"), now=NOW
    )
    assert done.superseded is not None
    assert (done.superseded.state, done.plan.state) == ("superseded", "active")
    assert [event.name for event in done.told] == [
        "review.cancelled",
        "plan.superseded",
        "plan.activated",
        "review.planned",
    ]


def test_the_next_review_lies_ahead() -> None:
    with pytest.raises(review.ReviewInThePast):
        plan.activate(
            A_CASE, a_plan("agreed"), None, [], ActivatePlan(next_review_at=NOW), review_id=an("review"), now=NOW
        )


A_REVIEW = Review(an("review"), an("plan"), A_CASE.case_id, NOW, "planned")


@pytest.mark.parametrize("state", ["held", "cancelled"])
def test_a_review_is_held_once(state: Any) -> None:
    ask = HoldReview(outcome="continue", next_review_at=LATER)
    with pytest.raises(review.ReviewIsOver):
        review.hold(A_CASE, replace(A_REVIEW, state=state), [], ask, next_id=an("next"), now=NOW)


def test_a_plan_that_goes_on_has_a_next_review_date() -> None:
    without = HoldReview(outcome="continue")
    with pytest.raises(review.NextReviewNeeded):
        review.hold(A_CASE, A_REVIEW, [], without, next_id=an("next"), now=NOW)
    another = replace(A_REVIEW, review_id=an("another"))
    assert len(review.hold(A_CASE, A_REVIEW, [another], without, next_id=an("next"), now=NOW)[0]) == 1
    assert len(review.hold(A_CASE, A_REVIEW, [], HoldReview(outcome="close"), next_id=an("next"), now=NOW)[0]) == 1


AN_ACTION = PlannedAction(
    an("action"), an("plan"), A_CASE.case_id, an("goal 0"), "call", "professional", an("tom"), LATER, "agreed"
)


def test_an_action_is_done_once() -> None:
    done, _ = action.complete(A_CASE, AN_ACTION, NOW)
    with pytest.raises(action.ActionIsDone):
        action.complete(A_CASE, done, NOW)


def test_an_action_has_an_owner_and_a_date_to_come() -> None:
    """I26: a professional who is not named is the director; a date in the past is refused."""
    ask = AgreeAction(goal_id=an("goal 0"), what="call", owner_kind="professional", due_at=LATER)
    agreed, fact = action.agree_action(A_CASE, a_plan("active"), ask, action_id=an("action"), now=NOW)
    assert agreed.owner_id == fact.owner_id == A_CASE.director_id
    with pytest.raises(action.DueInThePast):
        action.agree_action(
            A_CASE, a_plan("active"), ask.model_copy(update={"due_at": NOW}), action_id=an("action"), now=NOW
        )


@pytest.mark.parametrize("state", get_args(NeedState))
def test_a_need_is_withdrawn_until_it_is_over(state: NeedState) -> None:
    need = SupportNeed(an("need"), A_CASE.case_id, an("action"), an("consent"), state)
    if state in {"fulfilled", "withdrawn", "ended"}:
        with pytest.raises(support.NeedIsOver):
            support.withdraw(need, A_CASE, "not_needed")
    else:
        assert support.withdraw(need, A_CASE, "not_needed")[0].state == "withdrawn"


@pytest.mark.parametrize("state", get_args(NeedState))
def test_without_consent_nothing_new_is_shared_and_what_runs_is_left_to_run(state: NeedState) -> None:
    need = SupportNeed(an("need"), A_CASE.case_id, an("action"), an("consent"), state)
    assert bool(support.end_sharing([need], A_CASE)) == (state in {"open", "matched"})


COVERING = Consent(an("consent"), A_CASE.case_id, frozenset({"support_need"}), date(2026, 4, 1))


@pytest.mark.parametrize(
    ("kept", "refusal"),
    [
        (COVERING, None),
        (replace(COVERING, until=date(2026, 3, 2)), None),
        (replace(COVERING, until=date(2026, 3, 1)), consent.ConsentIsOver),
        (replace(COVERING, scope=frozenset({"phone"})), consent.ConsentDoesNotCover),
        (replace(COVERING, withdrawn_at=NOW), consent.ConsentIsWithdrawn),
    ],
)
def test_a_consent_covers_a_field_until_its_last_day(kept: Consent, refusal: type[Refusal] | None) -> None:
    """PRIV-09: the scope names it, it is not over, it was not withdrawn."""
    if refusal is None:
        consent.must_cover(kept, "support_need", date(2026, 3, 2), NOW)
    else:
        with pytest.raises(refusal):
            consent.must_cover(kept, "support_need", date(2026, 3, 2), NOW)


def test_a_consent_reaches_as_far_as_the_first_day_of_the_help() -> None:
    with pytest.raises(consent.ConsentIsOver):
        consent.must_cover(COVERING, "support_need", date(2026, 4, 2), NOW)


GIVE = GiveConsent(
    legal_basis="consent",
    purpose="help",
    recipient_kind="volunteer",
    scope=("support_need",),
    until=date(2026, 4, 1),
    how="spoken",
)
ON_A_CLOSED_CASE: dict[str, Callable[[], object]] = {
    "offer": lambda: handover.offer(
        CLOSED, OfferHandover(to_id=an("nadia")), RECEIVER, None, handover_id=an("h"), now=NOW
    ),
    "accept": lambda: handover.accept(CLOSED, AN_OFFER, AcceptHandover(), RECEIVER, now=NOW),
    "involve": lambda: case.involve(CLOSED, Involve(worker_id=an("tom"), role="colleague"), worker("tom")),
    "leave": lambda: case.end_involvement(CLOSED, an("tom")),
    "draft": lambda: plan.draft(CLOSED, [], (), plan_id=an("plan")),
    "rewrite": lambda: plan.rewrite(CLOSED, a_plan("draft"), (), 1),
    "agree": lambda: plan.agree(CLOSED, a_plan("draft"), AGREEMENT, NOW),
    "refuse": lambda: plan.refuse(CLOSED, a_plan("draft"), RefusePlan(reason="not_wanted")),
    "activate": lambda: plan.activate(
        CLOSED, a_plan("agreed"), None, [], ActivatePlan(next_review_at=LATER), review_id=an("review"), now=NOW
    ),
    "complete": lambda: action.complete(CLOSED, AN_ACTION, NOW),
    "review": lambda: review.hold(CLOSED, A_REVIEW, [], HoldReview(outcome="close"), next_id=an("next"), now=NOW),
    "consent": lambda: consent.give(CLOSED, GIVE, consent_id=an("consent"), now=NOW),
    "close": lambda: closure.close_case(
        CLOSED, CloseCase(reason="self_reliant"), plans=[], reviews=[], needs=[], offered=None, now=NOW
    ),
}


@pytest.mark.parametrize("verb", ON_A_CLOSED_CASE)
def test_a_closed_case_takes_no_more_acts(verb: str) -> None:
    with pytest.raises(case.CaseIsClosed):
        ON_A_CLOSED_CASE[verb]()


def test_a_consent_can_be_withdrawn_after_the_case_closed_too() -> None:
    assert consent.withdraw_consent(CLOSED, COVERING, NOW)[0].withdrawn_at == NOW


def test_two_directors_in_the_same_microsecond_still_come_after_each_other() -> None:
    """I2: clocks may stand still or run back; the order of directors does not."""
    behind = NOW - timedelta(days=30)
    switched = handover.accept(A_CASE, AN_OFFER, AcceptHandover(), RECEIVER, now=behind).case
    assert switched.directed_since > A_CASE.directed_since
