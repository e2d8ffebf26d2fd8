"""Weeks as bits, and numbers as words."""

from datetime import date

import pytest

from services.matching.domain import week, words
from services.matching.domain.week import Span
from wij.errors import Invalid


def test_monday_night_is_the_first_bit_and_sunday_evening_the_last() -> None:
    assert week.mask([Span(0, 0, 3)]) == 1
    assert week.mask([Span(6, 21, 24)]) == 1 << 55
    assert week.mask(Span(day, 0, 24) for day in range(7)) == (1 << 56) - 1


def test_only_whole_blocks_count_and_neighbouring_spans_make_one() -> None:
    assert week.mask([Span(1, 8, 13)]) == 1 << 11
    assert week.mask([Span(1, 9, 10), Span(1, 10, 12)]) == 1 << 11


def test_times_without_a_whole_block_are_refused_with_the_blocks_named() -> None:
    with pytest.raises(Invalid) as refused:
        week.mask([Span(1, 13, 15)])
    assert "0-3, 3-6" in refused.value.errors[0].problem


def test_blocks_become_spans_again() -> None:
    spans = [Span(0, 9, 15), Span(0, 18, 21), Span(6, 21, 24)]
    assert week.spans(week.mask(spans)) == spans


@pytest.mark.parametrize(
    ("metres", "said"),
    [
        (0, "ongeveer 100 meter"),
        (449, "ongeveer 400 meter"),
        (949, "ongeveer 900 meter"),
        (950, "ongeveer 1 km"),
        (1230, "ongeveer 1,2 km"),
        (14_999, "ongeveer 15 km"),
    ],
)
def test_a_distance_is_said_roughly(metres: int, said: str) -> None:
    assert words.distance(metres) == said


def test_days_and_times_are_said_as_people_say_them() -> None:
    assert words.day(date(2026, 11, 7)) == "zaterdag 7 november 2026"
    assert words.times(week.mask([Span(1, 9, 15)])) == ["dinsdag van 9 tot 15 uur"]
    assert words.neighbourhood("oud-selwerd") == "Oud Selwerd"
