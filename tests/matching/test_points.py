"""Points and reasons."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from services.matching import scoring
from services.matching.domain.conditions import Standing
from services.matching.domain.need import Need

NEED = Need(
    need_id=UUID(int=1),
    case_id=UUID(int=2),
    household_id=UUID(int=3),
    team="selwerd",
    consent_id=UUID(int=4),
    kind="conversation",
    buurt="BU00140202",
    availability=0b11111,
    hours_week=2,
    language="ar",
    certificate_required=True,
    starts_on=date(2026, 3, 1),
    consent_until=date(2027, 3, 1),
    requested_at=datetime(2026, 2, 1, tzinfo=UTC),
)
SOMEBODY = Standing(
    volunteer_id=UUID(int=9),
    given_name="Anneke",
    team="selwerd",
    active=True,
    offers_kind=True,
    shared=0b111,
    speaks=True,
    certificate_valid_until=date(2027, 1, 1),
    hours_week=4,
    reserved_hours=0,
    max_distance_m=5000,
    distance_squared=0,
    own_household=False,
    excluded=False,
    declined_before=False,
    helped_before=True,
)


def points(who: Standing, need: Need = NEED) -> dict[str, int]:
    return {part.component: part.points for part in scoring.score(need, who).score}


def test_the_best_there_is_has_a_thousand_points() -> None:
    assert points(SOMEBODY) == {
        "distance": 500,
        "shared_hours": 250,
        "language": 100,
        "light_load": 100,
        "continuity": 50,
    }
    assert scoring.score(NEED, SOMEBODY).points == 1000


def test_distance_falls_in_a_straight_line_to_nothing_at_fifteen_kilometres() -> None:
    assert points(SOMEBODY._replace(distance_squared=2100**2))["distance"] == 430
    assert points(SOMEBODY._replace(distance_squared=15_000**2))["distance"] == 0
    assert points(SOMEBODY._replace(distance_squared=20_000**2))["distance"] == 0


def test_how_far_somebody_would_travel_gives_no_points() -> None:
    near, far = (points(SOMEBODY._replace(max_distance_m=reach, distance_squared=10**6)) for reach in (1000, 15_000))
    assert near == far


def test_three_shared_blocks_are_enough_unless_the_help_takes_more_hours() -> None:
    assert points(SOMEBODY._replace(shared=0b1))["shared_hours"] == 83
    assert points(SOMEBODY._replace(shared=0b11111))["shared_hours"] == 250
    assert points(SOMEBODY, replace(NEED, hours_week=12))["shared_hours"] == 187
    assert points(SOMEBODY._replace(shared=0b1), replace(NEED, availability=0b1))["shared_hours"] == 250


def test_a_lighter_load_comes_first() -> None:
    assert points(SOMEBODY._replace(reserved_hours=3))["light_load"] == 25


def test_reasons_are_words_made_of_the_same_numbers() -> None:
    assert scoring.score(NEED, SOMEBODY._replace(distance_squared=1230**2)).reasons == [
        "Woont op ongeveer 1,2 km",
        "Kan 3 dagdelen op hetzelfde moment",
        "Spreekt Arabisch",
        "Heeft nu nog geen andere koppeling",
        "Hielp dit huishouden al eerder",
    ]
    busy = SOMEBODY._replace(reserved_hours=3, shared=1, helped_before=False)
    assert scoring.score(replace(NEED, language=None), busy).reasons == [
        "Woont op ongeveer 100 meter",
        "Kan 1 dagdeel op hetzelfde moment",
        "Geeft al 3 van de 4 uur aan andere koppelingen",
    ]


def order(need: Need, several: Iterable[Standing]) -> list[int]:
    return [one.standing.volunteer_id.int for one in scoring.best(need, several)]


def test_ties_go_to_the_lighter_load() -> None:
    # 2 of 40 hours and 1 of 20 give the same points; only the hours themselves tell them apart
    for number in range(20):
        heavy = SOMEBODY._replace(volunteer_id=UUID(int=number), hours_week=40, reserved_hours=2)
        light = SOMEBODY._replace(volunteer_id=UUID(int=number + 100), hours_week=20, reserved_hours=1)
        assert scoring.score(NEED, heavy).points == scoring.score(NEED, light).points
        assert order(NEED, [heavy, light]) == [number + 100, number]


def test_other_ties_go_the_same_way_each_time_and_favour_nobody() -> None:
    twins = [SOMEBODY._replace(volunteer_id=UUID(int=number)) for number in range(30)]
    first = order(NEED, twins)
    assert order(NEED, reversed(twins)) == first
    assert order(replace(NEED, need_id=UUID(int=77)), twins) != first
    assert first != sorted(first)
