from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.plan.handlers.support import FactOfNeed, when_needs_moved
from tests.conftest import ClientFor
from tests.people import SAMIRA, told
from tests.plan.cases import NEED, THE_SERVICE, desk, opened, recorded, staffed
from wij.database import Database
from wij.events.matching import (
    AssignmentActivated,
    SupportNeedEnded,
    SupportNeedFulfilled,
    SupportNeedMatched,
    SupportNeedReopened,
)
from wij.events.plan import SupportNeedRequested


def yesterday() -> str:
    return (datetime.now(UTC) - timedelta(days=2)).date().isoformat()


async def test_an_action_asks_the_neighbourhood_what_and_when_and_never_why(plan: Database, client: ClientFor) -> None:
    """S4-12: the buurt comes from the request, the hours as bits."""
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    slots = [{"day": 0, "from": 9, "to": 15}, {"day": 6, "from": 18, "to": 21}]
    need = await samira.asked_for_help(case_id, await samira.activated(case_id), availability=slots)
    fact = (await told(plan))[-1]
    assert isinstance(fact, SupportNeedRequested)
    assert (fact.need_id, fact.buurt, fact.availability) == (UUID(need["need_id"]), "BU00140202", 0b11 << 3 | 1 << 54)
    assert fact.consent_until == date(2099, 12, 31)


async def test_without_a_consent_that_covers_it_no_help_is_asked(plan: Database, client: ClientFor) -> None:
    """PRIV-09: help that starts on 1 December 2099; nothing is shared on a consent that does not reach it."""
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    action = await samira.acted(await samira.activated(case_id))
    narrow = await samira.consented(case_id, scope=["phone"])
    short = await samira.consented(case_id, until="2099-11-30")
    withdrawn = await samira.consented(case_id)
    await samira.post(f"/consents/{withdrawn['consent_id']}/withdrawal")
    await samira.post(f"/consents/{withdrawn['consent_id']}/withdrawal", expect=409)
    for consent, problem in (
        (narrow, "consent-does-not-cover"),
        (short, "consent-is-over"),
        (withdrawn, "consent-is-withdrawn"),
    ):
        body = NEED | {"consent_id": consent["consent_id"], "starts_on": "2099-12-01"}
        answer = await samira.post(f"/actions/{action['action_id']}/support-need", body, expect=409)
        assert answer["type"] == f"urn:wij:problem:{problem}"
    assert not any(isinstance(fact, SupportNeedRequested) for fact in await told(plan))


async def test_a_consent_of_another_case_is_no_consent(plan: Database, client: ClientFor) -> None:
    """PRIV-09: of another household of the same director, or of nobody."""
    case_id, other = await opened(plan), await opened(plan)
    samira = desk(client, SAMIRA)
    action = await samira.acted(await samira.activated(case_id))
    elsewhere = await samira.consented(other)
    for consent_id in (elsewhere["consent_id"], str(uuid4())):
        await samira.post(f"/actions/{action['action_id']}/support-need", NEED | {"consent_id": consent_id}, expect=404)


async def test_a_consent_that_is_over_is_not_given(plan: Database, client: ClientFor) -> None:
    case_id = await opened(plan)
    body = {
        "legal_basis": "consent",
        "purpose": "p",
        "recipient_kind": "v",
        "scope": ["a"],
        "until": yesterday(),
        "how": "h",
    }
    await desk(client, SAMIRA).post(f"/cases/{case_id}/consents", body, expect=400)


async def test_help_is_asked_for_an_action_once_at_a_time(plan: Database, client: ClientFor) -> None:
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    need = await samira.asked_for_help(case_id, await samira.activated(case_id))
    again = NEED | {"consent_id": need["consent_id"]}
    path = f"/actions/{need['action_id']}/support-need"
    await samira.post(path, again, expect=409)
    await samira.post(f"/support-needs/{need['need_id']}/withdrawal", {"reason": "not_needed"})
    await samira.post(f"/support-needs/{need['need_id']}/withdrawal", {"reason": "not_needed"}, expect=409)
    await samira.post(path, again, expect=201)
    await samira.post(f"/actions/{need['action_id']}/completion")
    await samira.post(path, again, expect=409)


