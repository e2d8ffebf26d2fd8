"""What one case is worth of work, for all peers alike: rows and messages as WIJ was measured to write them.

Sizes and counts are those of WIJ's own tables and events for one case of the journey, and each table has as many
indexes as WIJ's: whoever builds this reads the same lists. The tables are simpler all the same: one reference at most,
no checks, no triggers, no row level security. Rows that are there only to be safe (outbox, inbox, stored answers,
positions) are each peer's own affair. Both favour the peers.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from wij.ids import new_id

TOKEN = "a-token-of-the-benchmark"  # noqa: S105  # what peers take for an access check
VOLUNTEERS, NEIGHBOURHOODS = 480, 60


@dataclass(frozen=True, slots=True)
class Step:
    """What a service does when it hears something."""

    inserts: Sequence[tuple[str, int]]
    """Tables and bytes, a row each; the first of a service's step is the parent the others refer to."""
    updates: Sequence[str] = ()
    """Tables in which a row of the case changes: the oldest it has there."""
    tells: Sequence[tuple[str, int]] = field(default=())
    """Messages and their bytes."""
    chooses: bool = False
    """Whether a volunteer is chosen: the nearest with room, whose hours are then reserved."""


_LOOK = ("access_log", 135)
_MESSAGE = ("notifications", 380)
_TERM = ("deadlines", 231)
_MOMENT = ("moments", 65)

STEPS: Mapping[str, Mapping[str, Step]] = {
    "intake": {
        "request": Step(
            [("questions", 124), ("help_requests", 296), ("requesters", 61), *[_LOOK] * 4],
            ["help_requests"],
            [("received", 750), ("clarified", 730), ("safety_checked", 670), ("accepted", 870)],
        ),
        "case_opened": Step([("cases", 97)], ["help_requests"]),
    },
    "plan": {
        "accepted": Step(
            [
                ("cases", 136),
                ("households", 40),
                ("director_periods", 106),
                ("case_requests", 64),
                ("plans", 128),
                ("goals", 188),
                ("actions", 143),
                ("reviews", 88),
                ("consents", 160),
                ("support_needs", 152),
                *[_LOOK] * 6,
            ],
            ["plans", "plans"],
            [
                ("case_opened", 850),
                ("plan_drafted", 755),
                ("plan_agreed", 800),
                ("plan_activated", 950),
                ("review_planned", 830),
                ("action_agreed", 870),
                ("consent_given", 880),
                ("need_requested", 1030),
            ],
        )
    },
    "matching": {
        "case_opened": Step([("cases", 81)]),
        "need_requested": Step(
            [("needs", 176), ("matches", 456), _LOOK], ["needs"], [("match_proposed", 1100)], chooses=True
        ),
    },
    "notify": {
        "received": Step([*[_MESSAGE] * 2, *[_TERM] * 2, *[_MOMENT] * 2]),
        "clarified": Step([], ["deadlines"]),
        "safety_checked": Step([]),
        "accepted": Step([_TERM]),
        "case_opened": Step([("cases", 80), *[_MESSAGE] * 3], ["deadlines"]),
        "plan_activated": Step([_MESSAGE], ["deadlines"]),
        "review_planned": Step([_TERM, *[_MOMENT] * 4]),
        "action_agreed": Step([_TERM, _MOMENT]),
        "need_requested": Step([("needs", 60), _MESSAGE]),
        "match_proposed": Step([("matches", 56), _TERM, _MOMENT, _MESSAGE, ("ends", 380)]),
    },
}
"""What each service does on which message; `request` comes by HTTP. A row in `notify.ends` is the journey's end."""

SOURCE: Mapping[str, str] = {
    name: service for service, steps in STEPS.items() for step in steps.values() for name, _ in step.tells
}
"""Which service tells a message."""

TABLES: Mapping[str, Sequence[str]] = {
    service: list(dict.fromkeys(table for step in steps.values() for table, _ in step.inserts))
    for service, steps in STEPS.items()
}

