from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import pytest

from services.plan.commands.case import (
    AcceptHandover,
    CloseCase,
    CloseReason,
    GoalResult,
    Involve,
    OfferHandover,
    RecordAbsence,
)
from services.plan.commands.plan import WriteGoals
from services.plan.commands.support import Slot
from services.plan.domain import absence, case, closure, director, goal, handover, support
from services.plan.domain.absence import Absence, StandIn, effective_director
from tests.plan.facts import A_CASE, AN_OFFER, LATER, NOW, a_plan, an, line, worker
from wij.errors import Refusal

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("different", "refusal"),
    [
        ({"executor_kind": "self"}, None),
        ({"executor_kind": "network"}, None),
        ({"executor_kind": "volunteer"}, None),
        ({"executor_kind": "general_facility"}, goal.InformalFirst),
        ({"executor_kind": "general_facility", "informal_skipped_reason": "nobody near"}, None),
        ({"executor_kind": "professional", "informal_skipped_reason": "too heavy"}, goal.OwnStrengthFirst),
        ({"executor_kind": "professional", "own_strength_considered": "can phone"}, goal.InformalFirst),
        (
            {
                "executor_kind": "professional",
                "own_strength_considered": "can phone",
                "informal_skipped_reason": "too heavy",
            },
            None,
        ),
    ],
)
def test_a_goal_goes_to_the_household_and_its_neighbours_first(
    different: dict[str, Any], refusal: type[Refusal] | None
) -> None:
    """S4-7, S4-12: a professional after own strength was considered; passing over informal help has a reason."""
    ask = WriteGoals(goals=(line(**different),))
    if refusal is None:
        assert goal.write_goals(ask, set(), [an("new")])[0].goal_id == an("new")
    else:
        with pytest.raises(refusal):
            goal.write_goals(ask, set(), [an("new")])


def test_a_goal_that_goes_on_keeps_its_id_and_must_be_of_this_case() -> None:
    ask = WriteGoals(goals=(line(goal_id=an("old")), line()))
    assert [kept.goal_id for kept in goal.write_goals(ask, {an("old")}, [an("a"), an("b")])] == [an("old"), an("b")]
    with pytest.raises(goal.UnknownGoal):
        goal.write_goals(ask, set(), [an("a"), an("b")])


def test_a_goal_stands_in_a_plan_once() -> None:
    ask = WriteGoals(goals=(line(goal_id=an("old")), line(goal_id=an("old"))))
    with pytest.raises(goal.GoalTwice):
        goal.write_goals(ask, {an("old")}, [an("a"), an("b")])


@pytest.mark.parametrize(
    ("slots", "bits"),
    [
        ([(0, 0, 3)], 1),
        ([(0, 9, 12)], 1 << 3),
        ([(0, 9, 15)], 0b11 << 3),
        ([(0, 8, 14)], 1 << 3),
        ([(6, 21, 24)], 1 << 55),
        ([(2, 0, 24)], 0xFF << 16),
        ([(1, 9, 12), (1, 9, 12), (3, 12, 15)], 1 << 11 | 1 << 28),
    ],
)
def test_availability_is_the_whole_blocks_of_three_hours(slots: Sequence[tuple[int, int, int]], bits: int) -> None:
    asked = [Slot(day=day, start=start, end=end) for day, start, end in slots]
    assert support.availability_bits(asked) == bits


@pytest.mark.parametrize("hours", [(9, 9), (12, 9), (10, 12), (10, 14)])
def test_a_slot_without_a_whole_block_is_refused(hours: tuple[int, int]) -> None:
    with pytest.raises(support.NoWholeBlock):
        support.availability_bits([Slot(day=0, start=hours[0], end=hours[1])])


@pytest.mark.parametrize(
    ("receiver", "refusal"),
    [
        (worker("nadia"), None),
        (None, director.NotAWorkerOfTheTeam),
        (worker("nadia", team="paddepoel"), director.NotAWorkerOfTheTeam),
        (worker("nadia", roles=frozenset({"coordinator"})), director.NotAWorkerOfTheTeam),
    ],
)
def test_a_case_is_offered_to_and_taken_over_by_an_active_worker_of_its_team(
    receiver: Any, refusal: type[Refusal] | None
) -> None:
    """I5: at the offer, and again at the acceptance, since a worker may leave in between."""
    ask = OfferHandover(to_id=an("nadia"))
    if refusal is None:
        handover.offer(A_CASE, ask, receiver, None, handover_id=an("h"), now=NOW)
        assert handover.accept(A_CASE, AN_OFFER, AcceptHandover(), receiver, now=NOW).case.epoch == 2
        return
    with pytest.raises(refusal):
        handover.offer(A_CASE, ask, receiver, None, handover_id=an("h"), now=NOW)
    with pytest.raises(refusal):
        handover.accept(A_CASE, AN_OFFER, AcceptHandover(), receiver, now=NOW)


