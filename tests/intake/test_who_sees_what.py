"""Need to know: in the code, and with the code gone in the database (PRIV-02, PRIV-03, PRIV-05)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest
from structlog.testing import capture_logs

from services.intake.commands.household import SearchHouseholds
from services.intake.handlers import events, household, request
from services.intake.views.request import RequestView
from tests.conftest import PASSWORDS, ClientFor
from tests.intake import town
from tests.intake.town import PLAN, recorded
from tests.people import BEA, FERD, JOOST, KARIN, NADIA, ROY, SAMIRA, SIP, TOM
from wij.call import Cursor
from wij.database import Database
from wij.errors import NotAllowed, NotFound
from wij.events.plan import (
    CaseClosed,
    DirectorAbsenceEnded,
    DirectorAbsenceRecorded,
    HelpRequestAttachedToCase,
    InvolvementAdded,
    InvolvementEnded,
)
from wij.identity import Actor

CONTENT = ("questions", "requesters", "request_notes", "households", "persons", "memberships")


@asynccontextmanager
async def by_hand(place: Database, actor: Actor) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """PostgreSQL as the service's own role with this actor set, and none of our code in between."""
    url = place.settings.database_url.format(role="intake")
    connection = await asyncpg.connect(url, password=PASSWORDS["intake"], server_settings={"search_path": "intake"})
    try:
        async with connection.transaction():
            await connection.execute(
                "select set_config('wij.actor_id', $1, true), set_config('wij.roles', $2, true),"
                " set_config('wij.team', $3, true)",
                str(actor.id),
                ",".join(actor.roles),
                actor.team or "",
            )
            yield connection
    finally:
        await connection.close()


async def rows_seen(place: Database, actor: Actor) -> dict[str, int]:
    """How many rows of each protected table this actor could read with SQL of their own."""
    async with by_hand(place, actor) as sql:
        return {
            table: await sql.fetchval(f"select count(*) from {table}")  # our own table names
            for table in ("help_requests", *CONTENT)
        }


async def sees(place: Database, actor: Actor, household_id: UUID) -> bool:
    """Whether the service shows it; the database must agree."""
    try:
        async with place.transaction(actor) as tx:
            await household.view_household(tx, household_id)
    except (NotFound, NotAllowed):
        shown = False
    else:
        shown = True
    async with by_hand(place, actor) as sql:
        found = await sql.fetchval("select count(*) from households where household_id = $1", household_id)
    assert shown == bool(found), "code and database disagree"
    return shown


async def test_with_the_code_gone_the_database_still_hides_the_rows(place: Database) -> None:
    """PRIV-02: who has nothing to do with it finds nothing, whatever they ask."""
    home = await town.home(place)
    await town.accepted(place, home.household_id)
    nothing = dict.fromkeys(("help_requests", *CONTENT), 0)
    assert await rows_seen(place, JOOST) == nothing
    assert await rows_seen(place, BEA) == nothing
    assert await rows_seen(place, FERD) == nothing
    nobody = Actor(UUID(int=0), frozenset())
    assert await rows_seen(place, nobody) == nothing
    assert await rows_seen(place, SAMIRA) == {
        "help_requests": 1,
        "questions": 1,
        "requesters": 1,
        "request_notes": 0,
        "households": 1,
        "persons": 1,
        "memberships": 1,
    }
    worklist_only = nothing | {"help_requests": 1}
    assert await rows_seen(place, KARIN) == worklist_only
    assert await rows_seen(place, ROY) == worklist_only
    assert await rows_seen(place, SIP) == worklist_only
    not_the_household = nothing | {"help_requests": 1, "questions": 1, "requesters": 1}
    assert await rows_seen(place, TOM) == not_the_household


async def test_a_coordinator_gets_the_row_without_the_words(place: Database) -> None:
    """API-08: field-level output per role; the front office sees where its question stands, not more."""
    request_id = await town.clarified(place)
    seen = {}
    for person in (SAMIRA, TOM, KARIN, SIP):
        async with place.transaction(person) as tx:
            seen[person.id] = isinstance(await request.view_request(tx, request_id), RequestView)
    assert seen == {SAMIRA.id: True, TOM.id: True, KARIN.id: False, SIP.id: False}


async def test_another_team_hears_that_there_is_no_such_request(client: ClientFor, place: Database) -> None:
    request_id = await town.received(place)
    async with client("intake", JOOST) as joost, client("intake", ROY) as roy:
        for method, path in (("GET", ""), ("POST", "/clarification"), ("POST", "/household-suggestions")):
            json = {"topics": ["money"], "urgency": "low"} if path == "/clarification" else None
            answer = await joost.request(method, f"/intake/v1/requests/{request_id}{path}", json=json)
            assert answer.status_code == 404, answer.text
        assert (await roy.get(f"/intake/v1/requests/{request_id}")).status_code == 403
        assert (await joost.get("/intake/v1/requests?team=selwerd")).status_code == 403
        assert (await joost.get("/intake/v1/requests")).json()["items"] == []


