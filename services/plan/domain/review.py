"""Reviews: the active plan always has a next moment to look at it together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.plan.commands.plan import HoldReview, ReviewOutcome
from services.plan.domain.case import Case, must_be_open
from wij.errors import Refusal
from wij.events import Event
from wij.events.plan import ReviewCancelled, ReviewHeld, ReviewPlanned


class ReviewInThePast(Refusal):
    """A review is planned for a day to come."""

    status = 400


class ReviewIsOver(Refusal):
    """A review is held once."""


class NextReviewNeeded(Refusal):
    """A plan that goes on has a next review date."""


@dataclass(frozen=True, slots=True)
class Review:
    """A planned look at the plan, or one that was held."""

    review_id: UUID
    plan_id: UUID
    case_id: UUID
    due_at: datetime
    state: Literal["planned", "held", "cancelled"]
    outcome: ReviewOutcome | None = None
    note: str | None = None
    ended_at: datetime | None = None


def plan_review(
    case: Case, plan_id: UUID, due_at: datetime, *, review_id: UUID, now: datetime
) -> tuple[Review, ReviewPlanned]:
    """The plan will be looked at together on this date; the caller knows that the plan is active."""
    must_be_open(case)
    if due_at <= now:
        raise ReviewInThePast("Choose a review date in the future.")
    review = Review(review_id=review_id, plan_id=plan_id, case_id=case.case_id, due_at=due_at, state="planned")
    return review, ReviewPlanned(
        team=case.team,
        review_id=review_id,
        plan_id=plan_id,
        case_id=case.case_id,
        household_id=case.household_id,
        due_at=due_at,
    )


def hold(
    case: Case, review: Review, others: Collection[Review], ask: HoldReview, *, next_id: UUID, now: datetime
) -> tuple[Sequence[Review], Sequence[Event]]:
    """The plan was looked at together; unless it leads to closing, there is a next date.

    `others` holds the plan's other planned reviews. Raises `ReviewIsOver`, `NextReviewNeeded`, `ReviewInThePast`.
    """
    must_be_open(case)
    if review.state != "planned":
        raise ReviewIsOver(f"This review was {review.state} already.")
    if ask.next_review_at is None and ask.outcome != "close" and not others:
        raise NextReviewNeeded("The plan goes on, so choose the date of the next review in `next_review_at`.")
    held = replace(review, state="held", outcome=ask.outcome, note=ask.note, ended_at=now)
    reviews, told = [held], list[Event]()
    told.append(
        ReviewHeld(
            team=case.team,
            review_id=review.review_id,
            plan_id=review.plan_id,
            case_id=case.case_id,
            household_id=case.household_id,
            outcome=ask.outcome,
        )
    )
    if ask.next_review_at is not None:
        following, planned = plan_review(case, review.plan_id, ask.next_review_at, review_id=next_id, now=now)
        reviews.append(following)
        told.append(planned)
    return reviews, told


def cancel(review: Review, case: Case, now: datetime) -> tuple[Review, ReviewCancelled]:
    """A newer plan or the end of the case took its place."""
    return replace(review, state="cancelled", ended_at=now), ReviewCancelled(
        team=case.team,
        review_id=review.review_id,
        plan_id=review.plan_id,
        case_id=case.case_id,
        household_id=case.household_id,
    )
