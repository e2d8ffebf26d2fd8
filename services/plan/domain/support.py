"""What the household asks of its neighbours: which kind of help and when, never why."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.plan.commands.support import RequestSupport, Slot
from services.plan.domain.action import ActionIsDone, PlannedAction
from services.plan.domain.case import Case, must_be_open
from services.plan.domain.consent import Consent, must_cover
from wij.errors import Refusal
from wij.events.plan import SupportNeedRequested, SupportNeedWithdrawn

NeedState = Literal["open", "matched", "running", "fulfilled", "withdrawn", "ended"]
OVER: Collection[NeedState] = frozenset({"fulfilled", "withdrawn", "ended"})
"""States after which nothing more comes of a need."""
BLOCK = 3
"""Hours in a block; a day has eight, a week 56."""


class NoWholeBlock(Refusal):
    """Help is asked for in blocks of three hours."""

    status = 400


class AlreadyAsked(Refusal):
    """An action asks for help once at a time."""


class NeedIsOver(Refusal):
    """What ended is not withdrawn."""


@dataclass(frozen=True, slots=True)
class SupportNeed:
    """One question to the neighbourhood; matching tells how it fares."""

    need_id: UUID
    case_id: UUID
    action_id: UUID
    consent_id: UUID
    state: NeedState

    @property
    def over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in OVER


def availability_bits(slots: Collection[Slot]) -> int:
    """The whole 3-hour blocks within these slots: bit 8·day + block, 00:00–03:00 on Monday is bit 0.

    Raises `NoWholeBlock` when a slot holds no whole block.
    """
    bits = 0
    for slot in slots:
        blocks = range(-(-slot.start // BLOCK), slot.end // BLOCK)
        if not blocks:
            raise NoWholeBlock("Each slot holds at least one of the blocks 0–3, 3–6, 6–9, … 21–24 o'clock.")
        for block in blocks:
            bits |= 1 << (8 * slot.day + block)
    return bits


def request(
    case: Case,
    action: PlannedAction,
    consent: Consent,
    asked: Collection[SupportNeed],
    ask: RequestSupport,
    *,
    need_id: UUID,
    now: datetime,
) -> tuple[SupportNeed, SupportNeedRequested]:
    """An action asks the neighbourhood for help, with a consent that covers it.

    `asked` holds the action's earlier needs. Raises `ActionIsDone`, `AlreadyAsked`, `NoWholeBlock` and what
    `consent.must_cover` raises.
    """
    must_be_open(case)
    if action.state == "done":
        raise ActionIsDone("This action was done already, so it needs no help.")
    if any(not need.over for need in asked):
        raise AlreadyAsked("Help was asked for this action already.")
    must_cover(consent, "support_need", ask.starts_on, now)
    need = SupportNeed(
        need_id=need_id, case_id=case.case_id, action_id=action.action_id, consent_id=consent.consent_id, state="open"
    )
    return need, SupportNeedRequested(
        team=case.team,
        need_id=need_id,
        case_id=case.case_id,
        household_id=case.household_id,
        action_id=action.action_id,
        consent_id=consent.consent_id,
        kind=ask.kind,
        buurt=case.buurt,
        availability=availability_bits(ask.availability),
        hours_week=ask.hours_week,
        language=ask.language,
        certificate_required=ask.certificate_required,
        starts_on=ask.starts_on,
        consent_until=consent.until,
    )


def withdraw(need: SupportNeed, case: Case, reason: str) -> tuple[SupportNeed, SupportNeedWithdrawn]:
    """The household no longer asks for it, or may no longer be asked for."""
    if need.over:
        raise NeedIsOver(f"This request for help is {need.state} already.")
    return replace(need, state="withdrawn"), SupportNeedWithdrawn(
        team=case.team, need_id=need.need_id, case_id=case.case_id, household_id=case.household_id, reason=reason
    )


def end_sharing(needs: Collection[SupportNeed], case: Case) -> list[tuple[SupportNeed, SupportNeedWithdrawn]]:
    """A withdrawn consent carries nothing new: what relied on it and does not run yet is withdrawn (I13).

    Help that runs already is known to the volunteer; matching hears of the consent and acts on it.
    """
    return [withdraw(need, case, "consent_withdrawn") for need in needs if need.state in ("open", "matched")]