async def test_the_words_follow_the_case(place: Database) -> None:
    """PRIV-03: after a handover the former director sees neither words nor household."""
    home = await town.home(place)
    request_id = await town.accepted(place, home.household_id)
    opened = town.case_opened(home.household_id, NADIA, request_id)
    async with place.transaction(PLAN) as tx:
        await events.when_case_opened(tx, [recorded(opened)])

    async def with_words(actor: Actor) -> bool:
        async with place.transaction(actor) as tx:
            return isinstance(await request.view_request(tx, request_id), RequestView)

    assert [await with_words(one) for one in (NADIA, SAMIRA, TOM)] == [True, False, False]
    assert [await sees(place, one, home.household_id) for one in (NADIA, SAMIRA, TOM)] == [True, False, False]
    async with place.transaction(PLAN) as tx:
        await events.when_director_handed_over(tx, [recorded(town.handed_over(opened, TOM), 2)])
    assert [await with_words(one) for one in (NADIA, SAMIRA, TOM)] == [False, False, True]
    assert [await sees(place, one, home.household_id) for one in (NADIA, SAMIRA, TOM)] == [False, False, True]


async def test_the_owner_of_a_request_sees_its_household_until_it_is_a_case(place: Database) -> None:
    home = await town.home(place, by=NADIA)
    assert [await sees(place, one, home.household_id) for one in (NADIA, SAMIRA)] == [True, False]
    request_id = await town.accepted(place, home.household_id)
    assert [await sees(place, one, home.household_id) for one in (NADIA, SAMIRA)] == [True, True]
    opened = await town.directed_by(place, home.household_id, TOM)
    attached = HelpRequestAttachedToCase(
        team="selwerd", case_id=opened.case_id, request_id=request_id, household_id=home.household_id
    )
    async with place.transaction(PLAN) as tx:
        await events.when_help_request_attached(tx, [recorded(attached, 2)])
        assert await tx.value("select state from help_requests") == "attached"
    assert [await sees(place, one, home.household_id) for one in (NADIA, SAMIRA, TOM)] == [False, False, True]


async def test_a_deputy_sees_the_household_only_while_the_director_is_away(place: Database) -> None:
    home = await town.home(place)
    await town.directed_by(place, home.household_id, SAMIRA)
    now = datetime.now(UTC)
    away = DirectorAbsenceRecorded(
        team="selwerd",
        absence_id=uuid4(),
        worker_id=SAMIRA.id,
        deputy_id=TOM.id,
        starts_at=now + timedelta(hours=1),
        ends_at=None,
        case_count=1,
    )
    async with place.transaction(PLAN) as tx:
        await events.when_director_absence_recorded(tx, [recorded(away, 2)])
    assert not await sees(place, TOM, home.household_id), "the absence has not begun"
    begun = away.model_copy(update={"absence_id": uuid4(), "starts_at": now - timedelta(hours=1)})
    async with place.transaction(PLAN) as tx:
        await events.when_director_absence_recorded(tx, [recorded(begun, 3)])
    assert await sees(place, TOM, home.household_id)
    back = DirectorAbsenceEnded(
        team="selwerd", absence_id=begun.absence_id, worker_id=SAMIRA.id, deputy_id=TOM.id, ended_at=now
    )
    async with place.transaction(PLAN) as tx:
        await events.when_director_absence_ended(tx, [recorded(back, 4)])
    assert not await sees(place, TOM, home.household_id)


async def test_involvement_opens_the_household_and_ends_with_it(place: Database) -> None:
    """S4-5; and applying everything twice changes nothing (I23)."""
    home = await town.home(place)
    opened = await town.directed_by(place, home.household_id, SAMIRA)
    about = {"team": "selwerd", "case_id": opened.case_id, "household_id": home.household_id}
    added = InvolvementAdded.model_validate({**about, "worker_id": TOM.id, "role": "debt_adviser"})
    ended = InvolvementEnded.model_validate({**about, "worker_id": TOM.id})
    closed = CaseClosed.model_validate(
        {
            **about,
            "director_id": SAMIRA.id,
            "reason": "goals_reached",
            "goals_reached": 1,
            "goals_partly_reached": 0,
            "goals_dropped": 0,
        }
    )
    async with place.transaction(PLAN) as tx:
        await events.when_involvement_added(tx, [recorded(added, 2), recorded(added, 2)])
    assert await sees(place, TOM, home.household_id)
    async with place.transaction(PLAN) as tx:
        await events.when_involvement_ended(tx, [recorded(ended, 3)])
    assert not await sees(place, TOM, home.household_id)
    for _ in range(2):
        async with place.transaction(PLAN) as tx:
            await events.when_case_opened(tx, [recorded(opened, 1)])
            await events.when_involvement_added(tx, [recorded(added, 2)])
            await events.when_involvement_ended(tx, [recorded(ended, 3)])
            await events.when_director_handed_over(tx, [recorded(town.handed_over(opened, NADIA), 4)])
            await events.when_involvement_added(tx, [recorded(added, 5)])
            await events.when_case_closed(tx, [recorded(closed, 6)])
        seen = [await sees(place, one, home.household_id) for one in (SAMIRA, TOM, NADIA)]
        assert seen == [False, False, True], "the last director answers for what was done"


