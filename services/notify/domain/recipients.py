"""For whom a rule is right now: from the event and what we know of cases, deputies and matches, to ids. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple, cast
from uuid import UUID

from services.notify.domain.known import Known, KnownCase
from services.notify.domain.rules import COORDINATORS, TABLE, Party, Rule
from wij.events import Cause, Event, Recorded
from wij.events.notify import ChannelKind

type RecipientKind = Literal["request", "household", "volunteer", "worker", "team"]


class Recipient(NamedTuple):
    """One who hears it: somebody with an id, or everybody with a role in a team."""

    role: str
    kind: RecipientKind
    id: UUID | None
    team: str

    @property
    def key(self) -> str:
        """What makes this recipient the same one: `worker:0190…`, or `team:selwerd:coordinator`."""
        return f"{self.kind}:{self.id}" if self.id else f"team:{self.team}:{self.role}"


class Intent(NamedTuple):
    """One message that must go out: what, to whom, why. Ids, codes and dates only."""

    cause: Cause
    channel: ChannelKind
    template: str
    recipient: Recipient
    about_kind: str
    about_id: UUID
    household_id: UUID | None
    case_id: UUID | None
    facts: Mapping[str, Any]
    due_at: datetime | None
    valid_until: datetime | None
    ends_with_case: bool


_SUBJECT_OF_TERM: Mapping[str, str] = {"receipt": "request", "investigation": "request", "waiting": "request"}


def kind_of_subject(term: str) -> str:
    """What kind of thing a term is about; most terms are called after it."""
    return _SUBJECT_OF_TERM.get(term, term)


def intents(event: Recorded[Any], known: Known) -> list[Intent]:
    """Everything the table says must go out because of this event."""
    fact: Event = event.fact
    rules = [rule for rule in TABLE.get(type(fact), ()) if rule.when(fact)]
    if not rules:
        return []
    data, case = _data_of(fact, known), known.case_of(fact)
    return [intent for rule in rules for intent in _intents_of(rule, event, data, case, known)]


def _intents_of(
    rule: Rule, event: Recorded[Any], data: Mapping[str, Any], case: KnownCase | None, known: Known
) -> list[Intent]:
    about_kind, about_id = (rule.link.removesuffix("_id"), data[rule.link]) if rule.link else _subject(event.fact)
    facts = {name: _plain(data[name]) for name in rule.facts if data.get(name) is not None}
    valid_until = _valid_until(rule, data, event.recorded_at)
    return [
        Intent(
            cause=event,
            channel=rule.channel,
            template=rule.template,
            recipient=recipient,
            about_kind=about_kind,
            about_id=about_id,
            household_id=data.get("household_id"),
            case_id=case.case_id if case else data.get("case_id"),
            facts=facts,
            due_at=data.get("due_at"),
            valid_until=valid_until,
            ends_with_case=rule.ends_with_case,
        )
        for recipient in _recipients(rule, event, data, case, known)
    ]


def _data_of(fact: Event, known: Known) -> Mapping[str, Any]:
    """The event's own fields, and what its match and need add to them."""
    own = vars(fact)
    added = [known.facts[own[name]] for name in ("need_id", "match_id") if own.get(name) in known.facts]
    return {name: value for facts in (*added, own) for name, value in facts.items()} if added else own


def _plain(value: Any) -> Any:
    """As it is kept in JSON."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _subject(fact: Event) -> tuple[str, UUID]:
    """What to open: the event's own subject; for a deadline what the term is about."""
    term: str | None = fact.get("term")
    if term is not None:
        subject: UUID = fact.subject_id  # type: ignore[attr-defined]  # both deadline events have it
        return kind_of_subject(term), subject
    return fact.about.removesuffix("_id"), fact.aggregate_id


def _recipients(
    rule: Rule, event: Recorded[Any], data: Mapping[str, Any], case: KnownCase | None, known: Known
) -> Iterable[Recipient]:
    """Everybody it is for, each once."""
    found = [recipient for party in rule.to for recipient in _who(party, event, data, case, known)]
    return {recipient.key: recipient for recipient in found}.values() if len(found) > 1 else found


def _who(
    party: Party, event: Recorded[Any], data: Mapping[str, Any], case: KnownCase | None, known: Known
) -> list[Recipient]:
    team: str = event.fact.team
    if party.kind == "team":
        return [Recipient(party.role, "team", None, team)]
    if party.kind in {"director", "involved"}:
        if case is None:  # a case we have not heard of yet: its team hears it, so it is never nobody
            return [Recipient(COORDINATORS.role, "team", None, team)]
        workers = (
            sorted(case.involved)
            if party.kind == "involved"
            else [known.acting_for(case.director_id, event.recorded_at)]
        )
        return [Recipient(party.role, "worker", id_, team) for id_ in workers]
    id_ = data.get(party.field)
    return [Recipient(party.role, cast("RecipientKind", party.kind), id_, team)] if id_ else []


def _valid_until(rule: Rule, data: Mapping[str, Any], at: datetime) -> datetime | None:
    """Until when it is worth sending: an offer until it expires, the rest as long as its rule says."""
    if rule.useful is None:
        return None
    due: datetime | None = data.get("due_at")
    return due if due is not None and rule.ends_with_case else at + rule.useful