async def test_a_withdrawn_consent_takes_what_has_not_begun_with_it(plan: Database, client: ClientFor) -> None:
    """I13: no new sharing from this moment; what runs is known to the volunteer already."""
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    active = await samira.activated(case_id)
    waiting, running = [await samira.asked_for_help(case_id, active) for _ in range(2)]
    await _hear(plan, _facts(case_id, running["need_id"])["running"])
    for need in (waiting, running):
        await samira.post(f"/consents/{need['consent_id']}/withdrawal")
    needs = (await samira.get(f"/cases/{case_id}"))["support_needs"]
    assert [need["state"] for need in needs] == ["withdrawn", "running"]
    assert [fact.name for fact in await told(plan)][-3:] == [
        "consent.withdrawn",
        "support_need.withdrawn",
        "consent.withdrawn",
    ]


def _facts(case_id: UUID, need_id: str) -> dict[str, FactOfNeed]:
    about: dict[str, Any] = {"team": "selwerd", "need_id": UUID(need_id), "case_id": case_id, "household_id": uuid4()}
    return {
        "matched": SupportNeedMatched(**about, match_id=uuid4(), waited_days=1),
        "open": SupportNeedReopened(**about, match_id=uuid4(), reason="declined"),
        "running": AssignmentActivated(
            **about, assignment_id=uuid4(), volunteer_id=uuid4(), starts_on=date(2026, 12, 1)
        ),
        "fulfilled": SupportNeedFulfilled(**about),
        "ended": SupportNeedEnded(**about, reason="no_match"),
    }


async def _hear(plan: Database, *facts: FactOfNeed) -> None:
    async with plan.transaction(THE_SERVICE) as tx:
        await when_needs_moved(tx, [recorded(fact) for fact in facts])


PATHS: Sequence[tuple[Sequence[str], str]] = (
    (["matched"], "matched"),
    (["matched", "running"], "running"),
    (["matched", "open"], "open"),
    (["running", "open", "matched"], "matched"),
    (["running", "fulfilled"], "fulfilled"),
    (["fulfilled", "open"], "fulfilled"),
    (["ended", "matched"], "ended"),
)


async def test_a_need_follows_what_matching_tells_and_what_is_over_stays_over(
    plan: Database, client: ClientFor
) -> None:
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    active = await samira.activated(case_id)
    for path, end in PATHS:
        need = await samira.asked_for_help(case_id, active)
        facts = _facts(case_id, need["need_id"])
        for step in path:
            await _hear(plan, facts[step])
        seen = (await samira.get(f"/cases/{case_id}"))["support_needs"][-1]
        assert (seen["need_id"], seen["state"]) == (need["need_id"], end), path


async def test_several_facts_of_one_need_in_a_batch_are_taken_in_order(plan: Database, client: ClientFor) -> None:
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    need = await samira.asked_for_help(case_id, await samira.activated(case_id))
    facts = _facts(case_id, need["need_id"])
    await _hear(plan, facts["matched"], facts["open"], facts["matched"])
    (seen,) = (await samira.get(f"/cases/{case_id}"))["support_needs"]
    assert seen["state"] == "matched"
    await _hear(plan, facts["running"], facts["fulfilled"], facts["open"])
    (seen,) = (await samira.get(f"/cases/{case_id}"))["support_needs"]
    assert seen["state"] == "fulfilled"


async def test_what_was_withdrawn_here_is_not_revived_by_a_late_fact(plan: Database, client: ClientFor) -> None:
    case_id = await opened(plan)
    await staffed(plan)
    samira = desk(client, SAMIRA)
    need = await samira.asked_for_help(case_id, await samira.activated(case_id))
    await samira.post(f"/support-needs/{need['need_id']}/withdrawal", {"reason": "not_needed"})
    await _hear(plan, *_facts(case_id, need["need_id"]).values())
    (seen,) = (await samira.get(f"/cases/{case_id}"))["support_needs"]
    assert seen["state"] == "withdrawn"
