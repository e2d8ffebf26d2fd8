"""Who can help: what PostgreSQL finds is exactly what asking everybody would find."""

import math
import random
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID

from services.matching.commands import Exclude, RegisterVolunteer, Slot
from services.matching.domain import week
from services.matching.handlers import knowing, needs, volunteers
from services.matching.store import needs as store
from services.matching.views import CandidatesView
from tests.conftest import ClientFor
from tests.matching import scene
from tests.people import HANNEKE, WILLEM
from wij.database import Database
from wij.events.intake import TeamAreaChanged
from wij.events.plan import SupportNeedRequested
from wij.ids import new_id

KINDS = ("conversation", "errands", "accompany", "practical")
LANGUAGES = ("nl", "ar", "tr")


@dataclass
class Somebody:
    """A volunteer as the oracle remembers them: straight from what was registered."""

    volunteer_id: UUID
    offer: RegisterVolunteer
    paused: bool
    excluded: set[UUID]


def oracle(asked: SupportNeedRequested, everybody: list[Somebody], on: date) -> tuple[list[UUID], dict[str, int]]:
    """The rules of matching once more, as plainly as they can be said, over everybody."""
    found: list[tuple[int, int, bytes, UUID]] = []
    refused: dict[str, int] = {}
    for one in everybody:
        offer = one.offer
        blocks = week.mask(week.Span(slot.day, slot.start, slot.end) for slot in offer.availability)
        shared = (blocks & asked.availability).bit_count()
        x, y = (offer.x, offer.y) if offer.x is not None and offer.y is not None else scene.MIDDLE[offer.buurt]
        middle = scene.MIDDLE[asked.buurt]
        square = (x - middle[0]) ** 2 + (y - middle[1]) ** 2
        until = offer.certificate_valid_until
        missed = [
            name
            for name, missing in [
                ("not_active", one.paused),
                ("kind_not_offered", asked.kind not in offer.kinds),
                ("no_shared_time", shared == 0),
                ("language_not_spoken", asked.language is not None and asked.language not in offer.languages),
                ("certificate_not_valid", asked.certificate_required and (until is None or until < on)),
                ("no_hours_left", offer.hours_week < asked.hours_week),
                ("too_far", square > offer.max_distance_m**2),
                ("own_household", offer.household_id == asked.household_id),
                ("excluded", asked.household_id in one.excluded),
            ]
            if missing
        ]
        if missed:
            refused[missed[0]] = refused.get(missed[0], 0) + 1
            continue
        enough = min(asked.availability.bit_count(), max(3, math.ceil(asked.hours_week / 3)))
        points = 500 * max(0, 15_000 - math.isqrt(square)) // 15_000 + 250 * min(shared, enough) // enough + 100 + 100
        tie = sha256(asked.need_id.bytes + one.volunteer_id.bytes).digest()
        found.append((-points, 0, tie, one.volunteer_id))
    return [volunteer_id for *_, volunteer_id in sorted(found)[:10]], refused


def somebody(chance: random.Random, households: list[UUID]) -> RegisterVolunteer:
    exact = chance.random() < 0.8
    buurt = chance.choice(list(scene.MIDDLE))
    middle = scene.MIDDLE[buurt]
    return scene.offer(
        team=chance.choice(["selwerd", "paddepoel"]),
        buurt=buurt,
        x=middle[0] + chance.randint(-9000, 9000) if exact else None,
        y=middle[1] + chance.randint(-9000, 9000) if exact else None,
        max_distance_m=chance.choice([800, 2000, 5000, 15_000]),
        kinds=tuple(chance.sample(KINDS, chance.randint(1, 3))),
        languages=tuple(chance.sample(LANGUAGES, chance.randint(1, 2))),
        availability=tuple(
            Slot(day=chance.randrange(7), start=start, end=start + 3 * chance.randint(1, 2))
            for start in chance.choices(range(0, 19, 3), k=chance.randint(1, 4))
        ),
        hours_week=chance.randint(1, 6),
        certificate_valid_until=chance.choice([None, scene.TODAY + timedelta(days=5), scene.SOON, scene.LATER]),
        household_id=chance.choice(households) if chance.random() < 0.7 else None,
    )


async def candidates(here: Database, need_id: UUID) -> CandidatesView:
    async with here.transaction(HANNEKE) as tx:
        return await needs.candidates(tx, need_id)


