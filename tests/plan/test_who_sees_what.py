"""PRIV-01, -02, -03, -05: who sees a case; in code, in PostgreSQL with the code check off, and on record."""

from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.plan.handlers.case import view_case
from services.plan.store import case as cases
from tests.conftest import ClientFor
from tests.people import BEA, ELS, FERD, HANNEKE, JOOST, KARIN, MIRJAM, NADIA, ROY, SAMIRA, SIP, TOM, WILLEM, attempt
from tests.plan.cases import CONSENT, GOAL, THE_SERVICE, OwnerOf, desk, key, opened, rows
from wij.access import Action, may
from wij.call import Cursor
from wij.database import Database
from wij.errors import NotFound
from wij.identity import Actor, Role
from wij.settings import Settings

CONTENT = (
    "case_requests",
    "director_periods",
    "involvements",
    "plans",
    "goals",
    "actions",
    "reviews",
    "consents",
    "support_needs",
)


@pytest.fixture
async def full_case(plan: Database, client: ClientFor) -> UUID:
    """A case of Samira with something in every table: offered to Nadia, with Joost of Paddepoel involved."""
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    await samira.asked_for_help(case_id, await samira.activated(case_id))
    await samira.post(f"/cases/{case_id}/involvements", {"worker_id": str(JOOST.id), "role": "debts"}, expect=201)
    ask = {"to_id": str(NADIA.id), "note": "call first"}
    await samira.post(f"/cases/{case_id}/handovers", ask, expect=201)
    return case_id


SEES = {
    SAMIRA: "file",
    JOOST: "file",
    NADIA: "card",
    TOM: "card",
    KARIN: "card",
    ROY: "card",
    HANNEKE: 403,
    MIRJAM: 404,
    ELS: 404,
    WILLEM: 403,
    SIP: 403,
    BEA: 403,
    FERD: 403,
}


async def test_a_case_is_a_file_for_who_works_on_it_a_card_for_its_team_and_nothing_for_others(
    plan: Database, client: ClientFor, full_case: UUID
) -> None:
    """PRIV-02: and its household's timeline is for who works on it."""
    async with plan.transaction(THE_SERVICE) as tx:
        household_id = await tx.value("select household_id from cases where case_id = $1", full_case)
    for person, sees in SEES.items():
        http = client("plan", person)
        answer = await http.get(f"/plan/v1/cases/{full_case}")
        card = await http.get(f"/plan/v1/households/{household_id}/case")
        timeline = await http.get(f"/plan/v1/households/{household_id}/timeline")
        refused = sees if isinstance(sees, int) else 200
        assert (answer.status_code, card.status_code) == (refused, refused), person
        assert ("plans" in answer.json()) == (sees == "file"), person
        assert (timeline.status_code == 200) == (sees == "file"), person


async def test_with_every_check_in_the_code_off_postgresql_still_hides_the_rows(
    plan: Database, full_case: UUID
) -> None:
    """PRIV-02: bare statements, as the service's own role, for each person."""
    for person in SEES:
        on_the_case = person in (SAMIRA, JOOST)
        async with plan.transaction(person) as tx:
            for table in CONTENT:
                assert bool(await tx.value(f"select count(*) from {table}")) == on_the_case, (table, person)
            for table in ("cases", "handovers"):
                seen = bool(await tx.value(f"select count(*) from {table}"))
                assert seen == (on_the_case or person == NADIA), (table, person)
            in_reach = on_the_case or person.team == "selwerd"
            assert bool(await tx.value("select count(*) from case_cards")) == in_reach, person


async def test_a_connection_without_an_actor_sees_nothing(plan: Database, full_case: UUID) -> None:
    """PRIV-02: whoever forgets to say for whom a statement runs gets no row."""
    connection = await plan.connect()
    try:
        for table in (*CONTENT, "cases", "handovers", "case_cards", "households", "absences"):
            assert await connection.fetchval(f"select count(*) from {table}") == 0, table
    finally:
        connection.terminate()


