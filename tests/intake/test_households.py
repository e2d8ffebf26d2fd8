"""Households: members from a day until a day, suggestions without content, and who may be written to."""

import asyncio
from datetime import date, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.intake.commands.area import ResolveContacts
from services.intake.commands.household import (
    AddMember,
    EndMembership,
    RecordDeath,
    RegisterHousehold,
    SearchHouseholds,
    SuppressContact,
)
from services.intake.commands.request import Requester
from services.intake.domain.household import AlreadyMember, AlreadyPrimaryElsewhere, DiedOnAnotherDay
from services.intake.handlers import household, request
from services.intake.views.household import HouseholdView
from tests.intake import town
from tests.people import JOOST, NADIA, SAMIRA, TOM, told, warmed
from wij import clock
from wij.calendar import day_of
from wij.database import Database
from wij.errors import Invalid, NotAllowed, NotFound
from wij.events.intake import HouseholdMemberJoined, HouseholdMemberLeft, PersonContactSuppressed, PersonDeceased
from wij.identity import Actor, service_actor

NOTIFY = service_actor("notify")
TODAY = date.today()  # noqa: DTZ011  # the tests' own calendar


async def with_member(intake: Database, member: AddMember, by: Actor = SAMIRA) -> HouseholdView:
    async with intake.transaction(by) as tx:
        return await household.register_household(
            tx, RegisterHousehold(postcode=town.SELWERD, house_number=40, members=(member,))
        )


async def test_a_household_becomes_known_with_its_people_and_counts_its_versions(place: Database) -> None:
    before = len(await told(place))
    known = await town.home(place)
    assert (known.team, known.buurt, known.version, len(known.members)) == ("selwerd", "BU00140701", 2, 1)
    facts = (await told(place))[before:]
    assert [(fact.name, fact.model_dump()["household_version"]) for fact in facts] == [
        ("household.registered", 1),
        ("household.member_joined", 2),
    ]


async def test_a_household_without_a_known_postcode_is_refused_by_its_field(place: Database) -> None:
    with pytest.raises(Invalid) as refusal:
        await town.home(place, postcode=town.ELSEWHERE)
    assert [error.field for error in refusal.value.errors] == ["postcode"]


async def test_a_worker_of_another_team_does_not_register_a_household_here(place: Database) -> None:
    with pytest.raises(NotAllowed):
        await town.home(place, by=JOOST)


async def test_twenty_households_with_one_person_as_primary_become_one(place: Database) -> None:
    """I14: at most one primary membership at any instant, with 20 at once.

    Joining is held up until all twenty stand where they are about to join: who decided by then on what they had read
    before decided too early.
    """
    await warmed(place)
    second = await town.home(place, kind="secondary")
    member = AddMember(person_id=second.members[0].person_id, kind="primary")
    async with town.as_owner(place) as owner, asyncio.timeout(15):
        async with owner.transaction():
            await owner.execute("lock table memberships in share mode")
            calls = asyncio.gather(*(with_member(place, member) for _ in range(20)), return_exceptions=True)
            while await owner.fetchval("select count(*) from pg_locks where not granted") < 20:
                await asyncio.sleep(0.02)
        outcomes = await calls
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(refused) == 19
    assert all(isinstance(outcome, AlreadyPrimaryElsewhere) for outcome in refused), refused
    joined = [fact for fact in await told(place) if isinstance(fact, HouseholdMemberJoined)]
    assert [fact.membership_kind for fact in joined] == ["secondary", "primary"]


async def test_the_database_refuses_a_second_primary_household(place: Database) -> None:
    """I14: with every check in the code gone, the constraint still holds."""
    first, second = await town.home(place), await town.home(place)
    with pytest.raises(asyncpg.ExclusionViolationError, match="one_primary_household"):
        async with place.transaction(SAMIRA) as tx:
            await tx.run(
                "insert into memberships values ($1, $2, 'primary', daterange(current_date, null))",
                second.household_id,
                first.members[0].person_id,
            )


