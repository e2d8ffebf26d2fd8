"""What must be true when everything is quiet again: asked of the databases, the streams and the mail that was sent.

It looks into every schema as the superuser, which no service can: only an outsider can compare them.
"""

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from email.message import Message
from typing import Any
from uuid import UUID

import asyncpg
import nats

from chaos.journey import Seen
from services.intake.subscriptions import SUBSCRIPTIONS as INTAKE
from services.matching.subscriptions import SUBSCRIPTIONS as MATCHING
from services.notify.subscriptions import SUBSCRIPTIONS as NOTIFY
from services.plan.subscriptions import SUBSCRIPTIONS as PLAN
from wij.events import SERVICES
from wij.reader import Subscription

READING: dict[str, Sequence[Subscription]] = {"intake": INTAKE, "plan": PLAN, "matching": MATCHING, "notify": NOTIFY}

OPENING = frozenset({"nl.wij.plan.case.opened.v1", "nl.wij.plan.help_request.attached_to_case.v1"})
"""What plan tells of a request that was accepted: one of these."""

type Connection = asyncpg.Connection[asyncpg.Record]


async def settled(dsn: str, within: float) -> None:
    """Wait until every log is numbered, every reader stands at its end and nothing waits to be sent."""
    end = time.monotonic() + within
    while True:
        try:
            connection: Connection = await asyncpg.connect(dsn)
            try:
                behind = await unsettled(connection)
            finally:
                connection.terminate()
        except (OSError, asyncpg.PostgresError) as error:
            behind = [f"PostgreSQL is away: {type(error).__name__}"]
        if not behind:
            return
        if time.monotonic() > end:
            raise AssertionError(f"not settled after {within} s: {behind}")
        await asyncio.sleep(0.5)


async def unsettled(connection: Connection) -> list[str]:
    """Everything that is still under way."""
    found = []
    for service in SERVICES:
        if waiting := await connection.fetchval(f"select sum(cardinality(ids)) from {service}.pending"):
            found.append(f"{service} has {waiting} events without a position")
        for subscription in READING[service]:
            tokens = [event.subject_token() for event in subscription.handlers]
            behind = await connection.fetchval(
                f"""
                select count(*)
                from {subscription.source}.numbered n join {subscription.source}.outbox on outbox.id = n.outbox_id
                left join {service}.positions on positions.source = $1
                    and positions.partition = split_part(outbox.subject, '.', 5)::int
                where split_part(outbox.subject, '.', 3) = any ($2) and n.position > coalesce(positions.position, 0)
                """,
                subscription.source,
                tokens,
            )
            if behind:
                found.append(f"{service} has not applied {behind} events of {subscription.source}")
    if waiting := await connection.fetchval(
        "select count(*) from notify.notifications where state in ('planned', 'sending')"
    ):
        found.append(f"notify has {waiting} messages to send")
    return found


async def check(connection: Connection, nats_url: str, journeys: Sequence[Seen], mails: Sequence[Message]) -> None:
    """Everything we promise, over what these journeys left behind."""
    assert await violations(connection, nats_url, journeys, mails) == []


async def violations(
    connection: Connection, nats_url: str, journeys: Sequence[Seen], mails: Sequence[Message]
) -> list[str]:
    """Everything we promise and that is not so, over what these journeys left behind."""
    return [
        *await nothing_parked(connection),
        *await requests_without_an_end(connection, journeys),
        *await effects_that_are_not_one(connection, journeys),
        *await out_of_order(connection),
        *await gaps_in_sequences(connection),
        *await streams_that_differ(connection, nats_url),
        *await left_over_on_closed_cases(connection),
        *sent_twice(mails),
    ]


async def nothing_parked(connection: Connection) -> list[str]:
    """Events that could not be applied."""
    return [
        f"{service} parked {row['type']} of {row['source']}: {row['reason']}"
        for service in SERVICES
        for row in await connection.fetch(f"select source, type, reason from {service}.parked where resolution is null")
    ]


async def requests_without_an_end(connection: Connection, journeys: Sequence[Seen]) -> list[str]:
    """I17, P1: accepted requests that did not become part of a case."""
    states = {
        row["request_id"]: row["state"]
        for row in await connection.fetch("select request_id, state from intake.help_requests")
    }
    asked = [UUID(request_id) for seen in journeys for request_id in seen.requests]
    return [f"{one} is {states.get(one)}" for one in asked if states.get(one) not in {"case_opened", "attached"}]


async def effects_that_are_not_one(connection: Connection, journeys: Sequence[Seen]) -> list[str]:
    """P5: a request that did not lead to exactly one fact in plan, a household to one case, a cause to one message."""
    facts = await told(connection, "plan")
    joined = Counter(
        body["data"].get("opened_from") or body["data"].get("request_id") for body in facts if body["type"] in OPENING
    )
    wrong = [
        f"request {one} took effect {joined[one]} times"
        for seen in journeys
        for one in seen.requests
        if joined[one] != 1
    ]
    opened = Counter(body["data"]["household_id"] for body in facts if body["type"] == "nl.wij.plan.case.opened.v1")
    wrong += [
        f"household {seen.household_id} has {opened[seen.household_id]} cases"
        for seen in journeys
        if seen.requests and opened[seen.household_id] != 1
    ]
    twice = await connection.fetch(
        "select cause_id, template, channel, recipient, recipient_id from notify.notifications"
        " group by 1, 2, 3, 4, 5 having count(*) > 1"
    )
    return wrong + [f"notification planned twice for {row['cause_id']}" for row in twice]


