"""The household's one plan: draft, agreed or refused, active, then superseded by the next or closed with its case."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.plan.commands.plan import ActivatePlan, AgreePlan, RefusePlan
from services.plan.domain.case import Case, must_be_open
from services.plan.domain.goal import Goal
from services.plan.domain.review import Review, cancel, plan_review
from wij.calendar import day_of
from wij.errors import Refusal, StaleVersion
from wij.events import Event
from wij.events.plan import (
    GoalSummary,
    PlanActivated,
    PlanAgreed,
    PlanClosed,
    PlanDeclined,
    PlanDrafted,
    PlanSuperseded,
)

PlanState = Literal["draft", "agreed", "declined", "active", "superseded", "closed"]


class AlreadyInPreparation(Refusal):
    """One next version of the plan is written at a time."""


class NotADraft(Refusal):
    """What was agreed is not rewritten; a new version is."""


class NothingToAgreeOn(Refusal):
    """A plan has at least one goal."""


class AgreedInTheFuture(Refusal):
    """An agreement is on record after it was made."""

    status = 400


class NotInPreparation(Refusal):
    """What is in force or over is not refused."""


class NotAgreed(Refusal):
    """A plan becomes active only with the household's agreement."""


class PlanIsNotActive(Refusal):
    """Actions and reviews belong to the active plan."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One version of the household's plan."""

    plan_id: UUID
    case_id: UUID
    number: int
    state: PlanState
    version: int
    """Counts the edits of this row, for `If-Match`."""
    goals: tuple[Goal, ...] = ()


def draft(
    case: Case, versions: Collection[Plan], goals: tuple[Goal, ...], *, plan_id: UUID
) -> tuple[Plan, PlanDrafted]:
    """Begin the next version; one is in preparation at a time."""
    must_be_open(case)
    if any(plan.state in ("draft", "agreed") for plan in versions):
        raise AlreadyInPreparation(
            "A next version is in preparation already. Go on with that one, or record its refusal."
        )
    number = 1 + max((plan.number for plan in versions), default=0)
    plan = Plan(plan_id=plan_id, case_id=case.case_id, number=number, state="draft", version=1, goals=goals)
    return plan, PlanDrafted(
        team=case.team, plan_id=plan_id, case_id=case.case_id, household_id=case.household_id, plan_version=number
    )


def rewrite(case: Case, plan: Plan, goals: tuple[Goal, ...], expected_version: int) -> Plan:
    """Write a draft anew; raises `StaleVersion` when somebody else did so since the caller read it."""
    must_be_open(case)
    if plan.state != "draft":
        raise NotADraft(f"This plan is {plan.state}. Start a new version to change it.")
    if plan.version != expected_version:
        raise StaleVersion("Somebody else changed this plan since you read it. Read it again and redo your change.")
    return replace(plan, goals=goals, version=plan.version + 1)


def agree(case: Case, plan: Plan, ask: AgreePlan, now: datetime) -> tuple[Plan, PlanAgreed]:
    """The household agrees: who, when and how is on record."""
    must_be_open(case)
    if plan.state != "draft":
        raise NotADraft(f"This plan is {plan.state}, so there is nothing to agree on.")
    if not plan.goals:
        raise NothingToAgreeOn("Write at least one goal first.")
    if ask.agreed_on > day_of(now):
        raise AgreedInTheFuture("`agreed_on` is the day on which the household agreed, so not in the future.")
    return replace(plan, state="agreed", version=plan.version + 1), PlanAgreed(
        team=case.team,
        plan_id=plan.plan_id,
        case_id=case.case_id,
        household_id=case.household_id,
        plan_version=plan.number,
        agreed_by_role=ask.agreed_by_role,
        method=ask.method,
    )


def refuse(case: Case, plan: Plan, ask: RefusePlan) -> tuple[Plan, PlanDeclined]:
    """The household refuses this version, or comes back on its agreement before it was active."""
    must_be_open(case)
    if plan.state not in ("draft", "agreed"):
        raise NotInPreparation(f"This plan is {plan.state}, so it can no longer be refused.")
    return replace(plan, state="declined", version=plan.version + 1), PlanDeclined(
        team=case.team,
        plan_id=plan.plan_id,
        case_id=case.case_id,
        household_id=case.household_id,
        plan_version=plan.number,
        reason=ask.reason,
    )


@dataclass(frozen=True, slots=True)
class Activation:
    """The new plan in the old one's place; saved together or not at all (I3)."""

    plan: Plan
    superseded: Plan | None
    cancelled: Sequence[Review]
    review: Review
    told: Sequence[Event]


def activate(
    case: Case,
    plan: Plan,
    current: Plan | None,
    planned: Collection[Review],
    ask: ActivatePlan,
    *,
    review_id: UUID,
    now: datetime,
) -> Activation:
    """This version becomes the household's one plan; the one before is superseded in the same moment (I3).

    `planned` holds the planned reviews of `current`. Raises `NotAgreed`, `ReviewInThePast`.
    """
    must_be_open(case)
    if plan.state != "agreed":
        raise NotAgreed(f"This plan is {plan.state}; only a plan the household agreed on can become active.")
    review, review_planned = plan_review(case, plan.plan_id, ask.next_review_at, review_id=review_id, now=now)
    cancelled = [cancel(review, case, now) for review in planned]
    about = {"team": case.team, "case_id": case.case_id, "household_id": case.household_id}
    told: list[Event] = [event for _, event in cancelled]
    if current is not None:
        told.append(
            PlanSuperseded(**about, plan_id=current.plan_id, plan_version=current.number, superseded_by=plan.plan_id)
        )
    told.append(
        PlanActivated(
            **about,
            plan_id=plan.plan_id,
            plan_version=plan.number,
            previous_plan_id=current.plan_id if current else None,
            goals=tuple(
                GoalSummary(
                    goal_id=goal.goal_id, life_domain=goal.line.life_domain, executor_kind=goal.line.executor_kind
                )
                for goal in plan.goals
            ),
            next_review_at=ask.next_review_at,
        )
    )
    told.append(review_planned)
    return Activation(
        plan=replace(plan, state="active", version=plan.version + 1),
        superseded=replace(current, state="superseded", version=current.version + 1) if current else None,
        cancelled=[review for review, _ in cancelled],
        review=review,
        told=told,
    )


def end_with_case(plan: Plan, case: Case) -> tuple[Plan, PlanClosed] | None:
    """Every version that is not over ends with its case."""
    if plan.state not in ("draft", "agreed", "active"):
        return None
    return replace(plan, state="closed", version=plan.version + 1), PlanClosed(
        team=case.team,
        plan_id=plan.plan_id,
        case_id=case.case_id,
        household_id=case.household_id,
        plan_version=plan.number,
    )


def must_be_active(plan: Plan) -> None:
    """Raises `PlanIsNotActive`."""
    if plan.state != "active":
        raise PlanIsNotActive(f"This plan is {plan.state}; use the active plan of the case.")