async def test_a_child_of_two_homes_is_primary_in_one_and_secondary_in_the_other(place: Database) -> None:
    """I14: co-parenting."""
    first = await town.home(place)
    child = first.members[0].person_id
    other = await with_member(place, AddMember(person_id=child, kind="secondary"))
    assert [one.kind for one in other.members] == ["secondary"]
    async with place.transaction(SAMIRA) as tx:
        with pytest.raises(AlreadyMember):
            await household.add_member(tx, other.household_id, AddMember(person_id=child, kind="secondary"))


async def test_after_leaving_one_home_a_person_is_primary_in_the_next(place: Database) -> None:
    """I14: the instant decides, not the past."""
    start = TODAY - timedelta(days=30)
    first = await town.home(place, since=start)
    person = first.members[0].person_id
    async with place.transaction(SAMIRA) as tx:
        after = await household.end_membership(tx, first.household_id, person, EndMembership(until=TODAY))
    assert after.members[0].until == TODAY
    second = await with_member(place, AddMember(person_id=person, since=TODAY))
    assert second.members[0].kind == "primary"
    assert any(isinstance(fact, HouseholdMemberLeft) for fact in await told(place))


async def test_somebody_of_whom_you_may_not_know_cannot_be_linked(place: Database) -> None:
    theirs = await town.home(place, by=JOOST, postcode=town.PADDEPOEL)
    with pytest.raises(NotFound):
        await with_member(place, AddMember(person_id=theirs.members[0].person_id, kind="secondary"))


async def test_a_birth_date_in_the_future_is_refused_by_its_field(place: Database) -> None:
    with pytest.raises(Invalid):
        await town.home(place, birth_date=TODAY + timedelta(days=2))


@pytest.mark.parametrize(
    ("asker", "reasons"),
    [
        ({"house_number": 12}, ["same_address", "same_name"]),
        ({"house_number": 90, "birth_date": date(1944, 3, 2)}, ["same_birth_date", "same_name"]),
        ({"house_number": 90}, []),
    ],
)
async def test_a_likely_household_is_suggested_by_id_and_reason_only(
    place: Database, asker: dict[str, object], reasons: list[str]
) -> None:
    """FL-12: without its content, and typing errors in a name are forgiven; searching is on record (PRIV-05)."""
    known = await town.home(place, by=NADIA, given_name="Gértje", family_name="Bonstra")
    details = {
        "given_name": "Geertje",
        "family_name": "Boonstra",
        "relation": "self",
        "birth_date": asker.get("birth_date"),
    }
    request_id = await town.received(
        place, requester=Requester.model_validate(details), house_number=asker["house_number"]
    )
    async with place.transaction(SAMIRA) as tx:
        found = await request.suggest_households(tx, request_id)
        looks = await tx.value("select count(*) from access_log where action = 'suggest_households'")
    assert [one.model_dump() for one in found.items] == (
        [{"household_id": known.household_id, "reasons": reasons}] if reasons else []
    )
    assert looks == 1 + len(found.items)


@pytest.mark.parametrize("behind_or_ahead", ["Etc/GMT+12", "Pacific/Kiritimati"])
async def test_today_is_the_day_in_the_netherlands_whatever_the_database_thinks(
    place: Database, behind_or_ahead: str
) -> None:
    """Somebody who belongs to a household today only; half a day of each zone is another day than ours."""
    known = await town.home(place, by=NADIA, given_name="Geertje", family_name="Boonstra")
    today = day_of(clock.now())
    async with town.as_owner(place) as owner:
        await owner.execute("update memberships set period = daterange($1::date, $1::date + 1)", today)
    details = {"given_name": "Geertje", "family_name": "Boonstra", "relation": "self"}
    request_id = await town.received(place, requester=Requester.model_validate(details), house_number=12)
    async with place.transaction(SAMIRA) as tx:
        await tx.run(f"set local timezone = '{behind_or_ahead}'")
        [found] = (await request.suggest_households(tx, request_id)).items
    assert (found.household_id, found.reasons) == (known.household_id, ["same_address", "same_name"])


