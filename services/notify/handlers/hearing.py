"""Hearing events: remember what they say, start and end terms, and write down who must hear it. One transaction."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from services.notify.domain.deadlines import ended, put_together, started, starts_something
from services.notify.domain.recipients import Intent, intents
from services.notify.store import deadlines, notifications, projection
from wij.database import Transaction
from wij.events import Recorded
from wij.ids import new_id


async def when_told(tx: Transaction, events: Sequence[Recorded[Any]]) -> None:
    """The one handler of every event: what is known is read once, decided event by event in order, and saved once.

    Hearing an event again changes nothing (I23).
    """
    known = await projection.known(tx, events)
    planned: list[Intent] = []
    for event in events:
        if type(event.fact) in projection.REMEMBERED:
            known.hear(event.fact)
        planned += intents(event, known)
    await _keep_terms(tx, events)
    await projection.remember(tx, events)
    await notifications.plan(tx, [(new_id(), intent) for intent in planned])


async def _keep_terms(tx: Transaction, events: Sequence[Recorded[Any]]) -> None:
    """Start terms, then end them in order: whatever ends one first is what it ended by, also when its case closes."""
    policies = await deadlines.policies(tx) if any(starts_something(event) for event in events) else {}
    over = [term for event in events for term in ended(event)]
    begun = put_together(term for event in events for term in started(event, policies))
    ends_here = {(term.term, term.subject_id) for term in over}
    begun = [term._replace(moments=()) if (term.term, term.subject_id) in ends_here else term for term in begun]
    await deadlines.start(tx, begun)
    for _, stretch in groupby(over, lambda term: term.whole_case):
        await deadlines.end(tx, list(stretch))
