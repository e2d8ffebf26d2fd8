"""Teams and their areas, imports, workers and contacts."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from services.intake.commands.area import (
    AssignArea,
    BuurtRow,
    FindContacts,
    ImportBuurten,
    ImportPostcodes,
    PostcodeRow,
    PutContact,
    PutTeam,
    PutWorker,
)
from services.intake.commands.request import AnswerRequest
from services.intake.domain.area import AreaAlreadyChanged, FallbackNotPossible, PlaceUnknown
from services.intake.domain.request import NoSuchContact
from services.intake.handlers import area, request
from tests.conftest import ClientFor
from tests.intake import town
from tests.people import FERD, SAMIRA, SIP, told, warmed
from wij.database import Database
from wij.errors import Invalid, Refusal
from wij.events.intake import HelpRequestReceived, TeamActivated, TeamAreaChanged, WorkerJoinedTeam, WorkerLeftTeam

SELWERD, PADDEPOEL = town.BUURTEN["selwerd"], town.BUURTEN["paddepoel"]


async def assign(intake: Database, team: str, *buurten: str, at: datetime | None = None) -> None:
    async with intake.transaction(FERD) as tx:
        await area.assign_area(tx, AssignArea(team=team, buurten=buurten, valid_from=at))


async def holders(intake: Database, buurt: str, at: datetime | None = None) -> list[str]:
    async with intake.transaction(FERD) as tx:
        areas = await area.list_team_areas(tx, at)
    return [one.team for one in areas.items if one.buurt == buurt]


async def test_moving_a_neighbourhood_ends_the_old_period_and_tells_both_areas(place: Database) -> None:
    """I16, S4-8: one transaction moves it, history keeps who answered before."""
    before = len(await told(place))
    await assign(place, "paddepoel", SELWERD)
    assert await holders(place, SELWERD) == ["paddepoel"]
    assert await holders(place, SELWERD, datetime(2021, 1, 1, tzinfo=UTC)) == ["selwerd"]
    changed = [fact for fact in (await told(place))[before:] if isinstance(fact, TeamAreaChanged)]
    assert {fact.team: [one.buurt for one in fact.places] for fact in changed} == {
        "selwerd": [],
        "paddepoel": [SELWERD, PADDEPOEL],
    }


async def test_assigning_what_a_team_has_already_changes_and_tells_nothing(place: Database) -> None:
    before = len(await told(place))
    await assign(place, "selwerd", SELWERD)
    assert len(await told(place)) == before


async def test_twenty_changes_of_one_neighbourhood_at_once_leave_one_team_at_every_instant(place: Database) -> None:
    """I16: exactly one team per neighbourhood, with 20 changes at once."""
    await warmed(place)
    teams = ["selwerd", "paddepoel", "stad", "later"] * 5
    outcomes = await asyncio.gather(*(assign(place, team, SELWERD) for team in teams), return_exceptions=True)
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert all(isinstance(outcome, AreaAlreadyChanged) for outcome in refused), refused
    assert len(refused) < 20
    assert len(await holders(place, SELWERD)) == 1
    async with place.transaction(FERD) as tx:
        gaps = await tx.value(
            "select count(*) from (select lower(period) <> lag(upper(period)) over (order by period) as gap"
            " from team_areas where buurt = $1) periods where gap",
            SELWERD,
        )
    assert gaps == 0


async def test_the_database_refuses_a_second_team_for_the_same_neighbourhood(place: Database) -> None:
    """I16: with every check in the code gone, the constraint still holds."""
    with pytest.raises(asyncpg.ExclusionViolationError, match="one_team_per_buurt"):
        async with place.transaction(FERD) as tx:
            await tx.run(
                "insert into team_areas (buurt, team, period) values ($1, 'paddepoel', tstzrange(now(), null))", SELWERD
            )


async def test_an_area_changes_after_its_last_change_and_not_before(place: Database) -> None:
    with pytest.raises(AreaAlreadyChanged):
        await assign(place, "paddepoel", SELWERD, at=datetime(2019, 1, 1, tzinfo=UTC))
    assert await holders(place, SELWERD) == ["selwerd"]


async def test_a_neighbourhood_without_coordinates_is_not_assigned(place: Database) -> None:
    async with place.transaction(FERD) as tx:
        await area.import_buurten(tx, ImportBuurten(items=(BuurtRow(code="BU00140799", name="Nieuw"),)))
    with pytest.raises(PlaceUnknown):
        await assign(place, "selwerd", "BU00140799")


async def test_an_import_that_runs_again_changes_nothing_and_tells_nothing(place: Database) -> None:
    items = (
        BuurtRow(code="BU00140801", name="Tuinwijk", x=232_500, y=583_500),
        BuurtRow(code="BU1", name="Kort"),
        BuurtRow(code="BU00140802", name="Half", x=1),
        BuurtRow(code=SELWERD, name="Selwerd", municipality="Groningen", x=232_000, y=583_001),
    )
    async with place.transaction(FERD) as tx:
        first = await area.import_buurten(tx, ImportBuurten(items=items))
    assert [(row.row, row.result) for row in first.items] == [
        (1, "new"),
        (2, "refused"),
        (3, "refused"),
        (4, "changed"),
    ]
    facts = await told(place)
    assert isinstance(facts[-1], TeamAreaChanged), "a place that moved is told by the team that answers for it"
    async with place.transaction(FERD) as tx:
        again = await area.import_buurten(tx, ImportBuurten(items=items))
    assert [row.result for row in again.items] == ["same", "refused", "refused", "same"]
    assert await told(place) == facts


async def test_a_list_without_coordinates_leaves_a_place_where_it_is(place: Database) -> None:
    """The list of CBS names neighbourhoods and does not place them."""
    items = (BuurtRow(code=SELWERD, name="Selwerd", municipality="Groningen", x=232_000, y=583_001),)
    async with place.transaction(FERD) as tx:
        await area.import_buurten(tx, ImportBuurten(items=items))
        facts = await told(place)
        bare = (items[0].model_copy(update={"x": None, "y": None}),)
        again = await area.import_buurten(tx, ImportBuurten(items=bare))
    assert [row.result for row in again.items] == ["same"]
    assert len(await told(place)) == len(facts) + 1, "only the first import moved it"


async def test_a_postcode_in_an_unknown_neighbourhood_is_refused_with_its_row(place: Database) -> None:
    items = (
        PostcodeRow(postcode="9741 ac", buurt=SELWERD),
        PostcodeRow(postcode="9741AD", buurt="BU00149999"),
        PostcodeRow(postcode="974", buurt=SELWERD),
        PostcodeRow(postcode="9741AC", buurt=SELWERD),
    )
    async with place.transaction(FERD) as tx:
        report = await area.import_postcodes(tx, ImportPostcodes(items=items))
    assert [row.result for row in report.items] == ["new", "refused", "refused", "same"]
    assert [row.problem is None for row in report.items] == [True, False, False, True]


async def test_every_postcode_leads_to_one_team(place: Database) -> None:
    """S4-2, S4-3, S4-13: the area's own team; before its start its fallback; for an unknown address the city team."""
    teams = {}
    for postcode in (town.SELWERD, town.PADDEPOEL, town.LATER, town.ELSEWHERE):
        async with place.transaction(SIP) as tx:
            teams[postcode] = (await town.register(tx, town.ask(postcode))).team
    assert list(teams.values()) == ["selwerd", "paddepoel", "stad", "stad"]
    received = [fact for fact in await told(place) if isinstance(fact, HelpRequestReceived)]
    assert [fact.buurt for fact in received] == [*town.BUURTEN.values(), None]


