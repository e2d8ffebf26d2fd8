"""The published language: what one service tells the others, as CloudEvents 1.0 (NL GOV profile 1.1).

An event holds ids, codes, numbers and dates; never a name, address, telephone number, e-mail address or free text.
`Event` is the base of every event in `wij.events.<service>`; `Envelope` is how it stands on the wire: structured JSON.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, NotRequired, Protocol, TypedDict, Union
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    TypeAdapter,
)

from wij.partitions import partition_of

SERVICES = ("intake", "plan", "matching", "notify")

Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
"""A value from a list we keep, such as `errands` or `goals_reached`; too short and too plain to carry a person."""

TeamCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
"""The short name of a team, such as `selwerd`: a token of the subject, so a subscriber can follow one neighbourhood."""

BuurtCode = Annotated[str, Field(pattern=r"^BU[0-9]{8}$")]
"""The code that Statistics Netherlands gives a neighbourhood, such as `BU00140202`."""


def _no_duplicates(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


Codes = Annotated[tuple[Code, ...], AfterValidator(_no_duplicates)]


class Event(BaseModel):
    """A fact that a neighbour would understand, in the past tense.

    Subclasses are declared with `name` (`aggregate.past_tense`) and `about` (the field that holds the aggregate's id).
    Readers ignore fields they do not know, so a field may be added; a changed meaning is a new version, so a new type.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: ClassVar[str]
    service: ClassVar[str]
    about: ClassVar[str]
    schema_version: ClassVar[int]
    type: ClassVar[str]
    subject_stem: ClassVar[str]

    team: TeamCode

    def __init_subclass__(cls, *, name: str, about: str, version: int = 1, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name, cls.about, cls.schema_version = name, about, version
        cls.service = cls.__module__.rpartition(".")[2]
        cls.type = f"nl.wij.{cls.service}.{name}.v{version}"
        cls.subject_stem = f"wij.{cls.service}.{cls.subject_token()}"
        _TYPES[cls.type] = cls

    @property
    def aggregate_id(self) -> UUID:
        """The thing this happened to; `sequence` counts per aggregate."""
        value: UUID = getattr(self, self.about)
        return value

    @property
    def partition_key(self) -> UUID:
        """The household when one is involved, so its facts stay in order; otherwise the aggregate."""
        household: UUID | None = self.get("household_id")
        return household or self.aggregate_id

    def get(self, field: str) -> Any:
        """A field that not every event has; None for an event without it."""
        return self.__dict__.get(field)  # a tenth of what `getattr` takes, which for a model ends in an exception

    @classmethod
    def subject_token(cls) -> str:
        """The event's place in a NATS subject: `case_opened`, or `case_opened_v2`."""
        token = cls.name.replace(".", "_")
        return token if cls.schema_version == 1 else f"{token}_v{cls.schema_version}"

    @property
    def subject(self) -> str:
        """The NATS subject: `wij.<service>.<event>.<team>.<partition>`."""
        return f"{self.subject_stem}.{self.team}.{partition_of(self.partition_key)}"


_TYPES: dict[str, type[Event]] = {}


def event_types(service: str | None = None) -> Mapping[str, type[Event]]:
    """Every published event type, or those of one service, by CloudEvents `type`."""
    for name in SERVICES if service is None else (service,):
        import_module(f"wij.events.{name}")
    return {key: event for key, event in sorted(_TYPES.items()) if service in (None, event.service)}


class Envelope(BaseModel):
    """One CloudEvent. The same bytes stand in the log, the stream and every answer that shows events (`written`)."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: UUID
    source: str = Field(pattern=r"^urn:nld:oin:[0-9]{20}:systeem:wij:[a-z]+$")
    type: str = Field(pattern=r"^nl\.wij\.[a-z]+\.[a-z_]+\.[a-z_]+\.v[0-9]+$")
    subject: UUID
    time: AwareDatetime
    datacontenttype: Literal["application/json"] = "application/json"
    sequence: str = Field(pattern=r"^[1-9][0-9]*$")
    sequencetype: Literal["Integer"] = "Integer"
    partitionkey: UUID
    correlationid: str
    causationid: str | None = None
    traceparent: str | None = None
    dataref: str | None = None
    data: SerializeAsAny[BaseModel]


def written(
    data: BaseModel,
    *,
    id: UUID,  # noqa: A002  # the names of CloudEvents
    source: str,
    type: str,  # noqa: A002
    subject: UUID,
    time: datetime,
    sequence: int,
    partitionkey: UUID,
    correlationid: str,
    causationid: str | None = None,
    traceparent: str | None = None,
) -> bytes:
    """One CloudEvent as it travels, made at half the price of an `Envelope`, as which it is read back.

    `time` is in UTC. CloudEvents has no null attributes; in `data` a null is a value.
    """
    known = (("causationid", causationid), ("traceparent", traceparent))
    more = "".join(f'"{name}":{_quoted(value)},' for name, value in known if value is not None)
    return (
        f'{{"specversion":"1.0","id":"{id}","source":"{source}","type":"{type}","subject":"{subject}",'
        f'"time":"{time.replace(tzinfo=None).isoformat()}Z","datacontenttype":"application/json",'
        f'"sequence":"{sequence}","sequencetype":"Integer","partitionkey":"{partitionkey}",'
        f'"correlationid":{_quoted(correlationid)},{more}"data":{data.model_dump_json()}}}'
    ).encode()


_quoted = json.encoder.encode_basestring_ascii
"""A string as JSON."""


class _RawEnvelope(Envelope):
    data: dict[str, Any]  # type: ignore[assignment]  # read the type first, then the data by that type


class Recorded[E: Event](NamedTuple):
    """An event as a reader meets it: the fact, and where it stands in its source's log."""

    id: UUID
    position: int
    recorded_at: datetime
    sequence: int
    correlation_id: str
    traceparent: str | None
    fact: E


class UnknownEvent(ValueError):
    """An event whose type or version this reader does not know: it is parked, never dropped."""


class Wanted(dict[str, type[Event]]):
    """The events that a reader wants, by type; it reads each of them in one pass over its bytes."""

    def __init__(self, events: Iterable[type[Event]]) -> None:
        super().__init__({event.type: event for event in events})
        one_of: Any = Union[tuple(_envelope_of(event) for event in self.values())]  # noqa: UP007  # made from a list
        kind: Any = Annotated[one_of, Field(discriminator="type")] if len(self) > 1 else one_of
        self._whole: TypeAdapter[Any] = TypeAdapter(kind)

    def read(self, body: bytes, position: int) -> Recorded[Event]:
        """One of these events; raises `pydantic.ValidationError` for anything else, without saying well what it is."""
        whole = self._whole.validate_json(body)
        return Recorded(
            whole["id"],
            position,
            whole["time"],
            whole["sequence"],
            whole["correlationid"],
            whole.get("traceparent"),
            whole["data"],
        )


@cache
def _envelope_of(event: type[Event]) -> Any:
    """What a reader needs of the envelope that carries this event and no other."""
    return TypedDict(  # type: ignore[operator]  # made from what it is given
        event.__name__,
        {
            "specversion": Literal["1.0"],
            "id": UUID,
            "type": Literal[event.type],
            "time": AwareDatetime,
            "sequence": Annotated[int, Field(ge=1)],
            "partitionkey": UUID,
            "correlationid": str,
            "traceparent": NotRequired[str],
            "data": event,
        },
    )


def read_envelope(body: bytes) -> Envelope:
    """Understand the envelope, whatever it carries; raises `pydantic.ValidationError`."""
    return _RawEnvelope.model_validate_json(body)


def read_event(body: bytes, position: int) -> Recorded[Event]:
    """Understand the bytes of one event.

    Raises `UnknownEvent` for a type that is not published here and `pydantic.ValidationError` for a malformed one.
    """
    return event_in(_RawEnvelope.model_validate_json(body), position)


def event_in(raw: Envelope, position: int) -> Recorded[Event]:
    """The event that an envelope from `read_envelope` carries; raises what `read_event` raises."""
    event = _TYPES.get(raw.type) or event_types().get(raw.type)
    if event is None:
        raise UnknownEvent(f"unknown event type {raw.type}")
    return _recorded(raw, position, event.model_validate(raw.data))


def _recorded[E: Event](envelope: Envelope, position: int, fact: E) -> Recorded[E]:
    return Recorded(
        id=envelope.id,
        position=position,
        recorded_at=envelope.time,
        sequence=int(envelope.sequence),
        correlation_id=envelope.correlationid,
        traceparent=envelope.traceparent,
        fact=fact,
    )


class Cause(Protocol):
    """What led to an event: a `Recorded` one, or what a service kept of it until it could act."""

    @property
    def id(self) -> UUID:
        """The event that led to it."""

    @property
    def correlation_id(self) -> str:
        """The question all of this began with."""

    @property
    def traceparent(self) -> str | None:
        """Where it stands in a W3C trace."""


class Caused[E: Event](NamedTuple):
    """A new event together with the event that led to it, so one question can be followed through all services."""

    fact: E
    by: Cause

    @classmethod
    def each(cls, facts: Iterable[Event], by: Cause) -> "list[Caused[Event]]":
        """Pair each fact with its cause."""
        return [Caused(fact, by) for fact in facts]


class Part(BaseModel):
    """A nested piece of an event, under the same rules as the event."""

    model_config = ConfigDict(frozen=True, extra="ignore")
