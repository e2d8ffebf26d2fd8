"""What people decide, decided by a program, so that one HTTP request carries a case to its last notification.

In the field minutes or weeks lie between these decisions; here each follows in the transaction of the event that asks
for it. Everything else is the product's: its routes, tokens, idempotency keys, access checks, rules, stores, access
log, outbox, relay and readers. The peers take the same decisions at the same places.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.matching import scoring
from services.matching.domain.proposal import propose
from services.matching.store import matches, needs, volunteers
from services.plan.commands.plan import ActivatePlan, AgreeAction, AgreePlan, GoalLine, WriteGoals
from services.plan.commands.support import GiveConsent, RequestSupport, Slot
from services.plan.domain import action as actions_rules
from services.plan.domain import consent as consent_rules
from services.plan.domain import plan as plan_rules
from services.plan.domain import support as support_rules
from services.plan.domain.case import Case
from services.plan.domain.goal import write_goals
from services.plan.store import action, consent, opening, plan, review, support
from wij import audit, outbox
from wij.access import Action, Resource, permit
from wij.audit import Look
from wij.calendar import day_of
from wij.database import Transaction
from wij.events import Caused, Event, Recorded
from wij.events.intake import HelpRequestAccepted
from wij.events.plan import SupportNeedRequested
from wij.identity import Actor, Role
from wij.ids import new_id

type Handler = Callable[[Transaction, Sequence[Recorded[Any]]], Awaitable[None]]

_GOALS = WriteGoals(
    goals=(
        GoalLine(
            wish="Weer een praatje kunnen maken.",
            life_domain="social_network",
            own_strength="Belt elke zondag haar zus.",
            network="De buurvrouw zwaait.",
            executor_kind="volunteer",
        ),
    )
)
_WEEKDAYS = (Slot.model_validate({"day": 0, "from": 9, "to": 18}), Slot.model_validate({"day": 1, "from": 9, "to": 18}))


def then(first: Handler, *more: Handler) -> Handler:
    """The product's handler, and after it what the people concerned decide, in the same transaction."""

    async def both(tx: Transaction, events: Sequence[Recorded[Any]]) -> None:
        for handler in (first, *more):
            await handler(tx, events)

    return both


async def make_plans(tx: Transaction, events: Sequence[Recorded[HelpRequestAccepted]]) -> None:
    """Every director and household agree on a plan at once; it becomes active and asks the neighbourhood for help."""
    cases = await opening.hold_households(tx, {event.fact.household_id for event in events})
    agreed = _Agreed(tx.now)
    made = [_Made(cases[event.fact.household_id], event, agreed, tx) for event in events]
    await plan.draft(tx, [one.drafted for one in made])
    await plan.agree(tx, [(one.agreed, one.agreement) for one in made])
    await plan.activate(tx, [one.activation for one in made])
    await review.plan(tx, [one.activation.review for one in made])
    await action.agree(tx, [one.action for one in made])
    await consent.give(tx, [(one.consent, one.basis) for one in made])
    await support.request(tx, [one.asked for one in made])
    await audit.record(tx, [look for one in made for look in one.looks])
    await outbox.append(tx, [fact for one in made for fact in one.told])


class _Agreed:
    """What all of them agree on that day."""

    def __init__(self, now: datetime) -> None:
        self.today, self.later = day_of(now), now + timedelta(days=42)
        self.agreement = AgreePlan(
            agreed_by="Bewoner", agreed_by_role="resident", method="in_person", agreed_on=self.today
        )
        self.activate = ActivatePlan(next_review_at=self.later)
        self.basis = GiveConsent(
            legal_basis="consent",
            purpose="informal_help",
            recipient_kind="volunteer",
            scope=("support_need",),
            until=self.today + timedelta(days=365),
            how="in gesprek",
        )


class _Made:
    """What one director decides in six commands, and what is told of it."""

    def __init__(self, case: Case, event: Recorded[HelpRequestAccepted], on: _Agreed, tx: Transaction) -> None:
        director = Actor(case.director_id, frozenset({Role.WORKER}), case.team)
        resource = case.resource(tx.now)
        self.looks: list[Look] = []
        for each in (Action.WRITE_PLAN,) * 4 + (Action.RECORD_CONSENT, Action.REQUEST_SUPPORT):
            permit(director, each, resource)
            self.looks.append(Look(each, "case", case.case_id, case.household_id, "director", result="changed"))
        told: list[Event] = []
        goals = write_goals(_GOALS, set(), [new_id()])
        self.drafted, fact = plan_rules.draft(case, (), goals, plan_id=new_id())
        told.append(fact)
        self.agreement, self.basis = on.agreement, on.basis
        self.agreed, agreed = plan_rules.agree(case, self.drafted, self.agreement, tx.now)
        told.append(agreed)
        self.activation = plan_rules.activate(case, self.agreed, None, (), on.activate, review_id=new_id(), now=tx.now)
        told += self.activation.told
        agree = AgreeAction(goal_id=goals[0].goal_id, what="Elke week koffie.", owner_kind="volunteer", due_at=on.later)
        self.action, action_agreed = actions_rules.agree_action(
            case, self.activation.plan, agree, action_id=new_id(), now=tx.now
        )
        told.append(action_agreed)
        self.consent, given = consent_rules.give(case, self.basis, consent_id=new_id(), now=tx.now)
        told.append(given)
        request = RequestSupport(
            consent_id=self.consent.consent_id,
            kind="conversation",
            availability=_WEEKDAYS,
            hours_week=1,
            certificate_required=False,
            starts_on=on.today,
        )
        _, self.asked = support_rules.request(
            case, self.action, self.consent, (), request, need_id=new_id(), now=tx.now
        )
        told.append(self.asked)
        self.told = Caused.each(told, event)


async def ask_the_best(tx: Transaction, events: Sequence[Recorded[SupportNeedRequested]]) -> None:
    """Every coordinator asks the best candidate at once, need by need, counting the hours that those before took."""
    causes = {event.fact.need_id: event for event in events}
    open_needs = await needs.all_for_update(tx, causes)
    on = day_of(tx.now)
    found = await needs.candidates(tx, list(open_needs.values()), on)
    await volunteers.lock(tx, sorted({one.volunteer_id for some in found.values() for one in some}))
    given: dict[UUID, int] = {}
    steps, looks, told = [], [], []
    for need_id, event in causes.items():
        need = open_needs[need_id]
        permit(_coordinator(need.team), Action.PROPOSE_MATCH, Resource(need.team))
        free = [
            one._replace(reserved_hours=one.reserved_hours + given[one.volunteer_id])
            if one.volunteer_id in given
            else one
            for one in found[need_id]
        ]
        [best] = scoring.best(need, [one for one in free if one.reserved_hours < one.hours_week], 1)
        step = propose(need, best.standing, new_id(), best.score, scoring.WEIGHTS_VERSION, tx.now)
        given[best.standing.volunteer_id] = given.get(best.standing.volunteer_id, 0) + need.hours_week
        looks.append(Look(Action.PROPOSE_MATCH, "match", step.match.match_id, need.household_id))
        steps.append(step)
        told += Caused.each(list(step.told), event)
    await needs.save(tx, [step.need for step in steps])
    await matches.add(tx, [step.match for step in steps])
    await audit.record(tx, looks)
    await outbox.append(tx, told)


def _coordinator(team: str) -> Actor:
    return Actor(UUID(int=1), frozenset({Role.VOLUNTEER_COORDINATOR}), team)