def test_over_the_caseload_limit_a_case_is_taken_over_only_with_a_reason() -> None:
    """I5: the limit is soft; the reason is on record."""
    full = worker("nadia", caseload=20)
    with pytest.raises(handover.OverCaseloadLimit):
        handover.accept(A_CASE, AN_OFFER, AcceptHandover(), full, now=NOW)
    why = AcceptHandover(over_limit_reason="I know the family")
    assert handover.accept(A_CASE, AN_OFFER, why, full, now=NOW).handover.over_limit_reason == "I know the family"


def test_a_case_is_offered_to_one_colleague_at_a_time_and_not_to_its_director() -> None:
    with pytest.raises(handover.AlreadyOffered):
        handover.offer(A_CASE, OfferHandover(to_id=an("tom")), worker("tom"), AN_OFFER, handover_id=an("h"), now=NOW)
    with pytest.raises(handover.DirectsAlready):
        handover.offer(A_CASE, OfferHandover(to_id=an("samira")), worker("samira"), None, handover_id=an("h"), now=NOW)


def test_an_offer_of_a_former_director_is_void() -> None:
    """P3: an act carries the epoch in which it was decided."""
    with pytest.raises(handover.DirectorChanged):
        handover.accept(replace(A_CASE, epoch=2), AN_OFFER, AcceptHandover(), worker("nadia"), now=NOW)


def test_a_colleague_who_becomes_director_is_no_longer_only_involved() -> None:
    involved = replace(A_CASE, involved=frozenset({an("nadia"), an("tom")}))
    switch = handover.accept(involved, AN_OFFER, AcceptHandover(), worker("nadia"), now=NOW)
    assert switch.case.involved == {an("tom")}
    assert [event.name for event in switch.told] == ["case.involvement_ended", "director.handed_over"]


def test_asking_a_colleague_along_leaves_the_director_where_it_is() -> None:
    """S4-5: whoever joins, the fact names no director."""
    joined = replace(A_CASE, involved=frozenset({an("tom")}))
    fact = case.involve(A_CASE, Involve(worker_id=an("joost"), role="debts"), worker("joost", team="paddepoel"))
    assert fact.worker_id == an("joost")
    for who, colleague, refusal in (
        ("samira", worker("samira"), case.DirectorIsOnTheCase),
        ("tom", worker("tom"), case.AlreadyInvolved),
        ("karin", worker("karin", roles=frozenset({"coordinator"})), case.NotAWorker),
        ("nobody", None, case.NotAWorker),
    ):
        with pytest.raises(refusal):
            case.involve(joined, Involve(worker_id=an(who), role="debts"), colleague)
    with pytest.raises(case.NotInvolved):
        case.end_involvement(A_CASE, an("tom"))


def away(worker_id: str, deputy: str, start: int = 0, end: int | None = 10) -> Absence:
    return Absence(
        an(f"{worker_id} away"),
        an(worker_id),
        an(deputy),
        "selwerd",
        NOW + start * HOUR,
        None if end is None else NOW + end * HOUR,
    )


@pytest.mark.parametrize(
    ("around", "refusal"),
    [
        ([], None),
        ([away("samira", "tom", -5, 0)], None),
        ([away("samira", "tom", 10, 20)], None),
        ([away("samira", "tom", 9, 20)], absence.AlreadyAbsent),
        ([away("samira", "tom", -5, None)], absence.AlreadyAbsent),
        ([away("nadia", "tom", 5, 6)], absence.DeputyIsAbsent),
        ([away("nadia", "tom", 10, None)], None),
        ([away("tom", "samira", 2, 3)], absence.StandsInForSomebody),
        ([away("tom", "samira", 4, 4)], None),
        ([away("tom", "nadia", 0, 9)], None),
    ],
)
def test_who_stands_in_is_there_all_the_time(around: list[Absence], refusal: type[Refusal] | None) -> None:
    """I6: neither may the deputy be away in the overlap, nor may a deputy go away."""
    ask = RecordAbsence(worker_id=an("samira"), deputy_id=an("nadia"), starts_at=NOW, ends_at=NOW + 10 * HOUR)
    if refusal is None:
        absence.record_absence(ask, worker("samira"), worker("nadia"), around, absence_id=an("a"), now=NOW)
    else:
        with pytest.raises(refusal):
            absence.record_absence(ask, worker("samira"), worker("nadia"), around, absence_id=an("a"), now=NOW)


