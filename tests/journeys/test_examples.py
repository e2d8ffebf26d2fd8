"""The example municipality on a system as `make up` starts it: it comes in, and nobody in it is forgotten."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from chaos import aftermath, rebuild
from examples.demo import bring_in
from examples.story import play
from services.up import running, started
from wij.embedded import ADMIN, kept_port, kept_secret

ASTRAY = {
    "intake.cases": "director_id = gen_random_uuid()",
    "plan.workers": "caseload_limit = caseload_limit + 1",
    "matching.places": "x = x + 1",
    "notify.matches": "volunteer_id = gen_random_uuid()",
}
"""One row of each service that was spoilt by hand, to see that the comparison can fail."""
TERMINAL = ("answered", "case_opened", "attached", "withdrawn")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data folder of a running system."""
    folder = tmp_path_factory.mktemp("wij")
    with started(folder):
        yield folder


def _url(data: Path) -> str:
    url = running(data)
    assert url is not None
    return url


def _dsn(data: Path) -> str:
    """The superuser's address."""
    return f"postgresql://{ADMIN}:{kept_secret(data, ADMIN)}@127.0.0.1:{kept_port(data, 'postgres')}/wij"


async def test_every_example_request_ends_or_has_an_owner_and_a_due_date(data: Path) -> None:
    """I17: 200 requests come in through all channels; afterwards no service knows one that nobody has to look at."""
    first = await bring_in(_url(data))
    assert first["requests.csv"].counts == Counter(new=200)
    assert first["volunteers.csv"].counts == Counter(new=300)
    again = await bring_in(_url(data))
    assert all(set(outcome.counts) == {"same"} and not outcome.bad for outcome in again.values()), again

    await aftermath.settled(_dsn(data), within=120)
    connection = await asyncpg.connect(_dsn(data))
    try:
        assert await aftermath.nothing_parked(connection) == []
        assert await connection.fetchval("select count(*) from intake.help_requests") == 200
        forgotten = await connection.fetch(
            """
            select request_id, state from intake.help_requests r
            where not (
                state = any ($1)
                or due_at is not null
                and (owner_id is not null
                     or exists (select from intake.workers w where w.team = r.team and 'coordinator' = any (w.roles)))
                and exists (select from notify.deadlines d
                            where d.subject_id = r.request_id and d.due_at is not null and d.closed_at is null)
            )
            """,
            TERMINAL,
        )
        assert forgotten == []
    finally:
        connection.terminate()


async def test_one_household_is_helped_from_the_stip_to_the_last_review(data: Path) -> None:
    """The demo's story, by HTTP: each step happens, and when the case is closed nothing hangs on it any more (I8)."""
    await bring_in(_url(data))
    told: list[str] = []
    ending = await play(_url(data), mail=data / "mail", tell=told.append)
    await aftermath.settled(_dsn(data), within=60)
    types = [".".join(event["type"].split(".")[3:5]) for event in ending.events]
    for name in (
        "case.opened",
        "plan.activated",
        "match.declined",
        "assignment.activated",
        "director.handed_over",
        "case.closed",
    ):
        assert name in types
    connection = await asyncpg.connect(_dsn(data))
    try:
        assert await aftermath.nothing_parked(connection) == []
        assert await aftermath.left_over_on_closed_cases(connection) == []
        assert await aftermath.gaps_in_sequences(connection) == []
    finally:
        connection.terminate()


async def test_each_projection_of_each_service_equals_its_rebuild(data: Path) -> None:
    """P12: what intake, plan, matching and notify know of others is what their logs say, row by row."""
    await aftermath.settled(_dsn(data), within=60)
    assert await rebuild.projections_that_differ(_dsn(data)) == []
    connection = await asyncpg.connect(_dsn(data))
    try:
        for table, column in ASTRAY.items():
            await connection.execute(f"update {table} set {column} where ctid = (select min(ctid) from {table})")
        differ = await rebuild.projections_that_differ(_dsn(data))
        assert [said.partition(":")[0] for said in differ] == list(ASTRAY)
    finally:
        connection.terminate()
