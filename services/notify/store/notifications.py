"""Messages as rows: what must go out, and how it went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from services.notify.domain.delivery import LEASE, Notification, Settled
from services.notify.domain.recipients import Intent, Recipient
from services.notify.views import NotificationRow
from wij.database import Statements, Transaction
from wij.errors import NotFound

SQL = Statements.of(__file__, "notifications.sql")


@dataclass(frozen=True, slots=True)
class KeptCause:
    """The event that led to a message, as far as what follows must name it."""

    id: UUID
    correlation_id: str
    traceparent: str | None


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def plan(tx: Transaction, planned: Sequence[tuple[UUID, Intent]]) -> None:
    """Write down what must go out, once per event, text and recipient."""
    rows = [
        (
            id_,
            intent.cause.id,
            intent.cause.correlation_id,
            intent.cause.traceparent,
            intent.channel,
            intent.template,
            intent.recipient.key,
            intent.recipient.role,
            intent.recipient.kind,
            intent.recipient.id,
            intent.recipient.team,
            intent.about_kind,
            intent.about_id,
            intent.household_id,
            intent.case_id,
            intent.facts,
            intent.due_at,
            intent.valid_until,
            intent.ends_with_case,
        )
        for id_, intent in planned
    ]
    if rows:
        await tx.run(SQL.plan, rows)


async def lease(tx: Transaction, owner: UUID, most: int) -> list[Notification]:
    """Take at most so many in hand, oldest first."""
    return [_notification(row) for row in await tx.rows(SQL.lease, owner, LEASE, most)]


async def begin(tx: Transaction, owner: UUID, ids: Sequence[UUID]) -> set[UUID]:
    """Mark as being sent, and answer which ones were still ours to send."""
    return {row["id"] for row in await tx.rows(SQL.begin, list(ids), owner, LEASE)}


async def settle(tx: Transaction, owner: UUID, settled: Mapping[UUID, Settled]) -> set[UUID]:
    """Write down how it went, and answer for which ones that was still ours to say."""
    rows = [(id_, to.state, to.reason, to.not_before, to.deferrals) for id_, to in sorted(settled.items())]
    return {row["id"] for row in await tx.rows(SQL.settle, *_columns(rows), owner)} if rows else set()


async def give_up_on_the_dead(tx: Transaction) -> list[Notification]:
    """Take over from senders that died; answers the mails of which nobody knows now whether they went out."""
    rows = await tx.rows(SQL.abandoned)
    return [_notification(row) for row in rows if row["state"] == "unknown"]


async def for_update(tx: Transaction, notification_id: UUID) -> tuple[Notification, str]:
    """One message and its state, locked. Raises `NotFound` when the caller may not know it."""
    row = await tx.row(SQL.notification_for_update, notification_id)
    if row is None:
        raise NotFound("There is no such message in your team.")
    return _notification(row), row["state"]


async def decide(tx: Transaction, notification_id: UUID, state: str, reason: str | None) -> None:
    """Write down what the caller decided."""
    await tx.run(SQL.decide, notification_id, state, reason, tx.actor.id)


async def view(tx: Transaction, notification_id: UUID) -> NotificationRow:
    """One message as people see it; it exists."""
    return NotificationRow.model_validate(dict(await tx.row(SQL.notification, notification_id) or {}))


async def page(tx: Transaction, state: str | None, before: int | None, most: int) -> list[tuple[int, NotificationRow]]:
    """The messages the caller may see, newest first, each with its number."""
    rows = await tx.rows(SQL.notifications, state, before, most)
    return [(row["number"], NotificationRow.model_validate(dict(row))) for row in rows]


def _notification(row: asyncpg.Record) -> Notification:
    recipient = Recipient(row["recipient_role"], row["recipient_kind"], row["recipient_id"], row["team"])
    intent = Intent(
        cause=KeptCause(row["cause_id"], row["correlation_id"], row["traceparent"]),
        recipient=recipient,
        **{name: row[name] for name in _KEPT},
    )
    return Notification(
        row["id"], intent, row["attempts"], row["deferrals"], row["director_id"], case_closed=row["case_closed"]
    )


_KEPT = (
    "channel", "template", "about_kind", "about_id", "household_id", "case_id", "facts", "due_at", "valid_until",
    "ends_with_case",
)  # fmt: skip
