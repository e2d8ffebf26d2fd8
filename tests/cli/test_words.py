"""The words of the command line: weeks, days, sentences about events, sentences about problems."""

from datetime import UTC, datetime
from typing import Any

import pytest

from wij.events import Event, event_types
from wij_cli import dutch
from wij_cli.refusals import Refused
from wij_cli.sentences import sentence
from wij_cli.week import blocks

THIS_YEAR = datetime.now(UTC).year


def test_a_week_is_written_as_people_write_it() -> None:
    assert blocks("ma 9-12, di wo ochtend, vr avond uur, za") == [
        {"day": 0, "from": 9, "to": 12},
        {"day": 1, "from": 9, "to": 12},
        {"day": 2, "from": 9, "to": 12},
        {"day": 4, "from": 18, "to": 21},
        {"day": 5, "from": 9, "to": 21},
    ]


@pytest.mark.parametrize("words", ["", "soms", "ma 12-9", "ma 9-25", "xx ochtend", "ma nacht", "9-12"])
def test_a_week_that_is_not_one_is_refused_with_an_example(words: str) -> None:
    with pytest.raises(ValueError, match=r"such as|write|ends before"):
        blocks(words)


def test_a_moment_is_told_on_the_clock_of_the_neighbourhood() -> None:
    assert dutch.moment(f"{THIS_YEAR}-07-04T10:05:00Z").endswith("4 juli, 12.05 uur")
    assert dutch.moment(f"{THIS_YEAR}-12-04T10:05:00Z").endswith("4 december, 11.05 uur")


def test_the_year_is_told_when_it_is_another_one() -> None:
    assert dutch.day("2019-11-23") == "zaterdag 23 november 2019"
    assert str(THIS_YEAR) not in dutch.day(f"{THIS_YEAR}-11-23")


@pytest.mark.parametrize("event", event_types().values(), ids=lambda event: event.name)
def test_every_event_has_a_dutch_sentence(event: type[Event]) -> None:
    told = sentence(event.type, _example(event), lambda _: "Samira")
    assert not told.startswith("Er gebeurde iets")
    assert told[0].isupper()
    assert told.endswith((".", ")."))


def test_an_event_of_tomorrow_is_told_by_its_name() -> None:
    assert sentence("nl.wij.plan.case.moved.v1", {}, str) == "Er gebeurde iets: case.moved."


def test_a_problem_becomes_a_sentence_with_every_field() -> None:
    problem = {
        "type": "urn:wij:problem:invalid",
        "status": 400,
        "detail": "Some fields are not right.",
        "errors": [{"field": "postcode", "problem": "is not one"}, {"field": "question", "problem": "is empty"}],
    }
    assert str(Refused(problem)) == "postcode: is not one; question: is empty"
    assert Refused(problem).code == "invalid"


def _example(event: type[Event]) -> dict[str, Any]:
    """Some value for every field: the first of a list of words, else a moment, which is also a day and a text."""
    moment = "2026-11-21T09:12:00+00:00"
    codes = {"channel": "stip", "result": "none", "kind": "errands", "by": "volunteer", "owner_kind": "network"}
    codes |= {"urgency": "high", "answer_kind": "info", "goals": "1", "plan_version": "1"}
    closing = {"case.closed": {"reason": "goals_reached"}, "review.held": {"outcome": "continue"}}
    mail = {"channel": "mail"} if event.service == "notify" else {}
    return {name: codes.get(name, moment) for name in event.model_fields} | closing.get(event.name, {}) | mail
