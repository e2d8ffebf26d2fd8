"""One run: the system, its load, what it suffers, and what is found when all is quiet again."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from chaos import aftermath, check
from chaos.faults import Suffering
from chaos.fleet import FOUR_TIMES_TWO, ONE_PROCESS, Fleet, Layout
from chaos.history import History
from chaos.load import Load, at_work
from chaos.proxy import Proxy
from wij.mailsink import MailSink

LAYOUTS: Mapping[str, Layout] = {"one": ONE_PROCESS, "replicas": FOUR_TIMES_TWO}
SETTLED_WITHIN = 120
"""Seconds; a mail whose sender died stays in its hands for one minute."""


@dataclass(slots=True)
class Outcome:
    """What one run found and counted."""

    violations: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    struck: Sequence[str] = ()
    takeovers: Sequence[float] = ()
    journeys: int = 0
    mails: int = 0
    answers: int = 0
    unknown: int = 0


async def suffer(seed: int, seconds: float, layout: str, folder: Path, *, hurry: bool = False) -> Outcome:
    """Let everything happen to the system for so many seconds, and tell what is wrong afterwards.

    A message stays in the hands of a sender that died for one minute; in a `hurry` nobody waits for that.
    """
    sink = MailSink(folder / "mail")
    history = History(folder / "history.jsonl")
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(sink.listening())
        ways = {name: await stack.enter_async_context(Proxy(name).listening()) for name in ("postgres", "nats", "smtp")}
        fleet = Fleet(folder / "wij", LAYOUTS[layout], port, ways=ways)
        suffering = Suffering(fleet, seed)
        fleet.fail_points = suffering.fail_points
        stack.enter_context(fleet.running())
        alive = asyncio.create_task(fleet.keep_alive())
        try:
            await fleet.ready()
            load = await stack.enter_async_context(at_work(fleet, history))
            await load.prepare()
            working = asyncio.create_task(load.bear(seconds, random.Random(seed)))
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await suffering.go_on(load.people.answers)
            await suffering.heal()
            await working
            leases = asyncio.create_task(_end_old_leases(fleet.ground.postgres.dsn("wij"))) if hurry else None
            violations = await afterwards(fleet, load, sink, SETTLED_WITHIN)
            if leases is not None:
                leases.cancel()
        finally:
            alive.cancel()
        history.close()
        return Outcome(
            violations=violations,
            kills=fleet.kills,
            struck=suffering.struck,
            takeovers=suffering.takeovers,
            journeys=len(load.seen),
            mails=len(sink.messages()),
            answers=load.people.answers(),
            unknown=load.unknown,
        )


async def afterwards(fleet: Fleet, load: Load, sink: MailSink, within: float) -> list[str]:
    """Wait until all is quiet, and ask everything: the databases, the streams, the mails, and the history."""
    wrong = [f"could not go on: {reason}" for reason in load.failed]
    dsn = fleet.ground.postgres.dsn("wij")
    try:
        await aftermath.settled(dsn, within)
    except AssertionError as error:
        wrong.append(str(error))
    connection = await asyncpg.connect(dsn)
    try:
        wrong += await aftermath.violations(connection, fleet.ground.nats.url, load.seen, sink.messages())
        for what, result in (await aftermath.found(connection)).items():
            load.history.write("harness", {"do": "found", "what": what}, 0, result)
    finally:
        connection.terminate()
    for mail in sink.messages():
        load.history.write("post", {"do": "mail", "notification": str(mail["X-WIJ-Notification"])}, 0, "sent")
    return wrong + check.violations(load.history.records)


async def _end_old_leases(dsn: str) -> None:
    """End leases that are older than 15 s: with everything healed no attempt lasts that long."""
    connection = await asyncpg.connect(dsn)
    try:
        while True:
            await connection.execute(
                "update notify.notifications set leased_until = now()"
                " where state in ('planned', 'sending') and leased_until > now()"
                " and leased_until < now() + interval '45 seconds'"
            )
            await asyncio.sleep(1)
    finally:
        connection.terminate()