async def test_without_a_city_team_an_unknown_postcode_is_refused_by_its_field(place: Database) -> None:
    async with place.transaction(FERD) as tx:
        for code in ("selwerd", "paddepoel", "later"):
            await area.put_team(tx, code, PutTeam(name=code, active_from=town.LONG_AGO))
    with pytest.raises(Invalid) as refusal:
        async with place.transaction(SIP) as tx:
            await town.register(tx, town.ask(town.ELSEWHERE))
    assert [error.field for error in refusal.value.errors] == ["postcode"]


async def test_a_team_is_told_when_its_start_or_fallback_changes_and_not_for_its_name(place: Database) -> None:
    before = len(await told(place))
    async with place.transaction(FERD) as tx:
        same = PutTeam(name="Een andere naam", active_from=town.LONG_AGO, fallback="stad")
        await area.put_team(tx, "selwerd", same)
    assert len(await told(place)) == before
    async with place.transaction(FERD) as tx:
        await area.put_team(tx, "selwerd", same.model_copy(update={"fallback": None}))
    (fact,) = (await told(place))[before:]
    assert isinstance(fact, TeamActivated)


@pytest.mark.parametrize(("code", "fallback"), [("selwerd", "selwerd"), ("nieuw", "selwerd"), ("stad", "x")])
async def test_a_fallback_team_exists_and_falls_back_to_nobody(place: Database, code: str, fallback: str) -> None:
    """S4-13: one step, so no question goes round in circles."""
    with pytest.raises(FallbackNotPossible):
        async with place.transaction(FERD) as tx:
            await area.put_team(tx, code, PutTeam(name=code, active_from=town.LONG_AGO, fallback=fallback))


