"""A volunteer answers by a link: single-purpose, for a while, once; in a page that works without script."""

import asyncio
import base64
import re
from collections import Counter
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import httpx
import pytest

from services.matching.commands import ResolveContacts
from services.matching.handlers import answer_links, matches
from tests.conftest import ClientFor
from tests.matching import scene
from tests.people import HANNEKE, SAMIRA, told, warmed
from wij.access import Action
from wij.database import Database
from wij.errors import Refusal
from wij.events.matching import MatchAcceptedByVolunteer, MatchDeclined, SupportNeedReopened
from wij.identity import Actor, service_actor

HTML = {"Accept": "text/html,application/xhtml+xml"}
JSON = {"Accept": "application/json"}


async def link_of(here: Database, match_id: UUID) -> str:
    """The path of a fresh link, as notify gets it at the moment it sends."""
    async with here.transaction(service_actor("notify")) as tx:
        found = await answer_links.resolve(tx, ResolveContacts(answer_links=(match_id,)), "http://wij.test/matching")
    [item] = found.items
    assert item.link is not None
    return item.link.removeprefix("http://wij.test")


async def asked(here: Database) -> tuple[UUID, str]:
    """A proposal, and its link."""
    need = await scene.need(here)
    match = await scene.propose(here, need.need_id, (await scene.volunteer(here)).volunteer_id)
    return match.match_id, await link_of(here, match.match_id)


async def state_of(here: Database, match_id: UUID) -> str:
    async with here.transaction(HANNEKE) as tx:
        return (await matches.shown(tx, match_id)).state


async def test_all_a_volunteer_sees_before_both_said_yes(here: Database, client: ClientFor) -> None:
    """I12, the whole of it: a field that appears here is a decision."""
    match_id, link = await asked(here)
    answered = await client("matching").get(link, headers=JSON)
    async with here.transaction(HANNEKE) as tx:
        due = (await matches.shown(tx, match_id)).due_at
    assert answered.status_code == 200
    assert answered.json() == {
        "kind": "conversation",
        "kind_words": "een praatje maken",
        "hours_week": 2,
        "starts_on": scene.SOON.isoformat(),
        "times": [{"day": 1, "from": 9, "to": 15}],
        "times_words": ["dinsdag van 9 tot 15 uur"],
        "buurt": "BU00140202",
        "neighbourhood": "Selwerd",
        "distance_words": "ongeveer 100 meter",
        "answer_before": due.isoformat().replace("+00:00", "Z"),
    }


