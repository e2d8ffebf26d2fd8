"""What the kills count, by itself."""

from collections import Counter

import pytest

from bench.goals import violations
from bench.kills import KILLS, Tally, blows, count, figures


@pytest.mark.parametrize(
    ("ends", "asked_on", "expected"),
    [
        (["a", "b"], True, Tally(2, 0, 0)),
        (["a"], True, Tally(2, 1, 0)),
        (["a", "a", "a", "b"], True, Tally(2, 0, 1)),
        (["a", "a"], False, Tally(2, 1, 1)),
    ],
)
def test_an_accepted_request_without_end_is_lost_and_one_with_two_is_double(
    ends: list[str], asked_on: bool, expected: Tally
) -> None:
    assert count({"a", "b"}, ends, asked_on=asked_on) == expected


def test_an_end_that_nobody_was_told_of_is_a_question_done_twice_where_everybody_asked_on() -> None:
    assert count({"a"}, ["a", "b"], asked_on=True).double == 1
    assert count({"a"}, ["a", "b"], asked_on=False).double == 0


def test_the_dice_hit_everybody_alike_and_fall_the_same_for_the_same_seed() -> None:
    plan = blows(["web", "plan", "redis"], 7)
    assert plan == blows(["web", "plan", "redis"], 7) != blows(["web", "plan", "redis"], 8)
    assert sorted(Counter(name for _, name in plan).values()) == [6, 7, 7]
    assert len(plan) == KILLS


def test_what_others_lose_stands_beside_ours_and_is_no_failure() -> None:
    [lost, double] = figures({"wij": Tally(900, 0, 0), "naive": Tally(800, 12, 3)})
    assert not violations([lost, double])
    assert lost.cells()[2] == "0 (0-0); of 900, naive 12 of 800"
    assert double.cells()[2] == "0 (0-0); naive 3"


def test_one_lost_notification_of_ours_is_a_failure() -> None:
    assert violations(figures({"wij": Tally(900, 1, 0)}))


def test_without_ours_nothing_was_measured() -> None:
    assert {one.verdict for one in figures({"naive": Tally(800, 12, 3)})} == {"not measured"}
