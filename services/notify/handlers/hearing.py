"""Hearing an event: remember what it says, start and end terms, and write down who must hear it. One transaction."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from services.notify.domain.deadlines import ended, started
from services.notify.domain.recipients import intents
from services.notify.store import deadlines, notifications, projection
from wij.database import Transaction
from wij.events import Event, Recorded
from wij.ids import new_id


def _type_of(event: Recorded[Any]) -> type[Event]:
    return type(event.fact)


async def when_told(tx: Transaction, events: Sequence[Recorded[Any]]) -> None:
    """The one handler of every event: stretch by stretch of one type, so a household's facts keep their order.

    Hearing an event again changes nothing (I23).
    """
    for event_type, stretch in groupby(events, _type_of):
        heard = list(stretch)
        await projection.remember(tx, event_type, heard)
        await _keep_terms(tx, heard)
        known = await projection.known(tx, heard)
        planned = [intent for event in heard for intent in intents(event, known)]
        await notifications.plan(tx, [(new_id(), intent) for intent in planned])


async def _keep_terms(tx: Transaction, heard: Sequence[Recorded[Any]]) -> None:
    policies = await deadlines.policies(tx)
    over = [term for event in heard for term in ended(event)]
    begun = [term for event in heard for term in started(event, policies)]
    await deadlines.end(tx, [new_id() for _ in over], over)
    await deadlines.start(tx, [new_id() for _ in begun], begun)
