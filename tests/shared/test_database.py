"""A transaction: it runs for one actor, and what it says it committed was committed."""

from contextlib import suppress
from uuid import uuid4

import asyncpg
import pytest

from wij.database import Database
from wij.identity import Actor, service_actor


async def test_a_failed_statement_that_nobody_minded_is_not_taken_for_a_commit(plan: Database) -> None:
    async def careless() -> None:
        async with plan.transaction(service_actor("plan")) as tx:
            with suppress(asyncpg.UndefinedTableError):
                await tx.value("select 1 from nowhere")

    with pytest.raises(asyncpg.InFailedSQLTransactionError):
        await careless()
    async with plan.transaction(service_actor("plan")) as tx:
        assert await tx.value("select 1") == 1


async def test_a_team_that_is_no_code_cannot_speak_to_the_database(plan: Database) -> None:
    """The actor stands in the text that begins a transaction."""
    actor = Actor(uuid4(), frozenset(), "selwerd'; set role postgres; --")
    with pytest.raises(ValueError, match="codes"):
        await plan.transaction(actor).__aenter__()