INDEXES: Mapping[str, int] = {
    "intake.help_requests": 7,
    "intake.access_log": 1,
    "intake.cases": 2,
    "plan.cases": 6,
    "plan.director_periods": 1,
    "plan.case_requests": 1,
    "plan.plans": 3,
    "plan.goals": 1,
    "plan.actions": 2,
    "plan.reviews": 2,
    "plan.consents": 1,
    "plan.support_needs": 4,
    "plan.access_log": 1,
    "matching.cases": 2,
    "matching.needs": 3,
    "matching.matches": 5,
    "matching.access_log": 1,
    "notify.notifications": 6,
    "notify.deadlines": 3,
    "notify.moments": 1,
    "notify.cases": 1,
}
"""How many indexes WIJ's table has besides its key."""
_INDEXED = ("case_id", "at, id", "state, at, id", "case_id, at", "state, case_id", "at", "state")
CHOOSE_ONE = """
update matching.volunteers set reserved = reserved + 1
where volunteer_id = (
    select volunteer_id from matching.volunteers where buurt = $1 and reserved < hours order by x, reserved limit 1)
"""
"""The nearest volunteer with room, whose hour is reserved."""
SEVERAL = frozenset({"deadlines"})
"""Tables in which a case has several rows when one of them changes."""


def change(service: str, table: str, cases: str) -> str:
    """The statement for `Step.updates`; `cases` is the condition on `case_id`."""
    which = f"case_id {cases}"
    if table in SEVERAL:
        of_them = f"select distinct on (case_id) id from {service}.{table} where {which} order by case_id, id"
        which = f"id = any (array({of_them}))"
    return f"update {service}.{table} set state = state + 1 where {which}"


ENDS = """
select case_id::text as request_id, at
from (select case_id, pg_xact_commit_timestamp(xmin) as at from notify.ends) ends
where at >= $1
"""


def schema() -> str:
    """All tables, and the volunteers."""
    made = []
    for service, tables in TABLES.items():
        made.append(f"create schema {service};")
        for table in tables:
            refers = " references plan.cases" if service == "plan" and table not in {"cases", "access_log"} else ""
            key = f"id uuid primary key, case_id uuid not null{refers}"
            if (service, table) == ("plan", "cases"):
                key = "id uuid not null, case_id uuid primary key"
            made.append(
                f"create table {service}.{table} ({key}, state int not null default 0, filler text not null,"
                " at timestamptz not null default now());"
            )
            made += [
                f"create index on {service}.{table} ({columns});"
                for columns in _INDEXED[: INDEXES.get(f"{service}.{table}", 0)]
            ]
    made.append(
        "create table matching.volunteers (volunteer_id uuid primary key, buurt int not null, x int not null,"
        " hours int not null, reserved int not null default 0, check (reserved <= hours));"
        "create index on matching.volunteers (buurt);"
        "insert into matching.volunteers select uuidv7(), n % 60, n % 90, 100000, 0 from generate_series(1, 480) n;"
    )
    return "\n".join(made)


def filler(size: int) -> str:
    """Text that makes a row (of two keys, a number and a moment) this large."""
    return "x" * max(0, size - 76)


def message(name: str, size: int, request_id: UUID, buurt: int) -> bytes:
    """An event about one case, of this size."""
    body = {
        "id": str(new_id()),
        "type": name,
        "request_id": str(request_id),
        "buurt": buurt,
        "at": time.time(),
        "filler": "",
    }
    body["filler"] = "x" * max(0, size - len(json.dumps(body)))
    return json.dumps(body).encode()


def subject(name: str) -> str:
    """Where a message travels."""
    return f"wij.{SOURCE[name]}.{name}"


def body(number: int) -> Mapping[str, object]:
    """The n-th request, shaped and sized like WIJ's."""
    return {
        "question": {
            "channel": "stip",
            "requester": {"given_name": "Bewoner", "family_name": "Bedacht", "relation": "self"},
            "postcode": "1001AA",
            "house_number": number,
            "question": "Ik kom de deur niet meer uit en wil graag weer eens met iemand praten.",
            "reference": f"bench-{number}",
        },
        "clarification": {"topics": ["loneliness"], "life_domains": ["social_network"], "urgency": "normal"},
        "safety": {"result": "none"},
        "acceptance": {"household_id": f"00000000-0000-7000-8000-{number:012x}", "legal_basis": "public_task"},
    }