async def test_an_older_fact_never_wins_from_a_newer_one(place: Database) -> None:
    """I23: while plan's log is read again, the director of before is not let back in."""
    home = await town.home(place)
    opened = await town.directed_by(place, home.household_id, SAMIRA)
    to_tom, to_nadia = (recorded(town.handed_over(opened, to), at) for to, at in ((TOM, 2), (NADIA, 3)))
    async with place.transaction(PLAN) as tx:
        await events.when_director_handed_over(tx, [to_nadia, to_tom])
    assert [await sees(place, one, home.household_id) for one in (TOM, NADIA)] == [False, True]
    async with place.transaction(PLAN) as tx:
        await events.when_case_opened(tx, [recorded(opened, 1)])
        await events.when_director_handed_over(tx, [to_tom])
    assert [await sees(place, one, home.household_id) for one in (TOM, NADIA)] == [False, True]


async def test_with_row_level_security_gone_the_code_still_refuses(place: Database) -> None:
    """PRIV-02: the other half; neither of the two checks leans on the other."""
    home = await town.home(place)
    await town.directed_by(place, home.household_id, NADIA)
    request_id = await town.received(place)
    async with town.as_owner(place) as owner:
        for table in ("help_requests", *CONTENT):
            await owner.execute(f"alter table {table} disable row level security")
    for actor in (SAMIRA, JOOST):
        with pytest.raises(NotAllowed):
            async with place.transaction(actor) as tx:
                await household.view_household(tx, home.household_id)
    with pytest.raises(NotAllowed):
        async with place.transaction(JOOST) as tx:
            await request.view_request(tx, request_id)


async def test_every_look_is_on_record_in_the_same_transaction(place: Database) -> None:
    """PRIV-05: who, what, in which relation."""
    home = await town.home(place)
    request_id = await town.clarified(place)
    async with place.transaction(SAMIRA) as tx:
        before = await tx.value("select coalesce(max(id), 0) from access_log")
        await request.view_request(tx, request_id)
        await household.view_household(tx, home.household_id)
        await household.view_timeline(tx, home.household_id)
        await household.search_households(tx, SearchHouseholds(postcode=town.ELSEWHERE, house_number=1))
        await request.list_requests(tx, None, None, Cursor(None, 5))
        looks = await tx.rows(
            "select action, object_id, relation from access_log where id > $1 and actor_id = $2 order by id",
            before,
            SAMIRA.id,
        )
    assert [tuple(look) for look in looks] == [
        ("view_request", request_id, "involved,team_member"),
        ("view_household", home.household_id, "involved,team_member"),
        ("view_timeline", home.household_id, "involved,team_member"),
        ("search_households", None, None),
        ("list_requests", None, None),
    ]


async def test_without_a_log_there_is_no_answer(client: ClientFor, place: Database) -> None:
    """PRIV-05, P9: the log refuses the row, so nobody sees anything."""
    home = await town.home(place)
    request_id = await town.received(place)
    async with town.as_owner(place) as owner:
        await owner.execute("revoke insert on access_log from intake")
    search = {"postcode": town.SELWERD, "house_number": 12}
    async with client("intake", SAMIRA) as samira:
        with capture_logs() as logged:
            answers = (
                await samira.get(f"/intake/v1/requests/{request_id}"),
                await samira.get("/intake/v1/requests"),
                await samira.post(f"/intake/v1/requests/{request_id}/household-suggestions"),
                await samira.get(f"/intake/v1/households/{home.household_id}"),
                await samira.get(f"/intake/v1/households/{home.household_id}/timeline"),
                await samira.post("/intake/v1/households/_search", json=search),
            )
    for answer in answers:
        assert answer.status_code >= 500, answer.text
        assert "Geertje" not in answer.text
        assert str(home.household_id) not in answer.text
    assert len(logged) == len(answers)


async def test_roles_that_may_not_ask_are_refused_before_anything_is_loaded(client: ClientFor, place: Database) -> None:
    """PRIV-01: default deny."""
    for person, method, path in (
        (BEA, "GET", "/intake/v1/requests"),
        (KARIN, "GET", f"/intake/v1/households/{uuid4()}"),
        (SIP, "POST", "/intake/v1/households/_search"),
        (SAMIRA, "POST", "/intake/v1/contacts/_resolve"),
        (SAMIRA, "PUT", "/intake/v1/teams/selwerd"),
        (FERD, "POST", "/intake/v1/requests"),
    ):
        async with client("intake", person) as http:
            answer = await http.request(method, path, json={}, headers=town.key())
            assert answer.status_code in {400, 403}, (path, answer.text)
            assert answer.status_code == 403 or method in {"POST", "PUT"}
    async with client("intake") as nobody:
        assert (await nobody.get("/intake/v1/requests")).status_code == 401