async def test_every_table_with_content_has_row_level_security(plan: Database, settings: Settings) -> None:
    """PRIV-02: a new table without a policy fails here, unless it is named below with its reason."""
    without = {
        "workers",
        "retention",
        "outbox",
        "pending",
        "log",
        "positions",
        "parked",
        "answers",
        "access_log",
        "seals",
        "schema_migrations",
        "salvage",
    }
    """The roster holds no case, and retention none but terms; the others are the log's, and hold ids and codes."""
    owner = await OwnerOf(settings).connect()
    try:
        found = await owner.fetch(
            "select relname from pg_class"
            " where relnamespace = 'plan'::regnamespace and relkind = 'r' and not relrowsecurity"
        )
    finally:
        await owner.close()
    assert {row["relname"] for row in found} - without == set(), "give it a policy, or say why not"


async def test_with_every_check_in_the_code_off_postgresql_still_refuses_to_write(
    plan: Database, full_case: UUID
) -> None:
    """PRIV-02: who does not work on the case changes nothing of it, and only the service opens one."""
    writes = (
        "insert into households (household_id) values (gen_random_uuid())",
        (
            "insert into plans (plan_id, case_id, number, state, version, drafted_at)"
            " values (gen_random_uuid(), $1, 9, 'draft', 1, now())"
        ),
        (
            "insert into consents (consent_id, case_id, legal_basis, purpose, recipient_kind, scope, until, how,"
            " given_at) values (gen_random_uuid(), $1, 'consent', 'p', 'r', '{s}', '2099-12-31', 'h', now())"
        ),
    )
    for person in (TOM, NADIA, KARIN, ELS):
        async with plan.transaction(person) as tx:
            for statement in writes:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with attempt(tx):
                        await tx.run(statement, *([full_case] if "$1" in statement else []))
            for table in CONTENT[1:]:
                assert await tx.run(f"update {table} set case_id = case_id") == 0, (table, person)
    async with plan.transaction(TOM) as tx:
        assert await tx.run("update cases set team = 'paddepoel'") == 0
        assert await tx.run("update handovers set state = 'revoked', answered_at = now()") == 0


async def test_only_the_director_acts(plan: Database, client: ClientFor, full_case: UUID) -> None:
    """PRIV-01, P3: write a plan, ask along, hand over, share, close; who is involved is not in charge."""
    acts: Any = (
        ("plans", {"goals": [GOAL]}, 201),
        ("involvements", {"worker_id": str(TOM.id), "role": "debts"}, 201),
        ("handovers", {"to_id": str(TOM.id)}, 409),
        ("consents", CONSENT, 201),
        ("closure", {"reason": "goals_reached"}, 409),
    )
    for person in (*(person for person in SEES if person != SAMIRA), SAMIRA):
        for path, body, for_the_director in acts:
            answer = await client("plan", person).post(f"/plan/v1/cases/{full_case}/{path}", json=body, headers=key())
            if person == SAMIRA:
                assert answer.status_code == for_the_director, (path, answer.text)
            else:
                assert answer.status_code in {403, 404}, (path, person)


async def test_who_is_involved_carries_out_actions_and_until_they_leave(
    plan: Database, client: ClientFor, full_case: UUID
) -> None:
    joost = desk(client, JOOST)
    file = await joost.get(f"/cases/{full_case}")
    await joost.post(f"/actions/{file['plans'][0]['actions'][0]['action_id']}/completion")
    await desk(client, SAMIRA).post(f"/cases/{full_case}/involvements/{JOOST.id}/end")
    await joost.get(f"/cases/{full_case}", expect=404)
    async with plan.transaction(JOOST) as tx:
        assert await tx.value("select count(*) from goals") == 0


