"""How sending goes: whether a message may go out now, what it may show, and what an outcome means (P8, I27). Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum, auto
from typing import Any, Literal
from uuid import UUID

from services.notify.domain.recipients import Intent
from services.notify.domain.rules import SHOWS
from wij.errors import Refusal
from wij.events import Event, notify

type ContactKind = Literal["request", "household", "worker", "volunteer", "answer_link"]
type Ref = tuple[ContactKind, UUID]
"""Somebody (or the answer link of a match) as their owner knows them."""

LEASE = timedelta(seconds=60)
"""For how long a sender may keep what it took; longer than any attempt lasts. After that it counts as dead."""
MOST_DEFERRALS = 8
_SHORTEST, _LONGEST = timedelta(seconds=2), timedelta(hours=1)


class NothingToDecide(Refusal):
    """Only a mail of which nobody knows whether it arrived waits for a decision."""


@dataclass(frozen=True, slots=True)
class Contact:
    """What an owner tells of somebody at the moment of sending; never kept."""

    given_name: str | None = None
    email: str | None = None
    phone: str | None = None
    link: str | None = None
    suppressed: bool = False
    deceased: bool = False


@dataclass(frozen=True, slots=True)
class Notification:
    """A message on its way, with what sending needs to know of its case right now."""

    id: UUID
    intent: Intent
    attempts: int
    deferrals: int
    director_id: UUID | None
    """Who directs the case now."""
    case_closed: bool

    def refs(self) -> Mapping[str, Ref]:
        """Everybody whose contact this message needs, by what they are to it; `to` is who reads it."""
        if self.intent.channel == "inbox":
            return {}
        recipient, facts = self.intent.recipient, self.intent.facts
        assert recipient.id is not None and recipient.kind != "team", "mail goes to somebody, not to a role"  # noqa: PT018
        people: dict[str, Ref | None] = {
            "to": (recipient.kind, recipient.id),
            "director": ("worker", self.director_id) if self.director_id else None,
            "household": ("household", self.intent.household_id) if self.intent.household_id else None,
            "volunteer": ("volunteer", UUID(facts["volunteer_id"])) if "volunteer_id" in facts else None,
            "answer_link": ("answer_link", UUID(facts["match_id"])) if "match_id" in facts else None,
        }
        shown = SHOWS.get(self.intent.template, {})
        return {name: ref for name, ref in people.items() if ref and (name == "to" or name in shown)}


@dataclass(frozen=True, slots=True)
class Letter:
    """A message ready for its channel: to whom, and everything its text may use."""

    notification_id: UUID
    intent: Intent
    address: str = ""
    given_name: str | None = None
    shown: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Codes, numbers and dates for the text."""
        return self.intent.facts


class Result(StrEnum):
    """What became of one attempt."""

    SENT = auto()
    """The channel took it over."""
    REFUSED = auto()
    """The channel said no, for good."""
    DEFERRED = auto()
    """The channel said: not now."""
    NOT_REACHED = auto()
    """Nothing was handed over, for certain."""
    UNKNOWN = auto()
    """It was handed over, and no answer came (P8)."""
    SUPPRESSED = auto()
    """We decided not to."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an attempt, with its reason as a code."""

    result: Result
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """The state a message gets, and from when it may be tried again."""

    state: Literal["planned", "sent", "refused", "unknown", "suppressed"]
    reason: str | None
    not_before: datetime
    deferrals: int


def refs_of(notifications: Iterable[Notification]) -> Collection[Ref]:
    """All contacts a batch needs."""
    return {ref for notification in notifications for ref in notification.refs().values()}


def compose(notification: Notification, contacts: Mapping[Ref, Contact | None], now: datetime) -> Letter | Outcome:
    """The letter, or why there is none: checked at the moment of sending (I27).

    In `contacts` None means that the owner knows nobody by that id; a missing key that the owner did not answer.
    """
    intent = notification.intent
    if intent.valid_until is not None and now > intent.valid_until:
        return Outcome(Result.SUPPRESSED, "too_late")
    if intent.ends_with_case and notification.case_closed:
        return Outcome(Result.SUPPRESSED, "case_closed")
    refs = notification.refs()
    if any(ref not in contacts for ref in refs.values()):
        return Outcome(Result.NOT_REACHED, "contacts_away")
    people = {name: contacts[ref] for name, ref in refs.items()}
    if any(person is not None and person.deceased for person in people.values()):
        return Outcome(Result.SUPPRESSED, "deceased")
    shown = {
        name: {wanted: getattr(people.get(name), wanted, None) for wanted in fields}
        for name, fields in SHOWS.get(intent.template, {}).items()
    }
    if intent.channel == "inbox":
        return Letter(notification.id, intent, shown=shown)
    to = people["to"]
    if to is None:
        return Outcome(Result.SUPPRESSED, "recipient_unknown")
    if to.suppressed:
        return Outcome(Result.SUPPRESSED, "asked_for_silence")
    if not to.email:
        return Outcome(Result.SUPPRESSED, "no_address")
    if "answer_link" in shown and not shown["answer_link"]["link"]:
        return Outcome(Result.SUPPRESSED, "no_longer_asked")
    return Letter(notification.id, intent, to.email, to.given_name, shown)


def settle(outcome: Outcome, notification: Notification, now: datetime) -> Settled:
    """What an outcome means. Only what was certainly not handed over is tried again, after a pause that grows."""
    deferrals = notification.deferrals + (outcome.result is Result.DEFERRED)
    pause = min(_SHORTEST * 2 ** min(notification.attempts, 11), _LONGEST)
    match outcome.result:
        case Result.DEFERRED if deferrals >= MOST_DEFERRALS:
            return Settled("refused", "deferred_too_often", now, deferrals)
        case Result.DEFERRED | Result.NOT_REACHED:
            return Settled("planned", outcome.reason, now + pause, deferrals)
        case Result.SENT:
            return Settled("sent", None, now, deferrals)
        case Result.REFUSED:
            return Settled("refused", outcome.reason, now, deferrals)
        case Result.UNKNOWN:
            return Settled("unknown", outcome.reason, now, deferrals)
        case Result.SUPPRESSED:
            return Settled("suppressed", outcome.reason, now, deferrals)


def told(notification_id: UUID, intent: Intent, state: str, reason: str | None) -> Event | None:
    """The event that says how it ended; None while it goes on."""
    common: dict[str, Any] = {
        "notification_id": notification_id,
        "team": intent.recipient.team,
        "template": intent.template,
        "recipient_role": intent.recipient.role,
        "channel": intent.channel,
        "cause_event_id": intent.cause.id,
        "household_id": intent.household_id,
    }
    match state:
        case "sent":
            return notify.NotificationSent(**common)
        case "refused":
            return notify.NotificationRefused(**common)
        case "unknown":
            return notify.NotificationUnknown(**common)
        case "suppressed":
            return notify.NotificationSuppressed(**common, reason=reason or "decided")
        case _:
            return None


def decide(state: str, decision: Literal["resend", "drop"]) -> tuple[Literal["planned", "suppressed"], str | None]:
    """What a person makes of a mail that may or may not have arrived. Raises `NothingToDecide`."""
    if state != "unknown":
        raise NothingToDecide("There is nothing to decide about this message: it is known how it went.")
    return ("planned", None) if decision == "resend" else ("suppressed", "dropped_by_a_person")
