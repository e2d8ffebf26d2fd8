"""Terms as a Dutch municipality counts them: days that work is done, and the last moment of a term.

Days are days in Europe/Amsterdam, so a term that crosses the change of the clock still ends at the end of its last day.
Holidays are those of the Algemene termijnenwet, Good Friday and 5 May among them. No function here reads the clock.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class Unit(StrEnum):
    """What a term is counted in."""

    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    WEEKS = "weeks"


@cache
def _holidays(year: int) -> Mapping[date, str]:
    return dict(country_holidays("NL", years=year, categories=("public", "optional")))


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Whether a municipality works on this day: Monday to Friday, and no holiday."""
    return day.weekday() < 5 and day not in _holidays(day.year)


@lru_cache(maxsize=4096)
def working_day_from(day: date) -> date:
    """This day when it is a working day, otherwise the first one after it."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


@lru_cache(maxsize=4096)
def shift(day: date, amount: int, unit: Unit) -> date:
    """The day that many units later; earlier when `amount` is negative.

    Working days count whole working days after (before) the day itself: one working day after a Friday is Monday.
    """
    match unit:
        case Unit.CALENDAR_DAYS:
            return day + timedelta(days=amount)
        case Unit.WEEKS:
            return day + timedelta(weeks=amount)
        case Unit.WORKING_DAYS:
            step = timedelta(days=1 if amount > 0 else -1)
            for _ in range(abs(amount)):
                day += step
                while not is_working_day(day):
                    day += step
            return day


def day_of(moment: datetime) -> date:
    """The day it is in the Netherlands at this moment."""
    return moment.astimezone(AMSTERDAM).date()


@lru_cache(maxsize=4096)
def end_of(day: date) -> datetime:
    """The last moment of a day in the Netherlands: the midnight that ends it."""
    return datetime.combine(day + timedelta(days=1), time(), AMSTERDAM)


def term_end(now: datetime, amount: int, unit: Unit) -> datetime:
    """When a term that starts now is over (I28).

    The day on which it starts does not count; a term never ends on a weekend or a holiday (Algemene termijnenwet, 1).
    """
    return end_of(working_day_from(shift(day_of(now), amount, unit)))


def moved(moment: datetime, amount: int, unit: Unit) -> datetime:
    """The same time of the day, so many units later or (negative) earlier: for reminders before and after a date."""
    local = moment.astimezone(AMSTERDAM)
    return datetime.combine(shift(local.date(), amount, unit), local.time(), AMSTERDAM)