async def test_lists_hold_cards_of_the_team_or_ones_own_page_by_page(plan: Database, client: ClientFor) -> None:
    made = [str(await opened(plan)) for _ in range(3)]
    for person, query, found in (
        (SAMIRA, "", 3),
        (SAMIRA, "?mine=true", 3),
        (NADIA, "", 3),
        (NADIA, "?mine=true", 0),
        (KARIN, "?state=open", 3),
        (KARIN, "?state=closed", 0),
        (JOOST, "", 0),
        (MIRJAM, "", 0),
    ):
        assert len((await desk(client, person).get(f"/cases{query}"))["items"]) == found
    first = await desk(client, KARIN).get("/cases?limit=2")
    rest = await desk(client, KARIN).get(f"/cases?limit=2&cursor={first['next']}")
    assert [card["case_id"] for page in (first, rest) for card in page["items"]] == made
    for forged in ("x", Cursor.to(["x"]), Cursor.to([1]), Cursor.to([]), Cursor.to(made[:2])):
        await desk(client, KARIN).get(f"/cases?cursor={forged}", expect=400)
    assert set(first["items"][0]) == {"case_id", "household_id", "team", "state", "director_id"}


async def test_each_look_and_each_change_is_on_record_and_a_refused_one_shows_nothing(
    plan: Database, client: ClientFor, full_case: UUID
) -> None:
    """PRIV-05."""

    async def log() -> list[tuple[Any, ...]]:
        async with plan.transaction(THE_SERVICE) as tx:
            return await rows(tx, "select actor_id, action, object_id, relation, result from access_log order by id")

    before = len(await log())
    await desk(client, SAMIRA).get(f"/cases/{full_case}")
    await desk(client, TOM).get(f"/cases/{full_case}")
    await desk(client, MIRJAM).get(f"/cases/{full_case}", expect=404)
    await desk(client, JOOST).get(f"/cases/{full_case}")
    await desk(client, SAMIRA).drafted(full_case)
    assert (await log())[before:] == [
        (SAMIRA.id, "view_case", full_case, "director", "shown"),
        (TOM.id, "view_case_card", full_case, "team_member", "shown"),
        (JOOST.id, "view_case", full_case, "involved", "shown"),
        (SAMIRA.id, "write_plan", full_case, "director", "changed"),
    ]


async def test_without_a_log_row_there_is_no_answer(
    plan: Database, client: ClientFor, full_case: UUID, settings: Settings
) -> None:
    """PRIV-05: when the access log cannot be written, nothing is shown."""
    owner = await OwnerOf(settings).connect()
    try:
        await owner.execute("revoke insert on access_log from plan")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with plan.transaction(SAMIRA) as tx:
                await view_case(tx, full_case)
    finally:
        await owner.close()


async def test_a_director_who_lost_the_role_is_no_director(plan: Database, full_case: UUID) -> None:
    """PRIV-01: what the identity provider no longer says does not hold."""
    without = Actor(SAMIRA.id, frozenset({Role.AUDITOR}), "selwerd")
    async with plan.transaction(without) as tx:
        (case,) = await cases.of_ids(tx, [full_case])
        assert not may(without, Action.VIEW_CASE, case.resource(tx.now))


async def test_what_does_not_exist_and_what_one_may_not_know_look_the_same(
    plan: Database, client: ClientFor, full_case: UUID
) -> None:
    mirjam = client("plan", MIRJAM)
    there, not_there = [
        (await mirjam.get(f"/plan/v1/cases/{case_id}")).json()["detail"] for case_id in (full_case, uuid4())
    ]
    assert there == not_there
    async with plan.transaction(TOM) as tx:
        with pytest.raises(NotFound):
            await cases.whole(tx, full_case)


async def test_a_create_that_is_sent_again_is_answered_with_the_same_bytes(
    plan: Database, client: ClientFor, full_case: UUID
) -> None:
    """P2: through plan's own routes."""
    http = client("plan", SAMIRA)
    headers = key()
    draft = await http.post(f"/plan/v1/cases/{full_case}/plans", json={"goals": [GOAL]}, headers=headers)
    again = await http.post(f"/plan/v1/cases/{full_case}/plans", json={"goals": [GOAL]}, headers=headers)
    assert draft.status_code == again.status_code == 201
    assert draft.content == again.content
    assert draft.headers["Location"].endswith(f"/v1/plans/{draft.json()['plan_id']}")
    other = await http.post(f"/plan/v1/cases/{full_case}/plans", json={"goals": []}, headers=headers)
    assert other.status_code == 422
