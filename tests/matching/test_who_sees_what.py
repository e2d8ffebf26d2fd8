"""Who may know of a need, a match or a volunteer: in the code, and in PostgreSQL with the code check off."""

from uuid import UUID

import pytest

from services.matching.handlers import knowing, matches, needs, volunteers
from tests.conftest import ClientFor
from tests.matching import scene
from tests.people import BEA, ELS, FERD, HANNEKE, JOOST, KARIN, MIRJAM, NADIA, ROY, SAMIRA, SIP, TOM, WILLEM
from wij.database import Database
from wij.errors import NotAllowed, NotFound, Refusal
from wij.events.plan import (
    CaseOpened,
    DirectorAbsenceEnded,
    DirectorAbsenceRecorded,
    DirectorHandedOver,
    InvolvementAdded,
    InvolvementEnded,
)
from wij.identity import Actor, service_actor
from wij.ids import new_id

EVERYBODY = [BEA, ELS, FERD, HANNEKE, JOOST, KARIN, MIRJAM, NADIA, ROY, SAMIRA, SIP, TOM, WILLEM]
TABLES = (
    "needs",
    "matches",
    "volunteers",
    "exclusions",
    "cases",
    "involvements",
    "absences",
    "answer_links",
    "standings",
)


async def sees(here: Database, person: Actor, table: str) -> int:
    """Rows PostgreSQL shows this person, with no code of ours in between."""
    async with here.transaction(person) as tx:
        count: int = await tx.value(f"select count(*) from {table}")
        return count


async def who_sees(here: Database, table: str) -> set[UUID]:
    return {person.id for person in EVERYBODY if await sees(here, person, table)}


async def may_see(here: Database, person: Actor, match_id: UUID) -> bool:
    try:
        async with here.transaction(person) as tx:
            await matches.shown(tx, match_id)
    except (NotFound, NotAllowed):
        return False
    return True


async def case_of(here: Database, match_id: UUID) -> CaseOpened:
    async with here.transaction(service_actor("matching")) as tx:
        row = await tx.row("select * from matches join cases using (case_id) where match_id = $1", match_id)
    assert row is not None
    return scene.opened().model_copy(update={"case_id": row["case_id"], "household_id": row["household_id"]})


async def test_with_the_code_check_off_postgresql_shows_a_match_to_its_team_and_its_case_only(here: Database) -> None:
    """PRIV-02."""
    await scene.matched(here)
    assert await who_sees(here, "needs") == {HANNEKE.id, SAMIRA.id}
    assert await who_sees(here, "matches") == {HANNEKE.id, SAMIRA.id}
    assert await who_sees(here, "standings") == {HANNEKE.id, SAMIRA.id}
    assert await who_sees(here, "cases") == {SAMIRA.id}
    assert await who_sees(here, "volunteers") == {HANNEKE.id}
    assert await who_sees(here, "answer_links") == set()


async def test_a_connection_without_an_actor_sees_nothing(here: Database) -> None:
    await scene.matched(here)
    connection = await here.connect()
    try:
        for table in TABLES:
            assert await connection.fetchval(f"select count(*) from {table}") == 0, table
    finally:
        connection.terminate()


async def test_every_table_with_people_in_it_has_row_level_security(here: Database) -> None:
    async with here.transaction(service_actor("matching")) as tx:
        rows = await tx.rows(
            "select relname from pg_class where relnamespace = 'matching'::regnamespace and relkind = 'r'"
            " and not relrowsecurity"
        )
        common = {
            row["relname"]
            for row in await tx.rows(
                "select relname from pg_class where relkind = 'r' and relnamespace = 'matching'::regnamespace"
                " and relname in (select relname from pg_class where relkind = 'r'"
                " and relnamespace = 'notify'::regnamespace)"
            )
        }
    assert {row["relname"] for row in rows} - common == {"places", "capacities"}, "no people: a map, and numbers"


