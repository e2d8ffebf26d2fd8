"""Idempotency-Key: what was answered is kept in the transaction of the work; the same key gets it again (P2)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Response

from wij.database import Database, Statements, Transaction
from wij.errors import KeyReused
from wij.failpoints import passing
from wij.identity import service_actor

SQL = Statements.of(__file__, "answers.sql")


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that stands under a key."""

    digest: bytes
    """Of what was asked with the key then."""
    response: Response

    def to(self, digest: bytes) -> Response:
        """The same answer again, for who asks the same; raises `KeyReused` for who asks something else."""
        if self.digest != digest:
            raise KeyReused("This Idempotency-Key was used before, with other content. Use a new key.")
        return self.response


async def claim(tx: Transaction, keys: Mapping[str, bytes]) -> Mapping[str, Given]:
    """Take these keys (each with the digest of what is asked) for the actor; answers those that were taken before.

    Waits for whoever is at work under one of them now.
    """
    free = {row["key"] for row in await tx.rows(SQL.claim_keys, tx.actor.id, list(keys), list(keys.values()))}
    taken = [key for key in keys if key not in free]
    passing("answer.claimed")
    rows = await tx.rows(SQL.given_answers, tx.actor.id, taken) if taken else []
    return {
        row["key"]: Given(
            row["digest"], Response(row["body"], row["status"], {**row["headers"], "Idempotent-Replayed": "true"})
        )
        for row in rows
    }


async def keep(tx: Transaction, responses: Mapping[str, Response]) -> None:
    """Remember what is answered to these keys."""
    passing("answer.worked")
    headers = [
        {name: value for name, value in response.headers.items() if name != "content-length"}
        for response in responses.values()
    ]
    statuses = [response.status_code for response in responses.values()]
    bodies = [bytes(response.body) for response in responses.values()]
    await tx.run(SQL.keep_answers, tx.actor.id, list(responses), statuses, bodies, headers)
    passing("answer.kept")


async def forget(database: Database) -> None:
    """Every hour, forget the answers of more than 30 days ago: a key is repeated within minutes, or never."""
    while True:
        async with database.transaction(service_actor(database.service)) as tx:
            await tx.run(SQL.forget_answers)
        await asyncio.sleep(3600)
