"""Sending: take in hand, ask where people are, commit `sending`, hand over, write down how it went (P8).

Whatever dies in between, a mail goes out at most once by itself: what was certainly not handed over is tried again, and
what may have been handed over waits for a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from uuid import UUID

from services.notify.channels import Channel
from services.notify.channels.contacts import Contacts
from services.notify.domain.deadlines import MET_BY_SENDING, Ended
from services.notify.domain.delivery import (
    Letter,
    Notification,
    Outcome,
    Result,
    compose,
    refs_of,
    settle,
    told,
)
from services.notify.store import deadlines, notifications
from wij import clock, outbox
from wij.database import Database, Transaction
from wij.events import Caused
from wij.failpoints import passing
from wij.identity import service_actor

SENDER = service_actor("notify")
MOST = 100
"""Messages taken in hand per pass."""


@dataclass(frozen=True, slots=True)
class Post:
    """One sender: its database, its channels, where it asks for contacts, and the name under which it takes in hand."""

    database: Database
    contacts: Contacts
    channels: Mapping[str, Channel]
    owner: UUID


async def send_due(post: Post) -> int:
    """One pass over what is due; answers how many it took in hand. Any number of senders may do this at once."""
    async with post.database.transaction(SENDER) as tx:
        lost = await notifications.give_up_on_the_dead(tx)
        await _tell(tx, [(one, "unknown", None) for one in lost])
        due = {one.id: one for one in await notifications.lease(tx, post.owner, MOST)}
    passing("send.leased")
    contacts = await post.contacts.resolve(refs_of(due.values())) if due else {}
    made = {one.id: compose(one, contacts, clock.now()) for one in due.values()}
    await _settle(post, due, {id_: what for id_, what in made.items() if isinstance(what, Outcome)})
    passing("send.composed")
    for kind, channel in post.channels.items():
        letters = [what for what in made.values() if isinstance(what, Letter) and what.intent.channel == kind]
        for chunk in batched(letters, channel.at_once):
            await _hand_over(post, channel, due, chunk)
    return len(due)


async def _hand_over(post: Post, channel: Channel, due: Mapping[UUID, Notification], chunk: Sequence[Letter]) -> None:
    async with post.database.transaction(SENDER) as tx:
        ours = await notifications.begin(tx, post.owner, [letter.notification_id for letter in chunk])
    letters = [letter for letter in chunk if letter.notification_id in ours]
    if letters:
        passing("send.began")
        outcomes = await channel.deliver(letters)
        passing("send.delivered")
        went = {letter.notification_id: outcome for letter, outcome in zip(letters, outcomes, strict=True)}
        await _settle(post, due, went)
        passing("send.recorded")


async def _settle(post: Post, due: Mapping[UUID, Notification], went: Mapping[UUID, Outcome]) -> None:
    if not went:
        return
    async with post.database.transaction(SENDER) as tx:
        to = {id_: settle(outcome, due[id_], tx.now) for id_, outcome in went.items()}
        ours = await notifications.settle(tx, post.owner, to)
        await _end_terms(tx, [due[id_] for id_ in sorted(ours) if went[id_].result is Result.SENT])
        await _tell(tx, [(due[id_], to[id_].state, to[id_].reason) for id_ in sorted(ours)])


async def _end_terms(tx: Transaction, sent: Sequence[Notification]) -> None:
    """A receipt that is sent is the confirmation whose term runs."""
    over = [
        Ended(
            term=MET_BY_SENDING[one.intent.template],
            subject_id=one.intent.about_id,
            case_id=None,
            at=tx.now,
            by="notification.sent",
            team=one.intent.recipient.team,
            cause=one.intent.cause,
        )
        for one in sent
        if one.intent.channel == "mail" and one.intent.template in MET_BY_SENDING
    ]
    await deadlines.end(tx, over)


async def _tell(tx: Transaction, settled: Sequence[tuple[Notification, str, str | None]]) -> None:
    """Say how messages ended, for those that did."""
    facts = [(told(one.id, one.intent, state, reason), one.intent.cause) for one, state, reason in settled]
    await outbox.append(tx, [Caused(fact, cause) for fact, cause in facts if fact is not None])