async def out_of_order(connection: Connection) -> list[str]:
    """Facts of a household that plan applied in another order than intake told them."""
    accepted: dict[str, list[str]] = defaultdict(list)
    for body in await told(connection, "intake"):
        if body["type"] == "nl.wij.intake.help_request.accepted.v1":
            accepted[body["data"]["household_id"]].append(body["data"]["request_id"])
    applied: dict[str, list[str]] = defaultdict(list)
    for body in await told(connection, "plan"):
        if body["type"] in OPENING:
            data = body["data"]
            applied[data["household_id"]].append(data.get("opened_from") or data["request_id"])
    return [
        f"household {one}: {accepted[one]} became {applied[one]}" for one in accepted if accepted[one] != applied[one]
    ]


async def gaps_in_sequences(connection: Connection) -> list[str]:
    """I22: aggregates whose events do not count 1, 2, 3 …, and logs with a hole."""
    found = []
    for service in SERVICES:
        rows = await connection.fetch(
            f"select aggregate_id from {service}.outbox group by 1"
            " having max(sequence) <> count(*) or min(sequence) <> 1"
        )
        found += [f"{service}: {row['aggregate_id']}" for row in rows]
        row = await connection.fetchrow(
            f"select count(*) as rows, coalesce(max(position), 0) as last from {service}.told"
        )
        assert row is not None
        if row["rows"] != row["last"]:
            found.append(f"{service}: {row['rows']} positions up to {row['last']}")
    return found


async def streams_that_differ(connection: Connection, nats_url: str) -> list[str]:
    """Streams that are not, byte for byte and number for number, their service's log."""
    found = []
    client = await nats.connect(nats_url.split(","))
    try:
        for service in SERVICES:
            rows = await connection.fetch(f"select position, body from {service}.told order by position")
            jetstream = client.jetstream()
            info = await jetstream.stream_info(service.upper())
            if info.state.last_seq != len(rows):
                found.append(f"{service}: stream ends at {info.state.last_seq}, log at {len(rows)}")
                continue
            if not rows:
                continue
            subscription = await jetstream.subscribe(f"wij.{service}.>", ordered_consumer=True)
            for row in rows:
                message = await subscription.next_msg(timeout=5)
                if message.metadata.sequence.stream != row["position"] or message.data != row["body"]:
                    found.append(f"{service}: position {row['position']} differs")
    finally:
        await client.close()
    return found


async def left_over_on_closed_cases(connection: Connection) -> list[str]:
    """I8: what still hangs on a case that was closed, in any service."""
    closed = [row["case_id"] for row in await connection.fetch("select case_id from plan.cases where state = 'closed'")]
    questions = {
        "an offered handover": "select count(*) from plan.handovers where case_id = any ($1) and state = 'offered'",
        "a running plan": "select count(*) from plan.plans where case_id = any ($1) and state = 'active'",
        "a planned review": "select count(*) from plan.reviews where case_id = any ($1) and state = 'planned'",
        "an open need": "select count(*) from matching.needs where case_id = any ($1)"
        " and state not in ('fulfilled', 'ended')",
        "a live match": "select count(*) from matching.matches where case_id = any ($1)"
        " and state in ('proposed', 'matched', 'introduced', 'active')",
        "an open deadline": "select count(*) from notify.deadlines where case_id = any ($1) and closed_at is null",
    }
    return [what for what, statement in questions.items() if await connection.fetchval(statement, closed)]


def sent_twice(mails: Sequence[Message]) -> list[str]:
    """P8: messages that left more than once."""
    times = Counter(str(mail["X-WIJ-Notification"]) for mail in mails)
    return [f"{key} was sent {count} times" for key, count in times.items() if count > 1]


async def found(connection: Connection) -> dict[str, list[Any]]:
    """What there is of everything that clients can make, and what plan made of accepted requests, in its order."""
    tables = {
        "request_id": "intake.help_requests",
        "household_id": "intake.households",
        "volunteer_id": "matching.volunteers",
        "match_id": "matching.matches",
        "plan_id": "plan.plans",
        "handover_id": "plan.handovers",
        "consent_id": "plan.consents",
        "action_id": "plan.actions",
        "need_id": "plan.support_needs",
    }
    there: dict[str, list[Any]] = {
        name: [str(row[0]) for row in await connection.fetch(f"select {name} from {table}")]
        for name, table in tables.items()
    }
    facts = [body for body in await told(connection, "plan") if body["type"] in OPENING]
    there["effects"] = [
        [body["data"]["household_id"], body["data"].get("opened_from") or body["data"]["request_id"]] for body in facts
    ]
    cases = await connection.fetch("select household_id, case_id from plan.cases")
    there["cases"] = [[str(row["household_id"]), str(row["case_id"])] for row in cases]
    return there


async def told(connection: Connection, service: str) -> list[dict[str, Any]]:
    """The service's events in the order of their positions."""
    return [
        json.loads(row["body"]) for row in await connection.fetch(f"select body from {service}.told order by position")
    ]
