import nats

from tests.people import SAMIRA, told, warmed
from wij.database import Database


async def test_a_test_has_a_database_of_its_own(plan: Database, intake: Database) -> None:
    await warmed(plan)
    async with plan.transaction(SAMIRA) as tx:
        assert await tx.value("select count(*) from outbox") == 0
        assert await tx.value("select actor_id()") == SAMIRA.id
    assert await told(intake) == []


async def test_a_test_has_a_nats_server_of_its_own(nats_url: str) -> None:
    nc = await nats.connect(nats_url)
    await nc.jetstream().account_info()
    await nc.close()