async def test_the_director_changes_hands_and_so_does_the_view(here: Database) -> None:
    """PRIV-03: after a handover the old director sees nothing of it here."""
    match = await scene.matched(here)
    case = await case_of(here, match.match_id)
    handed = DirectorHandedOver(
        team="selwerd",
        case_id=case.case_id,
        household_id=case.household_id,
        handover_id=new_id(),
        from_id=SAMIRA.id,
        to_id=NADIA.id,
        at=match.proposed_at,
    )
    await scene.hear(here, knowing.when_directors_handed_over, handed)
    assert not await may_see(here, SAMIRA, match.match_id)
    assert await may_see(here, NADIA, match.match_id)
    assert await who_sees(here, "matches") == {HANNEKE.id, NADIA.id}


async def test_a_deputy_sees_the_case_while_the_director_is_away(here: Database) -> None:
    match = await scene.matched(here)
    away = DirectorAbsenceRecorded(
        team="selwerd",
        absence_id=new_id(),
        worker_id=SAMIRA.id,
        deputy_id=TOM.id,
        starts_at=match.proposed_at,
        ends_at=None,
        case_count=1,
    )
    await scene.hear(here, knowing.when_absences_recorded, away)
    assert await may_see(here, TOM, match.match_id)
    assert await may_see(here, SAMIRA, match.match_id)
    back = DirectorAbsenceEnded(
        team="selwerd",
        absence_id=away.absence_id,
        worker_id=SAMIRA.id,
        deputy_id=TOM.id,
        ended_at=match.proposed_at,
    )
    await scene.hear(here, knowing.when_absences_ended, back)
    assert not await may_see(here, TOM, match.match_id)


async def test_an_involved_worker_of_another_team_sees_the_case_as_long_as_they_are_on_it(here: Database) -> None:
    match = await scene.matched(here)
    case = await case_of(here, match.match_id)
    ids = {"team": "selwerd", "case_id": case.case_id, "household_id": case.household_id, "worker_id": JOOST.id}
    await scene.hear(here, knowing.when_involvements_added, InvolvementAdded(**ids, role="debts"))
    assert await may_see(here, JOOST, match.match_id)
    await scene.hear(here, knowing.when_involvements_ended, InvolvementEnded(**ids))
    assert not await may_see(here, JOOST, match.match_id)


async def test_a_process_lead_who_directs_acts_as_director(here: Database) -> None:
    case = scene.opened(director=ROY)
    await scene.hear(here, knowing.when_cases_opened, case)
    asked = scene.requested(case)
    await scene.hear(here, needs.when_needs_requested, asked)
    match = await scene.propose(here, asked.need_id, (await scene.volunteer(here)).volunteer_id)
    answered = await scene.answer(here, match.match_id, "household", "accept", ROY)
    assert answered.household_accepted


async def test_the_household_answers_through_those_on_its_case_and_nobody_else(here: Database) -> None:
    asked = await scene.need(here)
    match = await scene.propose(here, asked.need_id, (await scene.volunteer(here)).volunteer_id)
    for person in (HANNEKE, NADIA, KARIN, WILLEM):
        with pytest.raises((NotAllowed, NotFound)):
            await scene.answer(here, match.match_id, "household", "accept", person)
    for person in (SAMIRA, WILLEM):
        with pytest.raises((NotAllowed, NotFound)):
            await scene.answer(here, match.match_id, "volunteer", "accept", person)


async def test_the_coordinator_of_another_team_proposes_nothing_here(here: Database) -> None:
    asked = await scene.need(here)
    who = await scene.volunteer(here, WILLEM, team="paddepoel")
    with pytest.raises(NotFound):
        await scene.propose(here, asked.need_id, who.volunteer_id, WILLEM)
    with pytest.raises(NotAllowed):
        await scene.propose(here, asked.need_id, who.volunteer_id, SAMIRA)


async def test_volunteers_are_seen_and_changed_by_the_coordinators_of_their_own_team(here: Database) -> None:
    """Personal data: the code refuses, and without it PostgreSQL shows no row."""
    who = await scene.volunteer(here)
    async with here.transaction(HANNEKE) as tx:
        assert (await volunteers.shown(tx, who.volunteer_id)).family_name == "Verzonnen"
    for person in (WILLEM, SAMIRA, KARIN):
        with pytest.raises((NotFound, NotAllowed)):
            async with here.transaction(person) as tx:
                await volunteers.shown(tx, who.volunteer_id)
        assert await sees(here, person, "volunteers") == 0
    with pytest.raises(NotAllowed):
        await scene.volunteer(here, WILLEM)