async def test_a_worker_is_in_one_team_and_only_news_is_told(place: Database) -> None:
    """S4-5: a worker belongs to one team at a time."""
    worker_id = uuid4()
    ask = PutWorker(team="selwerd", roles=("worker",), caseload_limit=20, name="Iris", email="iris@wij.example")
    before = len(await told(place))
    for now in (ask, ask, ask.model_copy(update={"name": "Iris B."}), ask.model_copy(update={"team": "paddepoel"})):
        async with place.transaction(FERD) as tx:
            await area.put_worker(tx, worker_id, now)
    facts = (await told(place))[before:]
    assert [(type(fact), fact.team) for fact in facts] == [
        (WorkerJoinedTeam, "selwerd"),
        (WorkerLeftTeam, "selwerd"),
        (WorkerJoinedTeam, "paddepoel"),
    ]
    async with place.transaction(FERD) as tx:
        assert [one.team for one in (await area.list_workers(tx, None)).items] == ["paddepoel"]


async def test_a_contact_is_found_near_first_and_never_an_inactive_one(place: Database) -> None:
    """S4-2: at least one contact for every postcode, the team itself as the last."""
    async with place.transaction(SIP) as tx:
        near = await area.find_contacts(tx, FindContacts(topic="money", postcode=town.SELWERD))
        last = await area.find_contacts(tx, FindContacts(topic="something-else", postcode=town.PADDEPOEL))
    assert [one.code for one in near.items] == ["stip-selwerd", "zorgloket", "selwerd"]
    assert [one.code for one in last.items] == ["paddepoel"]


async def test_an_inactive_contact_is_not_pointed_out(place: Database) -> None:
    """S4-2, I24: refused, and the request stays as it was."""
    request_id = await town.received(place)
    before = await told(place)
    pointing = AnswerRequest(answer_kind="contact_pointed", contact="cjg", text="Ga daarheen.")
    with pytest.raises(NoSuchContact):
        async with place.transaction(SAMIRA) as tx:
            await request.answer_request(tx, request_id, pointing)
    assert await told(place) == before


async def test_only_the_functional_administrator_changes_areas(client: ClientFor, place: Database) -> None:
    async with client("intake", SAMIRA) as samira, client("intake", FERD) as ferd:
        body = {"team": "paddepoel", "buurten": [SELWERD]}
        assert (await samira.post("/intake/v1/team-areas", json=body, headers=town.key())).status_code == 403
        answer = await ferd.post("/intake/v1/team-areas", json=body, headers=town.key())
        assert answer.status_code == 201, answer.text
        assert len(answer.json()["items"]) == 2
        teams = await samira.get("/intake/v1/teams")
        assert [team["code"] for team in teams.json()["items"]] == ["later", "paddepoel", "selwerd", "stad"]
        contact = PutContact(code="cjg", name="CJG", kind="cjg", topics=("parenting",)).model_dump(mode="json")
        assert (await ferd.post("/intake/v1/contacts", json=contact, headers=town.key())).status_code == 201


async def test_an_unknown_team_or_neighbourhood_is_named(place: Database) -> None:
    with pytest.raises(Invalid, match="neighbourhoods"):
        await assign(place, "selwerd", "BU00149998")
    with pytest.raises(Refusal):
        await assign(place, "nergens", SELWERD)
