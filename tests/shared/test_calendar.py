"""Terms are counted as a Dutch municipality counts them (I28)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from wij.calendar import AMSTERDAM, Unit, day_of, end_of, is_working_day, moved, shift, term_end, working_day_from


@pytest.mark.parametrize(
    ("holiday", "why"),
    [
        (date(2026, 4, 3), "Good Friday, which the Algemene termijnenwet puts on a par"),
        (date(2026, 4, 6), "Easter Monday"),
        (date(2026, 4, 27), "King's day"),
        (date(2026, 5, 5), "5 May, also in a year in which it is no day off everywhere"),
        (date(2026, 5, 14), "Ascension day"),
        (date(2026, 12, 25), "Christmas"),
        (date(2027, 1, 1), "New year"),
        (date(2026, 8, 1), "a Saturday"),
    ],
)
def test_nobody_works_on_a_holiday_or_at_the_weekend(holiday: date, why: str) -> None:
    assert not is_working_day(holiday), why


def test_kings_day_moves_to_saturday_when_it_falls_on_a_sunday() -> None:
    assert is_working_day(date(2025, 4, 28))
    assert not is_working_day(date(2025, 4, 26))


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        (date(2026, 4, 2), 2, date(2026, 4, 8)),  # Maundy Thursday: Easter lies between
        (date(2026, 4, 24), 2, date(2026, 4, 29)),  # the Friday before King's day
        (date(2026, 12, 23), 3, date(2026, 12, 29)),  # Christmas and a weekend
        (date(2026, 12, 30), 2, date(2027, 1, 4)),  # into the next year
        (date(2026, 4, 8), -2, date(2026, 4, 2)),  # and back
        (date(2026, 8, 1), 0, date(2026, 8, 1)),
    ],
)
def test_working_days_step_over_what_is_no_working_day(start: date, days: int, end: date) -> None:
    assert shift(start, days, Unit.WORKING_DAYS) == end


def test_a_term_ends_at_the_end_of_its_last_day_in_the_netherlands() -> None:
    late_evening = datetime(2026, 11, 9, 23, 30, tzinfo=AMSTERDAM)
    assert term_end(late_evening, 2, Unit.WORKING_DAYS) == datetime(2026, 11, 12, tzinfo=AMSTERDAM)


def test_the_day_is_the_day_in_the_netherlands_not_in_utc() -> None:
    assert day_of(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == date(2026, 7, 2)


def test_six_weeks_are_six_weeks_across_the_change_of_the_clock() -> None:
    start = datetime(2026, 10, 5, 9, 0, tzinfo=AMSTERDAM)
    assert term_end(start, 6, Unit.WEEKS) == end_of(date(2026, 11, 16))
    assert term_end(start, 6, Unit.WEEKS).astimezone(UTC) - start.astimezone(UTC) == timedelta(days=42, hours=16)


def test_a_term_never_ends_on_a_weekend_or_a_holiday() -> None:
    start = datetime(2026, 2, 20, 12, 0, tzinfo=AMSTERDAM)  # six weeks later is Good Friday
    assert shift(start.date(), 6, Unit.WEEKS) == date(2026, 4, 3)
    assert term_end(start, 6, Unit.WEEKS) == end_of(date(2026, 4, 7))
    assert working_day_from(date(2026, 4, 3)) == date(2026, 4, 7)


def test_a_reminder_keeps_its_time_of_the_day_across_the_change_of_the_clock() -> None:
    review = datetime(2026, 11, 1, 10, 0, tzinfo=AMSTERDAM)
    assert moved(review, -14, Unit.CALENDAR_DAYS) == datetime(2026, 10, 18, 10, 0, tzinfo=AMSTERDAM)
