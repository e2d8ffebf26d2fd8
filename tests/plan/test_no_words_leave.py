import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.plan.store.erasure import erase_due
from tests.conftest import ClientFor
from tests.erasure import after, erase_all
from tests.people import KARIN, NADIA, SAMIRA, TOM, told
from tests.plan.cases import AGREEMENT, CONSENT, GOAL, THE_SERVICE, desk, joined, key, opened, soon, staffed
from wij.database import Database
from wij.events import event_types

CANARIES = (f"Wilhelmina van der Kanarie {number}" for number in range(1000))


def word() -> str:
    """Words about a person, never the same twice."""
    return next(CANARIES)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[Any]:
    def everything() -> str:
        out, err = capsys.readouterr()
        return out + err + caplog.text

    return iter([everything])


async def _hand_over(client: ClientFor, case_id: UUID) -> None:
    """Involved, away, offered and declined, offered and taken back, offered and accepted: from Samira to Nadia."""
    samira, nadia, tom = desk(client, SAMIRA), desk(client, NADIA), desk(client, TOM)
    await samira.post(f"/cases/{case_id}/involvements", {"worker_id": str(TOM.id), "role": "debts"}, expect=201)
    await samira.post(f"/cases/{case_id}/involvements/{TOM.id}/end")
    absence = await desk(client, KARIN).post(
        "/absences", {"worker_id": str(SAMIRA.id), "deputy_id": str(TOM.id)}, expect=201
    )
    await desk(client, KARIN).post(f"/absences/{absence['absence_id']}/end")
    offer = {"to_id": str(TOM.id), "note": word()}
    handover = await samira.post(f"/cases/{case_id}/handovers", offer, expect=201)
    await tom.post(f"/handovers/{handover['handover_id']}/declination", {"reason": "no_room"})
    handover = await samira.post(f"/cases/{case_id}/handovers", offer, expect=201)
    await samira.post(f"/handovers/{handover['handover_id']}/revocation")
    handover = await samira.post(f"/cases/{case_id}/handovers", offer | {"to_id": str(NADIA.id)}, expect=201)
    await nadia.post(f"/handovers/{handover['handover_id']}/acceptance", {"over_limit_reason": word()})


async def test_words_about_people_stay_in_the_tables_of_plan(
    plan: Database, client: ClientFor, said: Iterator[Any]
) -> None:
    """I21, EV-02, PRIV-08: a canary in every text field of every command; none in any event, subject or log line."""
    case_id = await opened(plan)
    await staffed(plan, joined(NADIA, limit=0), joined(TOM))
    samira, nadia = desk(client, SAMIRA), desk(client, NADIA)
    words = {
        name: word()
        for name in ("wish", "own_strength", "network", "own_strength_considered", "informal_skipped_reason")
    }
    goal = GOAL | words | {"executor_kind": "professional"}
    agreement = AGREEMENT | {"agreed_by": word()}

    async def agreed() -> Any:
        draft = await samira.drafted(case_id, goal)
        await samira.put(f"/plans/{draft['plan_id']}", {"goals": [goal | {"wish": word()}]}, 1)
        return await samira.post(f"/plans/{draft['plan_id']}/agreement", agreement)

    refused = await agreed()
    await samira.post(f"/plans/{refused['plan_id']}/refusal", {"reason": "not_now", "note": word()})
    await samira.post(f"/plans/{(await agreed())['plan_id']}/activation", {"next_review_at": soon()})
    version = await agreed()
    active = await samira.post(f"/plans/{version['plan_id']}/activation", {"next_review_at": soon()})
    action = {"goal_id": active["goals"][0]["goal_id"], "what": word(), "owner_kind": "volunteer", "due_at": soon()}
    agreed_action = await samira.post(f"/plans/{active['plan_id']}/actions", action, expect=201)
    consent = await samira.post(
        f"/cases/{case_id}/consents", CONSENT | {"how": word(), "person_id": str(uuid4())}, expect=201
    )
    need = {
        "consent_id": consent["consent_id"],
        "kind": "errands",
        "availability": [{"day": 0, "from": 9, "to": 12}],
        "hours_week": 2,
        "language": "tigrinya",
        "certificate_required": True,
        "starts_on": "2026-12-01",
    }
    asked = await samira.post(f"/actions/{agreed_action['action_id']}/support-need", need, expect=201)
    await samira.post(f"/support-needs/{asked['need_id']}/withdrawal", {"reason": "not_needed"})
    await samira.post(f"/actions/{agreed_action['action_id']}/completion")
    review = {"outcome": "continue", "note": word(), "next_review_at": soon()}
    await samira.post(f"/reviews/{active['reviews'][0]['review_id']}/outcome", review)
    await samira.post(f"/plans/{active['plan_id']}/reviews", {"due_at": soon()}, expect=201)
    await _hand_over(client, case_id)
    await nadia.post(f"/consents/{consent['consent_id']}/withdrawal")
    closing = {
        "reason": "goals_reached",
        "goals": [{"goal_id": active["goals"][0]["goal_id"], "outcome": "reached"}],
        "note": word(),
    }
    answer = await nadia.http.post(f"/plan/v1/cases/{case_id}/closure", json=closing | {"goals": []}, headers=key())
    assert "Kanarie" not in answer.text, "a refusal does not repeat words either"
    await nadia.post(f"/cases/{case_id}/closure", closing)

    file = json.dumps(await nadia.get(f"/cases/{case_id}"))
    assert file.count("Kanarie") > 10, "the words are kept where they belong"
    await after(plan, "case", timedelta(microseconds=1))
    await erase_all(plan, erase_due)
    async with plan.transaction(THE_SERVICE) as tx:
        log = await tx.rows("select subject, body from outbox")
        access = await tx.rows("select access_log::text as line from access_log")
    told_here = [row["subject"] + bytes(row["body"]).decode() for row in log] + [row["line"] for row in access]
    assert [line for line in told_here if "kanarie" in line.lower()] == []
    assert "kanarie" not in next(said)().lower()
    not_told = {event.name for event in event_types("plan").values()} - {fact.name for fact in await told(plan)}
    assert not_told == {"help_request.attached_to_case", "handover.expired"}, (
        "these come from events, without any words"
    )


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("handovers/{id}/declination", {"reason": "mevrouw Kanarie wil niet"}),
        ("plans/{id}/refusal", {"reason": "Kanarie, 06-12345678"}),
        ("support-needs/{id}/withdrawal", {"reason": "kanarie@wij.example"}),
        ("cases/{id}/involvements", {"worker_id": str(uuid4()), "role": "neef van Kanarie"}),
        ("cases/{id}/consents", CONSENT | {"purpose": "voor mevrouw Kanarie"}),
    ],
)
async def test_a_code_is_a_code_and_no_sentence(plan: Database, client: ClientFor, path: str, body: object) -> None:
    """I21: what goes into an event as a code cannot hold a name with a space, a number to call or an address."""
    answer = await client("plan", SAMIRA).post(f"/plan/v1/{path.format(id=uuid4())}", json=body, headers=key())
    assert answer.status_code == 400
    assert "Kanarie" not in answer.text
