"""The hard conditions and the steps of a match, as rules: no database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.matching.domain import assignment, conditions, proposal, words
from services.matching.domain.match import (
    AlreadyAnswered,
    Match,
    MatchOver,
    NotBothAccepted,
    NotIntroduced,
    NotProposed,
    NotRunning,
    NotYet,
)
from services.matching.domain.need import ConsentNotValid, Need, NeedNotOpen
from services.matching.scoring import score
from tests.matching.test_points import NEED, SOMEBODY
from wij.errors import Refusal

NOW = datetime(2026, 2, 10, 12, tzinfo=UTC)
START = date(2026, 3, 1)
MISSING = [
    (conditions.NotActive, {"active": False}),
    (conditions.KindNotOffered, {"offers_kind": False}),
    (conditions.NoSharedTime, {"shared": 0}),
    (conditions.LanguageNotSpoken, {"speaks": False}),
    (conditions.CertificateNotValid, {"certificate_valid_until": date(2026, 2, 28)}),
    (conditions.CertificateNotValid, {"certificate_valid_until": None}),
    (conditions.NoHoursLeft, {"reserved_hours": 3}),
    (conditions.HomeUnknown, {"distance_squared": None}),
    (conditions.TooFar, {"distance_squared": 5000**2 + 1}),
    (conditions.OwnHousehold, {"own_household": True}),
    (conditions.Excluded, {"excluded": True}),
    (conditions.DeclinedBefore, {"declined_before": True}),
]


def proposed(need: Need = NEED) -> tuple[Need, Match]:
    step = proposal.propose(need, SOMEBODY, UUID(int=5), score(need, SOMEBODY).score, 1, NOW)
    return step.need, step.match


def matched() -> tuple[Need, Match]:
    step = proposal.answer(*proposed(), "volunteer", "accept", None, NOW)
    step = proposal.answer(step.need, step.match, "household", "accept", None, NOW)
    return step.need, step.match


def introduced() -> tuple[Need, Match]:
    step = assignment.introduce(*matched(), NOW.date(), NOW)
    return step.need, step.match


@pytest.mark.parametrize(("refusal", "different"), MISSING, ids=lambda value: getattr(value, "__name__", None))
def test_a_volunteer_who_misses_one_condition_is_refused_by_its_name(
    refusal: type[Refusal], different: dict[str, object]
) -> None:
    """I9, at the proposal: one missing condition at a time."""
    with pytest.raises(refusal):
        proposal.propose(NEED, SOMEBODY._replace(**different), UUID(int=5), (), 1, NOW)  # type: ignore[arg-type]


def test_every_condition_has_a_test_of_its_own() -> None:
    assert {refusal for refusal, _ in MISSING} == {condition for condition, _ in conditions.CONDITIONS}


def test_exactly_at_the_limit_a_condition_is_met() -> None:
    at_the_limit = SOMEBODY._replace(
        certificate_valid_until=START, reserved_hours=2, distance_squared=5000**2, shared=1 << 55
    )
    assert conditions.unmet(NEED, at_the_limit, START) is None


def test_what_is_not_asked_is_not_missed() -> None:
    nothing_asked = replace(NEED, certificate_required=False)
    assert conditions.unmet(nothing_asked, SOMEBODY._replace(certificate_valid_until=None), START) is None


def test_without_valid_consent_nothing_is_shared() -> None:
    """I9: at the proposal, for the day help would start."""
    with pytest.raises(ConsentNotValid):
        proposed(replace(NEED, consent_until=date(2026, 2, 28)))


def test_help_that_should_have_started_is_judged_by_today() -> None:
    late = replace(NEED, starts_on=date(2026, 1, 1), consent_until=date(2026, 2, 9))
    with pytest.raises(ConsentNotValid):
        proposed(late)


def test_both_sides_have_a_week_and_the_term_ends_with_a_working_day() -> None:
    _, match = proposed()
    assert match.due_at == datetime(2026, 2, 17, 23, tzinfo=UTC)
    assert words.last_day(match.due_at) == "dinsdag 17 februari 2026"
    saturday = datetime(2026, 2, 14, 12, tzinfo=UTC)
    step = proposal.propose(NEED, SOMEBODY, UUID(int=5), (), 1, saturday)
    assert words.last_day(step.match.due_at) == "maandag 23 februari 2026"


def test_a_need_that_is_not_open_is_not_proposed() -> None:
    need, _ = proposed()
    with pytest.raises(NeedNotOpen):
        proposed(need)


@pytest.mark.parametrize("first", ["volunteer", "household"])
def test_both_say_yes_in_any_order(first: str) -> None:
    sides = ["volunteer", "household"] if first == "volunteer" else ["household", "volunteer"]
    need, match = proposed()
    step = proposal.answer(need, match, sides[0], "accept", None, NOW)  # type: ignore[arg-type]
    assert (step.need.state, step.match.state) == ("proposed", "proposed")
    with pytest.raises(AlreadyAnswered):
        proposal.answer(step.need, step.match, sides[0], "accept", None, NOW)  # type: ignore[arg-type]
    step = proposal.answer(step.need, step.match, sides[1], "accept", None, NOW)  # type: ignore[arg-type]
    assert (step.need.state, step.match.state) == ("matched", "matched")
    assert [fact.name for fact in step.told][1:] == ["support_need.matched"]


def test_after_the_second_yes_nobody_answers_any_more() -> None:
    with pytest.raises(NotProposed):
        proposal.answer(*matched(), "volunteer", "decline", None, NOW)


def test_nobody_is_introduced_before_both_said_yes() -> None:
    with pytest.raises(NotBothAccepted):
        assignment.introduce(*proposed(), NOW.date(), NOW)


def test_a_meeting_is_recorded_after_it_took_place() -> None:
    with pytest.raises(NotYet):
        assignment.introduce(*matched(), date(2026, 2, 11), NOW)


def test_help_does_not_start_before_both_said_yes() -> None:
    """I9, at activation."""
    with pytest.raises(NotBothAccepted):
        assignment.activate(*proposed(), SOMEBODY, START)


def test_help_does_not_start_before_they_met() -> None:
    with pytest.raises(NotIntroduced):
        assignment.activate(*matched(), SOMEBODY, START)


@pytest.mark.parametrize(
    ("refusal", "different"),
    [entry for entry in MISSING if entry[0] in conditions.AGAIN_AT_THE_START],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_condition_that_was_lost_since_the_proposal_stops_the_start(
    refusal: type[Refusal], different: dict[str, object]
) -> None:
    """I9, at activation: one missing condition at a time."""
    with pytest.raises(refusal):
        assignment.activate(*introduced(), SOMEBODY._replace(**different), START)  # type: ignore[arg-type]


def test_help_does_not_start_after_the_consent_ends() -> None:
    """I9, at activation."""
    with pytest.raises(ConsentNotValid):
        assignment.activate(*introduced(), SOMEBODY, date(2027, 3, 2))


def test_only_running_help_ends_and_what_is_over_stays_over() -> None:
    with pytest.raises(NotRunning):
        assignment.end(*introduced(), "done", NOW, fulfilled=True)
    step = assignment.withdraw(*introduced(), "volunteer", "moved_house", NOW)
    with pytest.raises(MatchOver):
        assignment.withdraw(step.need, step.match, "volunteer", "moved_house", NOW)