async def test_the_page_is_dutch_needs_no_script_and_carries_its_own_policy(here: Database, client: ClientFor) -> None:
    _, link = await asked(here)
    page = await client("matching").get(link, headers=HTML)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert '<html lang="nl">' in page.text
    assert "Een praatje maken" in page.text
    assert "dinsdag van 9 tot 15 uur" in page.text
    assert "<script" not in page.text
    assert page.text.count("<button") == 2
    style = re.search(r"<style>(.*)</style>", page.text, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(sha256(style[1].encode()).digest()).decode()
    policy = page.headers["content-security-policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "form-action 'self'" in policy
    assert "default-src 'none'" in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    assert link.rpartition("/")[2] not in page.text, "the page does not repeat its own secret"


async def test_looking_never_answers(here: Database, client: ClientFor) -> None:
    match_id, link = await asked(here)
    for _ in range(3):
        await client("matching").get(link, headers=HTML)
    before = await told(here)
    assert (await client("matching").head(link)).status_code == 405
    assert await state_of(here, match_id) == "proposed"
    assert await told(here) == before


async def test_yes_by_the_form(here: Database, client: ClientFor) -> None:
    match_id, link = await asked(here)
    page = await client("matching").post(link, data={"answer": "accept"}, headers=HTML)
    assert page.status_code == 200
    assert "<h1>Dank u" in page.text
    assert "<strong>ja</strong>" in page.text
    async with here.transaction(HANNEKE) as tx:
        assert (await matches.shown(tx, match_id)).volunteer_accepted
    assert isinstance((await told(here))[-1], MatchAcceptedByVolunteer)


async def test_no_as_json(here: Database, client: ClientFor) -> None:
    """I25, by the link."""
    match_id, link = await asked(here)
    answered = await client("matching").post(link, json={"answer": "decline", "reason": "no_time"}, headers=JSON)
    assert answered.json() == {"answer": "decline"}
    assert await state_of(here, match_id) == "declined"
    declined, reopened = (await told(here))[-2:]
    assert isinstance(declined, MatchDeclined)
    assert (declined.by, declined.reason) == ("volunteer", "no_time")
    assert isinstance(reopened, SupportNeedReopened)


async def test_of_twenty_answers_at_once_one_counts(here: Database, client: ClientFor) -> None:
    match_id, link = await asked(here)
    one_of_us = client("matching")
    await one_of_us.get(link)
    await warmed(here)

    async def answer(number: int) -> httpx.Response:
        said = "accept" if number % 2 else "decline"
        return await one_of_us.post(link, json={"answer": said}, headers=JSON)

    answers = await asyncio.gather(*(answer(number) for number in range(20)))
    assert Counter(one.status_code for one in answers) == {200: 1, 410: 19}
    facts = [fact for fact in await told(here) if isinstance(fact, MatchAcceptedByVolunteer | MatchDeclined)]
    assert len(facts) == 1
    [said] = [one.json()["answer"] for one in answers if one.status_code == 200]
    assert await state_of(here, match_id) == ("proposed" if said == "accept" else "declined")


async def test_a_link_we_never_gave_and_a_link_of_an_earlier_mail_say_what_to_do(
    here: Database, client: ClientFor
) -> None:
    match_id, first = await asked(here)
    second = await link_of(here, match_id)
    for link in ("/matching/v1/answer-links/of-somebody-else", first):
        page = await client("matching").get(link, headers=HTML)
        assert page.status_code == 404
        assert "Deze link werkt niet" in page.text
        assert (await client("matching").post(link, data={"answer": "accept"})).status_code == 404
        assert (await client("matching").get(link, headers=JSON)).json()["type"] == "urn:wij:problem:unknown-link"
    assert (await client("matching").get(second)).status_code == 200


async def test_a_link_is_dead_after_its_term(here: Database, client: ClientFor) -> None:
    match_id, link = await asked(here)
    async with here.transaction(service_actor("matching")) as tx:
        await tx.run("update answer_links set expires_at = $1", tx.now - timedelta(seconds=1))
    page = await client("matching").post(link, data={"answer": "accept"}, headers=HTML)
    assert page.status_code == 410
    assert "Deze vraag is gesloten" in page.text
    assert await state_of(here, match_id) == "proposed"


async def test_a_link_is_dead_once_the_answer_came_by_telephone(here: Database, client: ClientFor) -> None:
    match_id, link = await asked(here)
    await scene.answer(here, match_id, "volunteer", "accept")
    page = await client("matching").get(link, headers=HTML)
    assert page.status_code == 410
    assert "U hebt al antwoord gegeven" in page.text


async def test_who_chooses_nothing_is_asked_again(here: Database, client: ClientFor) -> None:
    match_id, link = await asked(here)
    for body in ({}, {"answer": "perhaps"}, {"answer": "accept", "more": "x"}, {"answer": "x" * 2000}):
        page = await client("matching").post(link, data=body, headers=HTML)
        assert page.status_code == 400
        assert "Kies een van de twee knoppen" in page.text
    assert (await client("matching").post(link, json=[], headers=JSON)).status_code == 400
    assert await state_of(here, match_id) == "proposed"


async def test_only_the_hash_of_a_token_is_kept(here: Database) -> None:
    _, link = await asked(here)
    token = link.rpartition("/")[2]
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    async with here.transaction(service_actor("matching")) as tx:
        rows = await tx.rows("select * from answer_links")
        everything = await tx.value("select string_agg(t::text, ' ') from access_log t")
    assert [row["token_hash"] for row in rows] == [sha256(token.encode()).digest()]
    assert token not in everything


async def test_notify_resolves_contacts_and_gets_links_for_what_still_waits(here: Database, client: ClientFor) -> None:
    match_id, _ = await asked(here)
    async with here.transaction(HANNEKE) as tx:
        volunteer_id = (await matches.shown(tx, match_id)).volunteer_id
    over = await scene.matched(here)
    answered = await client("matching", service_actor("notify")).post(
        "/matching/v1/contacts/_resolve",
        json={"volunteers": [str(volunteer_id)], "answer_links": [str(match_id), str(over.match_id)]},
    )
    contact, link = answered.json()["items"]
    assert contact == {
        "kind": "volunteer",
        "id": str(volunteer_id),
        "given_name": "Anneke",
        "email": "anneke@voorbeeld.example",
        "phone": "0612345678",
        "link": None,
    }
    assert (link["kind"], link["id"]) == ("answer_link", str(match_id))
    assert (await client("matching").get(link["link"])).status_code == 200
    async with here.transaction(service_actor("matching")) as tx:
        looks = await tx.value("select count(*) from access_log where action = $1", str(Action.RESOLVE_CONTACT))
    assert looks >= 2


@pytest.mark.parametrize("person", [HANNEKE, SAMIRA])
async def test_nobody_but_a_service_resolves_contacts(here: Database, client: ClientFor, person: Actor) -> None:
    answered = await client("matching", person).post("/matching/v1/contacts/_resolve", json={"volunteers": []})
    assert answered.status_code == 403
    match_id, _ = await asked(here)
    with pytest.raises(Refusal):
        async with here.transaction(person) as tx:
            await answer_links.asked(tx, "a-token")
    async with here.transaction(person) as tx:
        assert await tx.value("select count(*) from answer_links where match_id = $1", match_id) == 0
