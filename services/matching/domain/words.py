"""Dutch words (B1) for what people read: a page, a reason, a refusal. Computed from numbers and codes, never stored."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from services.matching.domain import week
from wij.calendar import day_of

KINDS = {
    "conversation": "een praatje maken",
    "errands": "boodschappen doen",
    "inform": "informatie zoeken of uitleggen",
    "accompany": "samen ergens naartoe gaan",
    "practical": "een klus in of om het huis",
    "respite": "de mantelzorger even vrij geven",
    "admin": "helpen met post en formulieren",
}

LANGUAGES = {
    "ar": "Arabisch",
    "ber": "Berbers",
    "de": "Duits",
    "dse": "Nederlandse Gebarentaal",
    "en": "Engels",
    "es": "Spaans",
    "fa": "Farsi",
    "fr": "Frans",
    "fy": "Fries",
    "gos": "Gronings",
    "nl": "Nederlands",
    "pap": "Papiaments",
    "pl": "Pools",
    "prs": "Dari",
    "pt": "Portugees",
    "ro": "Roemeens",
    "ru": "Russisch",
    "so": "Somalisch",
    "ti": "Tigrinya",
    "tr": "Turks",
    "uk": "Oekraïens",
    "zh": "Chinees",
}

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


def distance(metres: int) -> str:
    """About how far: whole hundreds of metres, or kilometres with one decimal."""
    hundreds = max(1, (metres + 50) // 100)
    if hundreds < 10:
        return f"ongeveer {hundreds * 100} meter"
    whole, tenth = divmod(hundreds, 10)
    return f"ongeveer {whole},{tenth} km" if tenth else f"ongeveer {whole} km"


def day(when: date) -> str:
    """A date as people say it: zaterdag 7 november 2026."""
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"


def last_day(term: datetime) -> str:
    """The last day of a term that ends with a day."""
    return day(day_of(term - timedelta(seconds=1)))


def times(bits: int) -> Sequence[str]:
    """Days and hours: `dinsdag van 9 tot 15 uur`."""
    return [f"{_DAYS[span.day]} van {span.from_hour} tot {span.to_hour} uur" for span in week.spans(bits)]


def hours(count: int) -> str:
    """Hours in a week; Dutch says `1 uur` and `3 uur`."""
    return f"{count} uur per week"


def neighbourhood(team: str) -> str:
    """The neighbourhood a team is named after (S4-8): `selwerd` is Selwerd."""
    return " ".join(part.capitalize() for part in team.split("-"))