async def test_the_case_is_known_to_those_on_it_and_the_first_name_after_both_said_yes(
    here: Database, client: ClientFor
) -> None:
    """I12, the other way round: those on the case, and through them the household, learn the name then."""
    asked = await scene.need(here)
    match = await scene.propose(here, asked.need_id, (await scene.volunteer(here)).volunteer_id)
    hanneke, samira = client("matching", HANNEKE), client("matching", SAMIRA)
    where = f"/matching/v1/matches/{match.match_id}"
    assert (await hanneke.get(where)).json()["given_name"] == "Anneke"
    assert (await samira.get(where)).json()["given_name"] is None
    need = f"/matching/v1/needs/{asked.need_id}"
    assert (await hanneke.get(need)).json()["case_id"] is None
    assert (await samira.get(need)).json()["case_id"] == str(asked.case_id)
    await scene.answer(here, match.match_id, "volunteer", "accept")
    await scene.answer(here, match.match_id, "household", "accept")
    assert (await samira.get(where)).json()["given_name"] == "Anneke"
    for person in (hanneke, samira):
        assert [one["match_id"] for one in (await person.get("/matching/v1/matches")).json()["items"]] == [
            str(match.match_id)
        ]
    for outsider in (WILLEM, NADIA):
        assert (await client("matching", outsider).get("/matching/v1/matches")).json()["items"] == []


async def test_each_look_is_on_record_in_the_transaction_of_the_look(here: Database, client: ClientFor) -> None:
    """PRIV-05: no log, no answer."""
    match = await scene.matched(here)
    samira = client("matching", SAMIRA)
    paths = (
        f"/matching/v1/matches/{match.match_id}",
        f"/matching/v1/needs/{match.need_id}",
        f"/matching/v1/households/{match.household_id}/timeline",
        "/matching/v1/matches",
    )
    for path in paths:
        async with here.transaction(BEA) as tx:
            before = await tx.value("select count(*) from access_log where household_id = $1", match.household_id)
        assert (await samira.get(path)).status_code == 200
        async with here.transaction(BEA) as tx:
            row = await tx.row("select * from access_log order by id desc limit 1")
            after = await tx.value("select count(*) from access_log where household_id = $1", match.household_id)
        assert row is not None
        assert (row["actor_id"], row["household_id"], after) == (SAMIRA.id, match.household_id, before + 1)


async def test_a_household_has_one_timeline_for_those_on_its_case(here: Database, client: ClientFor) -> None:
    match = await scene.matched(here)
    where = f"/matching/v1/households/{match.household_id}/timeline"
    items = (await client("matching", SAMIRA).get(where)).json()["items"]
    assert [item["type"].split(".")[-2] for item in items] == [
        "proposed",
        "accepted_by_volunteer",
        "accepted_by_household",
        "matched",
    ]
    assert (await client("matching", NADIA).get(where)).status_code == 404
    assert (await client("matching", HANNEKE).get(where)).status_code == 403


async def test_who_may_not_is_refused_before_anything_is_loaded(here: Database, client: ClientFor) -> None:
    asked = await scene.need(here)
    for person in (SIP, BEA, FERD, KARIN):
        answered = await client("matching", person).get(f"/matching/v1/needs/{asked.need_id}")
        assert answered.status_code == 403
    assert (await client("matching").get(f"/matching/v1/needs/{asked.need_id}")).status_code == 401


async def test_a_refusal_changes_and_tells_nothing(here: Database) -> None:
    """I24."""
    match = await scene.matched(here)
    async with here.transaction(service_actor("matching")) as tx:
        before = await tx.rows("select * from matches"), await tx.value("select count(*) from outbox")
    with pytest.raises(Refusal):
        await scene.answer(here, match.match_id, "volunteer", "decline")
    with pytest.raises(Refusal):
        await scene.start(here, match.match_id)
    async with here.transaction(service_actor("matching")) as tx:
        assert (await tx.rows("select * from matches"), await tx.value("select count(*) from outbox")) == before
