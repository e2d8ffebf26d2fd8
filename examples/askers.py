"""The people who ask something in the example municipality, and their words (from questions.txt)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from examples import names
from examples.places import postcodes

_CHANNELS = (  # how many come in, and who asks there
    ("stip", 60, ("zelf", "zelf", "zelf", "zelf", "familie", "buur")),
    ("zorgloket", 40, ("zelf", "zelf", "familie", "beroepskracht")),
    ("website", 30, ("website", "website", "zelf")),
    ("wij-locatie", 25, ("zelf", "zelf", "buur")),
    ("cjg", 20, ("zelf", "familie", "beroepskracht")),
    ("partner", 15, ("beroepskracht",)),
    ("signaal", 10, ("buur",)),
)
_AGAIN = 14
"""Households that ask twice, through two channels."""
_GREETINGS = ("", "", "", "Goedemorgen. ", "Goedemiddag. ", "Hallo, ik hoop dat u mij kunt helpen. ")
_GOODBYES = (
    "",
    "",
    "",
    " Alvast bedankt voor het meedenken.",
    " Belt u liever na vijf uur, dan ben ik thuis.",
    " Een briefje in de bus mag ook.",
    " Ik hoor graag van u.",
    " Het hoeft niet morgen, maar wel binnenkort.",
    " 's Ochtends ben ik het best te bereiken.",
)


@dataclass(frozen=True)
class Question:
    """What somebody could ask, and the ages it fits."""

    words: str
    youngest: int = 24
    oldest: int = 84


@dataclass(frozen=True)
class Somebody:
    """A person who lives somewhere, and whom a question is about."""

    given: str
    family: str
    born: str
    postcode: str
    number: int
    addition: str


def requests() -> Iterable[dict[str, object]]:
    """All requests, always the same."""
    random = Random("requests")  # the same people every time, on purpose
    piles = {who: _without_end(random, questions) for who, questions in _questions().items()}
    order = [(channel, random.choice(who)) for channel, count, who in _CHANNELS for _ in range(count)]
    random.shuffle(order)
    before: list[tuple[str, Somebody]] = []
    for n, (channel, who) in enumerate(order):
        question = next(piles[who])
        others = [somebody for other, somebody in before if other != channel]
        somebody = random.choice(others) if n >= len(order) - _AGAIN else _somebody(random, question)
        anonymous = who in {"buur", "website"} and random.random() < 0.35
        if not anonymous:
            before.append((channel, somebody))
        yield {
            "kenmerk": f"V-{n + 1:04}",
            "kanaal": channel,
            "anoniem": "ja" if anonymous else "nee",
            **_asker(random, who, somebody, n, anonymous=anonymous),
            "postcode": somebody.postcode,
            "huisnummer": somebody.number,
            "toevoeging": somebody.addition,
            "vraag": _said(random, who, question),
        }


def _questions() -> dict[str, list[Question]]:
    """The questions, by who asks them."""
    found: dict[str, list[Question]] = {}
    for line in (Path(__file__).parent / "questions.txt").read_text("utf-8").splitlines():
        if match := re.fullmatch(r"(\w+)(?: (\d+)-(\d+))?: (.+)", line):
            who, youngest, oldest, words = match.groups()
            question = Question(words, int(youngest), int(oldest)) if youngest else Question(words)
            found.setdefault(who, []).append(question)
    return found


def _without_end(random: Random, questions: Sequence[Question]) -> Iterator[Question]:
    """The questions in a random order, and again in another."""
    while True:
        yield from random.sample(questions, len(questions))


def _said(random: Random, who: str, question: Question) -> str:
    """The words, with a choice made in each pair of braces; people who come in person greet."""
    words = re.sub(r"\{([^}]*)\}", lambda match: random.choice(match[1].split("|")), question.words)
    if who in {"beroepskracht", "website"}:
        return words
    return random.choice(_GREETINGS) + words + random.choice(_GOODBYES)


def _somebody(random: Random, question: Question) -> Somebody:
    """Somebody whom the question fits; most live in the two neighbourhoods of the cast."""
    near = random.random() < 0.7
    teams = ("selwerd", "paddepoel") if near else ("stad", "korreweg", "oosterpark", "beijum")
    postcode = random.choice([code for code, buurt in postcodes().items() if buurt.team in teams])
    born = date(2026 - random.randint(question.youngest, question.oldest), 1, 1) - timedelta(random.randrange(365))
    number, addition = random.randint(1, 240), random.choice(("", "", "", "", "", "A", "B", "12"))
    return Somebody(names.given(random), names.family(random), born.strftime("%d-%m-%Y"), postcode, number, addition)


def _asker(random: Random, who: str, somebody: Somebody, n: int, *, anonymous: bool) -> dict[str, object]:
    """Who speaks: the person it is about, or somebody else with a name of their own."""
    columns = ("voornaam", "achternaam", "relatie", "geboortedatum", "telefoon", "email")
    if anonymous:
        return dict.fromkeys(columns, "")
    relation = "zelf" if who == "website" else who
    given, family, born = somebody.given, somebody.family, somebody.born
    if relation != "zelf":
        given, born = names.given(random), ""
        family = family if relation == "familie" and random.random() < 0.6 else names.family(random)
    phone = f"06-0000{n + 1:04}" if random.random() < 0.7 else ""
    email = f"{given}.{family}@post.example".lower() if random.random() < 0.6 or not phone else ""
    return dict(zip(columns, (given, family, relation, born, phone, email), strict=True))
