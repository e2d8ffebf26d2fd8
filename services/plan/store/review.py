"""Looks at the plan, to come and held."""

from collections.abc import Sequence
from uuid import UUID

from services.plan.domain.review import Review
from services.plan.views.plan import ReviewView
from wij.database import Statements, Transaction
from wij.errors import NotFound

SQL = Statements.of(__file__, "review.sql")


async def case_of(tx: Transaction, review_id: UUID) -> UUID:
    """The case of a review, to lock before reading on; raises `NotFound`."""
    case_id: UUID | None = await tx.value(SQL.case_of, review_id)
    if case_id is None:
        raise NotFound("There is no such review.")
    return case_id


async def of_case(tx: Transaction, case_id: UUID) -> list[Review]:
    """All reviews of a case."""
    return [Review(**dict(row)) for row in await tx.rows(SQL.reviews_of_case, case_id)]


async def plan(tx: Transaction, planned: Sequence[Review]) -> None:
    """Save new reviews."""
    await tx.run(
        SQL.plan_reviews,
        [review.review_id for review in planned],
        [review.plan_id for review in planned],
        [review.case_id for review in planned],
        [review.due_at for review in planned],
    )


async def end(tx: Transaction, review: Review) -> None:
    """Save that a review was held or cancelled."""
    await tx.run(SQL.end_review, review.review_id, review.state, review.outcome, review.note, review.ended_at)


async def views(tx: Transaction, case_id: UUID) -> list[ReviewView]:
    """All reviews of a case, the first due first."""
    return [view(review) for review in await of_case(tx, case_id)]


def view(review: Review) -> ReviewView:
    """A review as who works on the case sees it."""
    return ReviewView(
        review_id=review.review_id,
        plan_id=review.plan_id,
        due_at=review.due_at,
        state=review.state,
        outcome=review.outcome,
        note=review.note,
        ended_at=review.ended_at,
    )
