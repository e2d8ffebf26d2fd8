"""The inbox as rows; row level security shows each caller what is addressed to them."""

from collections.abc import Sequence
from uuid import UUID

import asyncpg

from services.notify.domain.delivery import Letter
from services.notify.domain.wording import INBOX
from services.notify.views import InboxItem
from wij.database import Database, Statements, Transaction
from wij.errors import NotFound
from wij.identity import service_actor

SQL = Statements.of(__file__, "inbox.sql")


async def put(database: Database, letters: Sequence[Letter]) -> None:
    """Put letters in the inbox, each once however often it is handed over; raises when PostgreSQL is away."""
    rows = [
        (
            letter.notification_id,
            letter.intent.template,
            letter.intent.recipient.id,
            None if letter.intent.recipient.id else letter.intent.recipient.role,
            letter.intent.recipient.team,
            letter.intent.about_kind,
            letter.intent.about_id,
            letter.intent.household_id,
            letter.intent.due_at,
        )
        for letter in letters
    ]
    async with database.transaction(service_actor("notify")) as tx:
        await tx.run(SQL.put, *map(list, zip(*rows, strict=True)))


async def done(tx: Transaction, item_id: UUID) -> InboxItem:
    """Mark one as done. Raises `NotFound` when it is not addressed to the caller."""
    if await tx.row(SQL.item_for_update, item_id) is None:
        raise NotFound("There is no such item in your inbox.")
    await tx.run(SQL.done, item_id, tx.actor.id)
    row = await tx.row(SQL.item_for_update, item_id)
    assert row is not None, "it is locked, so it is there"
    return _item(row)


async def page(tx: Transaction, before: int | None, most: int, *, done: bool) -> list[tuple[int, InboxItem]]:
    """The caller's items, newest first, each with its number."""
    return [(row["number"], _item(row)) for row in await tx.rows(SQL.items, done, before, most)]


def _item(row: asyncpg.Record) -> InboxItem:
    return InboxItem(
        item_id=row["id"],
        text=INBOX[row["template"]],
        addressed_to=row["role"] or "me",
        **{name: row[name] for name in InboxItem.model_fields if name not in {"item_id", "text", "addressed_to"}},
    )
