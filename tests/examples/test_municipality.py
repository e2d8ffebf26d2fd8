"""The example municipality: whole, consistent, always the same, and nobody in it exists."""

import csv
import io
import re
from collections import Counter
from pathlib import Path

import pytest

from examples.generate import MUNICIPALITY, files
from examples.places import BUURTEN, TEAMS, WIJKEN, postcodes
from wij.cast import CAST
from wij_cli.imports import areas, contacts, requests, volunteers, workers
from wij_cli.imports.sending import Ask

REAL_PEOPLE = {
    *(
        "Bartol",
        "Bruggen",
        "Jansen",
        "Scholten",
        "Kuiper",
        "Wit",
        "Schnieders",
        "Huisman",
        "Werf",
        "Holwerda",
        "Cazemier",
    ),
    *("Mulder", "Schroor", "Diepenveen", "Dijk", "Ooijen", "Helder"),
}
"""Family names of people who stand in the papers this product was made from; nobody here carries one."""


def text(name: str) -> str:
    return (MUNICIPALITY / name).read_text("utf-8")


@pytest.fixture(scope="module")
def asked() -> list[Ask]:
    asks, bad = requests.parse(text("requests.csv"))
    assert bad == []
    return list(asks)


@pytest.fixture(scope="module")
def offered() -> list[Ask]:
    asks, bad = volunteers.parse(text("volunteers.csv"))
    assert bad == []
    return list(asks)


def test_making_the_files_again_gives_the_same_bytes() -> None:
    assert {name: text(name) for name in files()} == files()


def test_200_requests_come_in_through_all_seven_channels(asked: list[Ask]) -> None:
    assert len(asked) == 200
    assert len({ask.reference for ask in asked}) == 200
    assert Counter(ask.body["channel"] for ask in asked).keys() == set(requests.CHANNELS.values())


def test_some_ask_without_a_name_and_some_households_ask_twice(asked: list[Ask]) -> None:
    anonymous = [ask for ask in asked if ask.body["requester"]["anonymous"]]
    assert 10 <= len(anonymous) <= 40
    at = Counter((ask.body["postcode"], ask.body["house_number"], ask.body["addition"]) for ask in asked)
    assert sum(count > 1 for count in at.values()) >= 10
    for place, count in at.items():
        channels = {
            ask.body["channel"]
            for ask in asked
            if (ask.body["postcode"], ask.body["house_number"], ask.body["addition"]) == place
        }
        assert count == 1 or len(channels) > 1


def test_nobody_says_the_same_words_three_times(asked: list[Ask]) -> None:
    """Questions are varied: no sentence is on more than a few lips."""
    said = Counter(max(re.split(r"(?<=[.?]) ", ask.body["question"]), key=len) for ask in asked)
    assert max(said.values()) <= 4
    assert len(said) >= 90


def test_every_postcode_lies_in_a_neighbourhood_that_a_team_answers_for(asked: list[Ask]) -> None:
    found, bad = areas.parse(text("areas.csv"))
    assert bad == []
    places = {ask.body["postcode"]: ask.body["buurt"] for ask in found.postcodes}
    answered = {ask.reference for team in found.answering.values() for ask in team}
    assert set(places.values()) == answered == {ask.reference for ask in found.buurten}
    assert {ask.body["postcode"] for ask in asked} <= set(places)
    assert found.answering.keys() == {ask.reference for ask in found.teams} == TEAMS.keys()


def test_the_postcodes_cannot_be_real() -> None:
    """Dutch postcodes do without the letters F, I, O, Q, U and Y."""
    assert len(postcodes()) == 4 * len(BUURTEN)
    assert all(re.fullmatch(r"9999[FQUY][A-Z]", postcode) for postcode in postcodes())


def test_codes_and_names_of_neighbourhoods_follow_each_other() -> None:
    assert all(buurt.wijk in WIJKEN for buurt in BUURTEN)
    assert len({buurt.code for buurt in BUURTEN}) == len({buurt.name for buurt in BUURTEN}) == len(BUURTEN)


def test_300_volunteers_differ_in_what_they_offer(offered: list[Ask]) -> None:
    assert len({ask.reference for ask in offered}) == 300
    assert {kind for ask in offered for kind in ask.body["kinds"]} == set(volunteers.KINDS.values())
    assert {language for ask in offered for language in ask.body["languages"]} >= {"nl", "tr", "ar", "en"}
    assert {ask.body["buurt"] for ask in offered} <= {buurt.code for buurt in BUURTEN}
    valid = [ask.body["certificate_valid_until"] for ask in offered]
    assert 20 <= valid.count(None) <= 80
    assert sum(until is not None and until < "2026" for until in valid) >= 10


def test_the_cast_works_where_it_can_sign_in() -> None:
    asks, bad = workers.parse(text("workers.csv"))
    assert bad == []
    listed = {ask.reference: ask.body for ask in asks}
    for person in CAST.values():
        if person.team is None:
            continue
        body = listed[str(person.id)]
        assert (body["name"], body["email"], body["team"]) == (person.name, person.email, person.team)
        assert body["roles"] == [person.role.value]


def test_every_team_that_receives_has_somebody_to_look_and_somebody_to_work() -> None:
    asks, _ = workers.parse(text("workers.csv"))
    for team, (_, start, _) in TEAMS.items():
        roles = {role for ask in asks if ask.body["team"] == team for role in ask.body["roles"]}
        assert roles >= {"worker", "coordinator", "process_lead"} or start > "2030"


def test_there_is_a_contact_for_the_whole_city_and_one_that_stopped() -> None:
    asks, bad = contacts.parse(text("contacts.csv"))
    assert bad == []
    assert any(ask.body["team"] is None and ask.body["active"] for ask in asks)
    assert any(not ask.body["active"] for ask in asks)


def test_no_number_and_no_mail_address_could_be_anybodys() -> None:
    for path in sorted(MUNICIPALITY.glob("*.csv")):
        content = path.read_text("utf-8")
        for address in re.findall(r"[\w.+-]+@[\w.-]+", content):
            assert address.endswith(".example"), address
        for number in re.findall(r"\b0\d{1,2}-\d{6,}", content):
            assert re.fullmatch(r"06-0000\d{4}|050-000\d{4}", number), number


def test_nobody_carries_the_name_of_somebody_real(asked: list[Ask], offered: list[Ask]) -> None:
    people = [ask.body["requester"].get("family_name", "") for ask in asked] + [
        ask.body["family_name"] for ask in offered
    ]
    halves = (Path(__file__).parents[2] / "examples/names.txt").read_text("utf-8")
    seconds = re.findall(r"^second: (.+)$", halves, re.MULTILINE)[0].split()
    assert all(not name or name.endswith(tuple(seconds)) for name in people)
    names = {row["name"].split()[-1] for row in _dicts("workers.csv")} | set(people)
    assert names.isdisjoint(REAL_PEOPLE)


def _dicts(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text(name).partition("\n")[2])))
