"""Days and hours as people here write them: "zaterdag 21 november, 10.12 uur"."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Europe/Amsterdam")

_DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")
_MONTHS = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)


def moment(value: str | datetime) -> str:
    """A moment, on the clock of the neighbourhood."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    here = at.astimezone(HERE)
    return f"{day(here.date())}, {here.hour}.{here.minute:02} uur"


def day(value: str | date) -> str:
    """A day; with the year only when it is not this one, as people do."""
    on = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    year = "" if on.year == datetime.now(HERE).year else f" {on.year}"
    return f"{_DAYS[on.weekday()]} {on.day} {_MONTHS[on.month - 1]}{year}"