@pytest.mark.parametrize(
    ("different", "deputy", "refusal"),
    [
        ({"deputy_id": an("samira")}, worker("samira"), absence.NotADeputyToYourself),
        ({}, worker("nadia", team="paddepoel"), director.NotAWorkerOfTheTeam),
        ({}, None, director.NotAWorkerOfTheTeam),
        ({"starts_at": NOW + HOUR, "ends_at": NOW + HOUR}, worker("nadia"), absence.AbsenceEndsBeforeItStarts),
        ({"starts_at": NOW - 2 * HOUR, "ends_at": NOW - HOUR}, worker("nadia"), absence.AbsenceEndsBeforeItStarts),
    ],
)
def test_an_absence_needs_a_deputy_of_the_team_and_an_end_to_come(
    different: dict[str, Any], deputy: Any, refusal: type[Refusal]
) -> None:
    ask = RecordAbsence(**({"worker_id": an("samira"), "deputy_id": an("nadia")} | different))
    with pytest.raises(refusal):
        absence.record_absence(ask, worker("samira"), deputy, [], absence_id=an("a"), now=NOW)


@pytest.mark.parametrize(("hours", "who"), [(-1, "samira"), (0, "nadia"), (9, "nadia"), (10, "samira"), (11, "samira")])
def test_the_deputy_acts_from_the_first_instant_of_the_absence_up_to_its_end(hours: int, who: str) -> None:
    stand_in = StandIn(an("nadia"), NOW, NOW + 10 * HOUR)
    assert effective_director(an("samira"), stand_in, NOW + hours * HOUR) == an(who)


def test_an_absence_ends_once() -> None:
    ended, _ = absence.end_absence(away("samira", "nadia", -1, None), NOW)
    assert ended.ends_at == NOW
    with pytest.raises(absence.AbsenceIsOver):
        absence.end_absence(ended, NOW + HOUR)
    with pytest.raises(absence.AbsenceIsOver):
        absence.end_absence(away("samira", "nadia", -2, -1), NOW)


def results(*outcomes: str) -> tuple[GoalResult, ...]:
    return tuple(GoalResult(goal_id=an(f"goal {place}"), outcome=outcome) for place, outcome in enumerate(outcomes))


@pytest.mark.parametrize(
    ("given", "reason", "refusal"),
    [
        (results("reached", "dropped"), "goals_reached", None),
        (results("reached"), "goals_reached", closure.EveryGoalOnce),
        (results("reached", "reached", "reached"), "goals_reached", closure.EveryGoalOnce),
        ((*results("reached"), *results("dropped")), "goals_reached", closure.EveryGoalOnce),
        ((), "self_reliant", closure.EveryGoalOnce),
    ],
)
def test_a_case_is_closed_with_an_outcome_for_every_goal_exactly_once(
    given: tuple[GoalResult, ...], reason: CloseReason, refusal: type[Refusal] | None
) -> None:
    ask = CloseCase(reason=reason, goals=given)
    rest: Any = {"plans": [a_plan("active", goals=2)], "reviews": [], "needs": [], "offered": None, "now": NOW}
    if refusal is None:
        told = closure.close_case(A_CASE, ask, **rest).told
        assert told[-1].model_dump(include={"goals_reached", "goals_partly_reached", "goals_dropped"}) == {
            "goals_reached": 1,
            "goals_partly_reached": 0,
            "goals_dropped": 1,
        }
    else:
        with pytest.raises(refusal):
            closure.close_case(A_CASE, ask, **rest)


@pytest.mark.parametrize("reason", get_args(CloseReason))
def test_without_a_plan_a_case_is_closed_for_another_reason_than_goals(reason: CloseReason) -> None:
    rest: Any = {"plans": [a_plan("draft")], "reviews": [], "needs": [], "offered": None, "now": LATER}
    if reason == "goals_reached":
        with pytest.raises(closure.NoGoalsToReach):
            closure.close_case(A_CASE, CloseCase(reason=reason), **rest)
    else:
        told = closure.close_case(A_CASE, CloseCase(reason=reason), **rest).told
        assert [event.name for event in told] == ["plan.closed", "case.closed"]