async def test_the_ten_best_and_the_counts_are_those_of_asking_everybody(here: Database) -> None:
    """300 random needs over 400 random volunteers of two teams, by a fixed seed; the oracle has its own rules."""
    chance = random.Random(20_261_107)
    cases = [scene.opened() for _ in range(300)]
    everybody = []
    for number in range(400):
        offer = somebody(chance, [case.household_id for case in cases])
        one = Somebody(UUID(int=0), offer, chance.random() < 0.05, set())
        async with here.transaction(HANNEKE if offer.team == "selwerd" else WILLEM) as tx:
            one.volunteer_id = (await volunteers.register(tx, offer)).volunteer_id
            if one.paused:
                await tx.run("update volunteers set state = 'paused' where volunteer_id = $1", one.volunteer_id)
            if number % 10 == 0:
                one.excluded = {case.household_id for case in chance.sample(cases, 30)}
                for household_id in one.excluded:
                    await volunteers.exclude(tx, Exclude(volunteer_id=one.volunteer_id, household_id=household_id))
        everybody.append(one)
    asked = [
        scene.requested(
            case,
            kind=chance.choice(KINDS),
            buurt=chance.choice(list(scene.MIDDLE)),
            availability=sum(1 << bit for bit in chance.sample(range(56), chance.randint(1, 12))),
            hours_week=chance.randint(1, 4),
            language=chance.choice([None, *LANGUAGES]),
            certificate_required=chance.random() < 0.5,
        )
        for case in cases
    ]
    await scene.hear(here, needs.when_needs_requested, *asked)
    found = 0
    for one_need in asked:
        answered = await candidates(here, one_need.need_id)
        best, refused = oracle(one_need, everybody, scene.SOON)
        assert [item.volunteer_id for item in answered.items] == best
        assert {count.condition: count.count for count in answered.refused_counts} == refused
        found += len(best)
    assert found > 1000, "most needs find several"


async def test_the_reach_of_volunteers_is_an_index_also_under_row_level_security(here: Database) -> None:
    asked = await scene.need(here)
    async with here.transaction(HANNEKE) as tx:
        await tx.run("set local enable_seqscan = off")
        plan = await tx.rows(f"explain {store.SQL.candidates_of_needs}", [asked.need_id], scene.SOON)
    assert any("volunteers_by_reach" in row[0] for row in plan)


async def test_neighbours_across_the_border_of_a_team_count_and_show_a_first_name_only(
    here: Database, client: ClientFor
) -> None:
    """I12: of a volunteer of another team the coordinator sees what decides, and nothing else."""
    asked = await scene.need(here)
    neighbour = await scene.volunteer(here, WILLEM, team="paddepoel", buurt=scene.PADDEPOEL, given_name="Berend")
    answered = await client("matching", HANNEKE).get(f"/matching/v1/needs/{asked.need_id}/candidates")
    assert answered.json()["items"] == [
        {
            "volunteer_id": str(neighbour.volunteer_id),
            "given_name": "Berend",
            "team": "paddepoel",
            "points": 787,
            "reasons": [
                "Woont op ongeveer 1,1 km",
                "Kan 1 dagdeel op hetzelfde moment",
                "Heeft nu nog geen andere koppeling",
            ],
            "score": [
                {"component": "distance", "points": 462},
                {"component": "shared_hours", "points": 125},
                {"component": "language", "points": 100},
                {"component": "light_load", "points": 100},
                {"component": "continuity", "points": 0},
            ],
        }
    ]


async def test_why_nobody_else_is_said_in_words(here: Database) -> None:
    asked = await scene.need(here, certificate_required=True)
    await scene.volunteer(here, certificate_valid_until=None)
    answered = await candidates(here, asked.need_id)
    assert [(one.condition, one.words, one.count) for one in answered.refused_counts] == [
        ("certificate_not_valid", "heeft geen geldige VOG", 1)
    ]


async def test_a_volunteer_whose_neighbourhood_is_not_on_the_map_yet_is_found_once_it_is(matching: Database) -> None:
    asked = await scene.need(matching)
    who = await scene.volunteer(matching)
    answered = await candidates(matching, asked.need_id)
    assert [one.condition for one in answered.refused_counts] == ["home_unknown"]
    await scene.area(matching)
    answered = await candidates(matching, asked.need_id)
    assert [one.volunteer_id for one in answered.items] == [who.volunteer_id]


async def test_when_the_middle_of_a_neighbourhood_moves_those_with_a_point_of_their_own_stay(here: Database) -> None:
    await scene.volunteer(here)
    x, y = scene.MIDDLE[scene.SELWERD]
    await scene.volunteer(here, x=x, y=y)
    await scene.area(here)
    moved = TeamAreaChanged.model_validate(
        {
            "team": "selwerd",
            "team_id": new_id(),
            "places": [{"buurt": scene.SELWERD, "x": x + 500, "y": y}],
            "valid_from": "2026-01-01T00:00:00Z",
        }
    )
    await scene.hear(here, knowing.when_team_areas_changed, moved)
    async with here.transaction(HANNEKE) as tx:
        rows = await tx.rows("select x, exact from volunteers order by exact")
    assert [tuple(row) for row in rows] == [(x + 500, False), (x, True)]


async def test_reserved_hours_and_an_earlier_no_keep_a_volunteer_off_the_list(here: Database) -> None:
    who = await scene.volunteer(here, hours_week=3)
    asked, other = await scene.need(here), await scene.need(here)
    match = await scene.propose(here, asked.need_id, who.volunteer_id)
    answered = await candidates(here, other.need_id)
    assert (answered.items, [one.condition for one in answered.refused_counts]) == ([], ["no_hours_left"])
    await scene.answer(here, match.match_id, "volunteer", "decline")
    answered = await candidates(here, asked.need_id)
    assert (answered.items, [one.condition for one in answered.refused_counts]) == ([], ["declined_before"])
    assert [one.volunteer_id for one in (await candidates(here, other.need_id)).items] == [who.volunteer_id]