async def test_a_search_tells_a_colleague_that_a_household_is_known_and_who_directs(place: Database) -> None:
    known = await town.home(place, by=NADIA)
    await town.directed_by(place, known.household_id, TOM)
    found = {}
    for worker in (SAMIRA, JOOST):
        async with place.transaction(worker) as tx:
            search = SearchHouseholds(postcode=town.SELWERD, house_number=12)
            found[worker.id] = (await household.search_households(tx, search)).items
            assert await tx.value("select count(*) from access_log where actor_id = $1", worker.id) == 1
    assert [one.model_dump() for one in found[SAMIRA.id]] == [
        {"household_id": known.household_id, "case_open": True, "director_id": TOM.id}
    ]
    assert found[JOOST.id] == []


async def resolve(intake: Database, **ids: tuple[UUID, ...]) -> list[tuple[str, str | None, bool, bool]]:
    async with intake.transaction(NOTIFY) as tx:
        found = (await household.resolve_contacts(tx, ResolveContacts(**ids))).items
    return [(one.kind, one.email, one.suppressed, one.deceased) for one in found]


async def test_who_died_or_wants_no_mail_is_known_when_a_message_is_sent(place: Database) -> None:
    """I27: the data behind it; said twice, told once."""
    first = await town.home(place, email="a@post.example")
    second = await town.home(place, email="b@post.example", given_name="Wim")
    dead, silent = first.members[0].person_id, second.members[0].person_id
    assert await resolve(place, persons=(dead,)) == [("person", "a@post.example", False, False)]
    for _ in range(2):
        async with place.transaction(SAMIRA) as tx:
            await household.record_death(tx, dead, RecordDeath(died_on=TODAY))
            await household.suppress_contact(tx, silent, SuppressContact())
    assert await resolve(place, persons=(dead, silent), households=(first.household_id, uuid4())) == [
        ("person", "a@post.example", False, True),
        ("person", "b@post.example", True, False),
        ("household", "a@post.example", False, True),
    ]
    facts = await told(place)
    assert len([fact for fact in facts if isinstance(fact, PersonDeceased | PersonContactSuppressed)]) == 2
    with pytest.raises(DiedOnAnotherDay):
        async with place.transaction(SAMIRA) as tx:
            await household.record_death(tx, dead, RecordDeath(died_on=TODAY - timedelta(days=3)))


async def test_a_household_is_reached_through_a_living_willing_adult(place: Database) -> None:
    """I27: never through a child, nor through somebody who died while another can be reached."""
    members = (
        AddMember(
            given_name="Kind", family_name="B", birth_date=TODAY - timedelta(days=3000), email="kind@post.example"
        ),
        AddMember(given_name="Oma", family_name="B", birth_date=date(1930, 1, 1), email="oma@post.example"),
        AddMember(given_name="Ouder", family_name="B", birth_date=date(1980, 1, 1), email="ouder@post.example"),
    )
    async with place.transaction(SAMIRA) as tx:
        known = await household.register_household(
            tx, RegisterHousehold(postcode=town.SELWERD, house_number=8, members=members)
        )
        oma = next(one.person_id for one in known.members if one.given_name == "Oma")
        await household.record_death(tx, oma, RecordDeath(died_on=TODAY))
    assert await resolve(place, households=(known.household_id,)) == [("household", "ouder@post.example", False, False)]


async def test_an_anonymous_requester_cannot_be_reached(place: Database) -> None:
    known = await town.received(place)
    unknown = await town.received(place, requester=Requester(anonymous=True))
    assert await resolve(place, requests=(known, unknown)) == [("request", "geertje@post.example", False, False)]
    with pytest.raises(NotAllowed):
        async with place.transaction(SAMIRA) as tx:
            await household.resolve_contacts(tx, ResolveContacts(requests=(known,)))
