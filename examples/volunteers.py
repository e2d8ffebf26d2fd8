"""The volunteers of the example municipality: what they offer, when, and how far from home."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from random import Random

from examples import names
from examples.places import BUURTEN

_TEAMS = {"selwerd": 165, "paddepoel": 135}
"""How many volunteers each team has; these are the teams with a volunteer coordinator in the cast."""
_KINDS = {
    "praatje": 3,
    "boodschappen": 2,
    "meegaan": 2,
    "klussen": 1,
    "informeren": 1,
    "administratie": 1,
    "mantelzorger_ontlasten": 1,
}
"""How often each kind of help is offered."""
_LANGUAGES = {
    "engels": 6,
    "arabisch": 4,
    "gronings": 4,
    "berbers": 2,
    "duits": 2,
    "farsi": 2,
    "frans": 2,
    "oekraiens": 2,
    "papiaments": 2,
    "pools": 2,
    "somalisch": 2,
    "spaans": 2,
    "tigrinya": 2,
    "turks": 2,
    "chinees": 1,
    "fries": 1,
    "gebaren": 1,
}
"""How often each language is spoken beside Dutch."""
_DAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
_PARTS = {"ochtend": 2, "middag": 3, "avond": 1, "9-15": 1, "12-21": 1}


def volunteers() -> Iterable[dict[str, object]]:
    """All volunteers, always the same."""
    random = Random("volunteers")  # the same people every time, on purpose
    teams = [team for team, count in _TEAMS.items() for _ in range(count)]
    for n, team in enumerate(teams, 1):
        given, family = names.given(random), names.family(random)
        near = [buurt for buurt in BUURTEN if buurt.team == team or random.random() < 0.02]
        yield {
            "kenmerk": f"VW-{n:03}",
            "voornaam": given,
            "achternaam": family,
            "email": f"{given}.{family}.{n}@post.example".lower(),
            "telefoon": f"06-0000{1000 + n}" if random.random() < 0.6 else "",
            "team": team,
            "buurt": random.choice(near).code,
            "afstand_km": random.choice(("1", "1,5", "2", "2,5", "3", "4", "5", "8")),
            "soorten": _some(random, _KINDS, random.randint(1, 3)),
            "talen": ",".join(
                filter(None, ("nederlands", _some(random, _LANGUAGES, random.choice((0, 0, 0, 1, 1, 2)))))
            ),
            "beschikbaar": _week(random),
            "uren_per_week": random.choice((1, 2, 2, 2, 3, 3, 4, 4, 6, 8)),
            "vog_geldig_tot": _certificate(random),
        }


def _some(random: Random, words: Mapping[str, int], most: int) -> str:
    """At most so many of the words."""
    return ",".join(dict.fromkeys(random.choices(list(words), list(words.values()), k=most)))


def _week(random: Random) -> str:
    days = random.sample(_DAYS, random.choice((1, 2, 2, 3, 3, 4)))
    return ", ".join(f"{day} {_some(random, _PARTS, 1)}" for day in sorted(days, key=_DAYS.index))


def _certificate(random: Random) -> str:
    """Most are valid for years, some have expired, some were never asked for."""
    lot = random.random()
    if lot < 0.15:
        return ""
    first, years = (date(2024, 1, 1), 2) if lot < 0.22 else (date(2029, 1, 1), 6)
    return (first + timedelta(days=random.randrange(365 * years))).strftime("%d-%m-%Y")
