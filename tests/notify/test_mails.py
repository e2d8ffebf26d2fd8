"""What a mail says: Dutch for everybody, no more than needed, and exactly what stands in `mails/` (read those)."""

import html
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.notify.channels.writing import Templates
from services.notify.domain.delivery import Contact, Letter, Notification, Ref, compose
from services.notify.domain.known import Known, KnownCase
from services.notify.domain.recipients import Intent, intents
from services.notify.domain.rules import SHOWS, TABLE
from services.notify.domain.wording import before_in_words, day_in_words, moment_in_words
from tests.notify.facts import MOMENT, an_id, example, heard
from tests.people import SAMIRA
from wij.events import Event, matching, plan

SAID = Path(__file__).with_name("mails")

READER = {"request": "Geertje", "household": "Geertje", "worker": "Samira", "volunteer": "Bram"}
CANARIES = ("Boonstra", "Canarisstraat", "9741AB", "geheim")
"""What no mail may ever hold of anybody: surnames, addresses, the question itself."""


def somebody(kind: str) -> Contact:
    """All that an owner would tell; far more than most mails may say."""
    return Contact(
        given_name=READER.get(kind, "Niemand"),
        email=f"{kind}@post.example",
        phone="050-5550123" if kind == "household" else "06-55501234",
        link="http://wij.example/matching/v1/answer-links/abc" if kind == "answer_link" else None,
    )


def letter_for(event: Event, template: str) -> Letter:
    """The letter that the table makes of this event, with every contact known."""
    case = KnownCase(an_id("case"), an_id("household"), SAMIRA.id)
    known = Known(
        cases={case.case_id: case},
        open_case_of={case.household_id: case.case_id},
        facts={
            an_id("match"): {"volunteer_id": an_id("volunteer")},
            an_id("need"): {"kind": "errands", "hours_week": 2},
        },
    )
    [intent] = [one for one in intents(heard(event), known) if (one.channel, one.template) == ("mail", template)]
    return composed(intent)


def composed(intent: Intent) -> Letter:
    """The letter, as `compose` makes it from what owners answer."""
    one = Notification(an_id("notification"), intent, 0, 0, SAMIRA.id, case_closed=False)
    contacts: Mapping[Ref, Contact | None] = {ref: somebody(ref[0]) for ref in one.refs().values()}
    letter = compose(one, contacts, MOMENT)
    assert isinstance(letter, Letter)
    return letter


MAILS = [
    (event, rule.template)
    for event, rules in TABLE.items()
    for rule in rules
    if rule.channel == "mail" and (event, rule.template) != (matching.MatchExpired, "match_ended")
    if (event, rule.template) != (matching.AssignmentWithdrawn, "match_ended")
]


def text_of(page: str) -> str:
    """The words of an HTML mail."""
    body = re.sub(r"<(head|style).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize(("event", "template"), MAILS)
def test_a_mail_says_exactly_what_was_agreed(event: type[Event], template: str) -> None:
    """I12 among them: what a volunteer reads before and after both said yes. Set WIJ_WRITE=1 to write them anew."""
    letter = letter_for(example(event), template)
    subject, text, page = Templates().write(letter)
    whole = f"{subject}\n\n{text.strip()}\n"
    agreed = SAID / f"{template}.txt"
    if os.environ.get("WIJ_WRITE"):
        agreed.write_text(whole, "utf-8")
    assert whole == agreed.read_text("utf-8")
    assert subject in page
    for sentence in re.split(r"(?<=[.?!:])\s+", " ".join(text.split())):
        assert sentence in text_of(page), "text and HTML say the same"


@pytest.mark.parametrize(("event", "template"), MAILS)
def test_a_mail_shows_of_others_only_what_its_list_allows(event: type[Event], template: str) -> None:
    """I12, I21."""
    letter = letter_for(example(event), template)
    subject, text, page = Templates().write(letter)
    allowed = {name for name, fields in SHOWS.get(template, {}).items() if "given_name" in fields}
    shown_names = {somebody("worker" if name == "director" else name).given_name or "" for name in allowed}
    for name in set(READER.values()) - shown_names - {letter.given_name}:
        assert name not in text
    assert not any(name in subject for name in READER.values()), (
        "a subject is read by everybody who looks at the screen"
    )
    phones = re.findall(r"\d{2,3}-\d{6,8}", text)
    assert phones == (["050-5550123"] if "phone" in SHOWS.get(template, {}).get("household", ()) else [])
    assert not any(canary in whole for canary in CANARIES for whole in (subject, text, page))
    assert "@" not in text


def test_a_volunteer_reads_who_it_is_only_after_both_said_yes() -> None:
    """I12."""
    before = Templates().write(letter_for(example(matching.MatchProposed), "match_proposed"))[1]
    after = Templates().write(letter_for(example(matching.SupportNeedMatched), "match_made_volunteer"))[1]
    assert "Geertje" not in before
    assert "050" not in before
    assert "boodschappen doen" in before
    assert "u en Geertje" in after
    assert "050-5550123" in after


def test_a_name_with_html_in_it_stays_a_name() -> None:
    intent = letter_for(example(plan.CaseOpened), "case_opened_household").intent
    letter = Letter(
        an_id("n"), intent, "g@post.example", '<script>alert("x")</script>', {"director": {"given_name": "Sam & Co"}}
    )
    _, text, page = Templates().write(letter)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "Sam &amp; Co" in page
    assert "Sam & Co" in text


@pytest.mark.parametrize(("event", "template"), MAILS)
def test_a_mail_is_still_a_good_letter_when_little_is_known(event: type[Event], template: str) -> None:
    intent = letter_for(example(event), template).intent
    nothing = {name: dict.fromkeys(fields) for name, fields in SHOWS.get(template, {}).items() if name != "answer_link"}
    shown = nothing | ({"answer_link": {"link": "http://wij.example/a"}} if template == "match_proposed" else {})
    facts = {name: value for name, value in intent.facts.items() if name not in {"kind", "hours_week"}}
    text = Templates().write(Letter(an_id("n"), intent._replace(facts=facts), "g@post.example", None, shown))[1]
    assert text.startswith("Goedendag,")
    assert "None" not in text


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 7, 8, 30, tzinfo=UTC), "zaterdag 7 november, 9.30 uur"),
        (datetime(2026, 6, 30, 22, 5, tzinfo=UTC), "woensdag 1 juli, 0.05 uur"),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), "zondag 28 maart, 3.00 uur"),
    ],
)
def test_a_moment_is_written_as_people_say_it(moment: datetime, words: str) -> None:
    assert moment_in_words(moment) == words
    assert words.startswith(day_in_words(moment))


def test_a_term_that_ends_at_midnight_names_its_last_day() -> None:
    assert before_in_words(datetime(2026, 11, 30, 23, 0, tzinfo=UTC)) == "uiterlijk maandag 30 november"
    assert before_in_words(datetime(2026, 11, 7, 8, 30, tzinfo=UTC)) == "vóór zaterdag 7 november, 9.30 uur"
