"""The restore drill: the database's disk goes, then the streams, then an hour; each time everything is asked (P14).

    python -m chaos.restore --seed 1 [--keep]

PostgreSQL is backed up and restored by the commands of docs/operations.md. The seed decides what households do and
after how many answers the disk goes; the moment itself is never the same twice.
"""

import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import nats

from chaos import aftermath
from chaos.backup import Backup, destroy, recovered
from chaos.client import Client
from chaos.fleet import ONE_PROCESS, Fleet
from chaos.journey import TEAM, People, Seen, live, prepare
from chaos.memory import Memory
from chaos.verdict import Verdict, arguments, conclude
from wij.cast import CAST
from wij.embedded import asked
from wij.events import SERVICES
from wij.issuer import Issuer
from wij.mailsink import MailSink
from wij.relay import end_of

WORKERS = ("samira", "nadia", "tom")
ROSTER = (*WORKERS, "roy", "karin", "hanneke")
HOUSEHOLDS = 24
"""On their way while the disk goes; a quarter as many in each later step."""
AT_ONCE = 6
WITHIN = 120
"""Seconds in which everything must be quiet again, streams filled, and a stream that is ahead noticed."""


class Drill:
    """One system, and what it goes through."""

    def __init__(self, fleet: Fleet, people: People, memory: Memory, sink: MailSink, seed: int) -> None:
        self.fleet = fleet
        self.people = people
        self.memory = memory
        self.sink = sink
        self.seed = seed
        self.dice = random.Random(seed)
        self.dsn = fleet.ground.postgres.dsn("wij")
        self.backup = Backup(fleet.ground.postgres, "1")
        self.seen: list[Seen] = []
        """Every journey that the database must know."""
        self.begun = 0

    async def lose_the_disk(self) -> Verdict:
        """Case a: the base backup comes half-way, the disk goes under load, and all that was answered must be there."""
        self.backup.receive()
        await self.backup.received(self.dsn)
        await self.backup.run("wait-for-receiver")
        loading = asyncio.create_task(self.live(HOUSEHOLDS))
        await self._answers(self.dice.randint(80, 140), loading)
        await self.backup.run("base-backup")
        await self._answers(self.dice.randint(40, 120), loading)
        began = time.monotonic()
        destroy(self.fleet.ground.postgres)
        await self.close()
        answered = len(self.memory.answers)
        await self.restore("2")
        lost = await self.memory.lost(self.dsn)
        kept = self.backup.adopt(self.fleet.settings)
        await self.open()
        seconds = time.monotonic() - began
        found = [f"answered, and lost: {one}" for one in lost]
        found += [f"{count} events of {service} were ahead" for service, count in kept.items() if count]
        addresses = {service: self.fleet.addresses(service)[0] for service in SERVICES}
        found += [f"asked again, and answered otherwise: {one}" for one in await self.memory.otherwise(addresses)]
        self.seen += await loading
        found += await self._violations()
        figures = {
            "seed": self.seed,
            "answered before the disk went": answered,
            "of these lost": len(lost),
            "seconds until ready again": round(seconds, 1),
            "households": len(self.seen),
            "mails": len(self.sink.messages()),
        }
        return Verdict("restore-synchronous", ["P14", "P1", "P2", "P8"], found, figures)

    async def lose_streams(self, name: str, old: Path | None = None) -> Verdict:
        """Cases b and d: NATS comes back with an older copy of its store, or with none."""
        await aftermath.settled(self.dsn, WITHIN)
        told, mails = sum((await self._ends_of_logs()).values()), len(self.sink.messages())
        store = self.fleet.ground.data / "nats"
        self.fleet.ground.nats.kill()
        shutil.rmtree(store)
        if old is not None:
            shutil.copytree(old, store)
        began = time.monotonic()
        self.fleet.ground.nats.start()
        missing = told - sum((await self._ends_of_streams()).values())
        while await self._ends_of_streams() != await self._ends_of_logs() and time.monotonic() < began + WITHIN:
            await asyncio.sleep(0.2)
        seconds = time.monotonic() - began
        found = await self._violations()
        found += [] if missing else ["nothing was missing in the streams, so nothing was tried"]
        found += ["something was told again"] if sum((await self._ends_of_logs()).values()) != told else []
        found += ["a mail was sent again"] if len(self.sink.messages()) != mails else []
        figures = {
            "seed": self.seed,
            "events": told,
            "of these missing in the streams": missing,
            "seconds until filled": round(seconds, 1),
        }
        return Verdict(name, ["P14", "P5", "P8"], found, figures)

    async def go_back(self) -> Verdict:
        """Case c: PostgreSQL is restored to an earlier moment on purpose; nobody may take the lost past for true."""
        await self.backup.run("base-backup")
        self.seen += await self.live(HOUSEHOLDS // 4)
        until = await self.value("select clock_timestamp()::text")
        lost = await self.live(HOUSEHOLDS // 4)
        await aftermath.settled(self.dsn, WITHIN)
        mails = len(self.sink.messages())
        await self.close()
        destroy(self.fleet.ground.postgres)
        await self.restore("3", until)
        logs, streams = await self._ends_of_logs(), await self._ends_of_streams()
        ahead = {service: streams[service] - logs[service] for service in SERVICES}
        found = [] if any(ahead.values()) else ["no stream was ahead, so nothing was tried"]
        found += await self._refusals(logs, streams)
        await self.close()
        kept = self.backup.adopt(self.fleet.settings)
        found += [] if kept == ahead else [f"ahead were {ahead}, and kept were {kept}"]
        await self.open()
        self.seen += await self.live(HOUSEHOLDS // 4)
        found += await self._violations(mails_are_single=False)
        there = {str(row["household_id"]) for row in await self.rows("select household_id from plan.cases")}
        found += [f"{one.household_id} came back from the lost past" for one in lost if one.household_id in there]
        known = {str(row["id"]) for row in await self.rows("select id from notify.notifications")}
        sent = [str(mail["X-WIJ-Notification"]) for mail in self.sink.messages()]
        figures = {
            "seed": self.seed,
            "events kept for a person": sum(kept.values()),
            "mails before going back": mails,
            "mails no longer on record": len([one for one in sent if one not in known]),
            "mails that left twice": len(aftermath.sent_twice(self.sink.messages())),
        }
        return Verdict("restore-stream-ahead", ["P14", "P5", "P6"], found, figures)

    async def live(self, households: int) -> list[Seen]:
        """So many new households go their way."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(number: int, *, further: bool, close: bool) -> Seen:
            async with places:
                return await live(self.people, number, plan=further, need=further, close=close)

        first, self.begun = self.begun, self.begun + households
        async with asyncio.TaskGroup() as group:
            tasks = []
            for number in range(first, self.begun):
                further = self.dice.random() < 0.4
                close = further and self.dice.random() < 0.5
                tasks.append(group.create_task(one(number, further=further, close=close)))
        return [task.result() for task in tasks]

    async def copy_of_streams(self) -> Path:
        """The store of NATS as it is now."""
        old = self.fleet.folder / "old-nats"
        self.fleet.ground.nats.stop()
        shutil.copytree(self.fleet.ground.data / "nats", old)
        self.fleet.ground.nats.start()
        return old

    async def restore(self, name: str, until: str = "") -> None:
        """By the page, up to the step that compares; its WAL receiver begins anew."""
        self.backup.close()
        await self.backup.run("restore")
        if until:
            await self.backup.run("restore-until", UNTIL=until)
        self.fleet.ground.postgres.start()
        await recovered(self.dsn)
        await self.backup.run("restored")
        self.backup = Backup(self.fleet.ground.postgres, name)
        self.backup.receive()
        await self.backup.received(self.dsn)

    async def _refusals(self, logs: Mapping[str, int], streams: Mapping[str, int]) -> list[str]:
        """What is wrong when our processes are started too early: relays and readers must say no, and stand still."""
        for replica in self.fleet.replicas:
            self.fleet.start(replica)
        wanted = {
            f"{trouble}: {service.upper()} ends at {streams[service]}"
            for service in SERVICES
            if streams[service] > logs[service]
            for trouble in ("StreamAhead", "NotInTheLog")
        }
        end = time.monotonic() + WITHIN
        while wanted and time.monotonic() < end:
            _, said = await asyncio.to_thread(asked, self.fleet.replicas[0].port, "/ready")
            wanted = {words for words in wanted if words not in said}
            await asyncio.sleep(0.2)
        found = [f"nobody said {words}" for words in wanted]
        for service in SERVICES:
            read = await self.rows(f"select source, max(position) as position from {service}.positions group by 1")
            beyond = [row for row in read if row["position"] > logs[row["source"]]]
            found += [f"{service} read {row['source']} up to {row['position']}" for row in beyond]
        return found + ([] if await self._ends_of_logs() == logs else ["a number was given"])

    async def _violations(self, *, mails_are_single: bool = True) -> list[str]:
        """Everything we promise and that is not so, once everything is quiet."""
        await aftermath.settled(self.dsn, WITHIN)
        connection = await asyncpg.connect(self.dsn)
        try:
            return [
                *await aftermath.nothing_parked(connection),
                *await aftermath.requests_without_an_end(connection, self.seen),
                *await aftermath.effects_that_are_not_one(connection, self.seen),
                *await aftermath.out_of_order(connection),
                *await aftermath.gaps_in_sequences(connection),
                *await aftermath.streams_that_differ(connection, self.fleet.ground.nats.url),
                *await aftermath.left_over_on_closed_cases(connection),
                *(aftermath.sent_twice(self.sink.messages()) if mails_are_single else []),
            ]
        finally:
            connection.terminate()

    async def close(self) -> None:
        """Kill our processes, and let everybody read what was answered last."""
        for replica in self.fleet.replicas:
            if replica.process is not None:
                replica.process.kill()
                replica.process.wait()
        await asyncio.sleep(1)

    async def open(self) -> None:
        """Start our processes, and wait until they are ready."""
        for replica in self.fleet.replicas:
            self.fleet.start(replica)
        await self.fleet.ready()

    async def _answers(self, more: int, loading: asyncio.Task[list[Seen]]) -> None:
        """Wait until so many more calls were answered, while there are any."""
        goal = self.people.answers() + more
        while self.people.answers() < goal and not loading.done():
            await asyncio.sleep(0.02)

    async def _ends_of_logs(self) -> dict[str, int]:
        return {
            service: await self.value(f"select coalesce(max(position), 0) from {service}.told") for service in SERVICES
        }

    async def _ends_of_streams(self) -> dict[str, int]:
        client = await nats.connect(self.fleet.ground.nats.url)
        try:
            return {service: await end_of(client.jetstream(), service) for service in SERVICES}
        finally:
            await client.close()

    async def value(self, statement: str) -> Any:
        """The first column of the first row, asked as a superuser."""
        return (await self.rows(statement))[0][0]

    async def rows(self, statement: str) -> list[asyncpg.Record]:
        """All rows, asked as a superuser."""
        connection = await asyncpg.connect(self.dsn)
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement)
            return rows
        finally:
            connection.terminate()


async def drill(seed: int, folder: Path) -> AsyncIterator[Verdict]:
    """All cases, one after the other, on one system."""
    async with one_system(seed, folder, volunteers=10) as run:
        yield await run.lose_the_disk()
        old = await run.copy_of_streams()
        run.seen += await run.live(HOUSEHOLDS // 4)
        yield await run.lose_streams("restore-stream-behind", old)
        yield await run.lose_streams("restore-stream-lost")
        yield await run.go_back()


@asynccontextmanager
async def one_system(seed: int, folder: Path, volunteers: int) -> AsyncIterator[Drill]:
    """All of WIJ in one process, with a team at work, to be backed up and restored."""
    sink = MailSink(folder / "mail")
    async with sink.listening() as port:
        fleet = Fleet(folder / "wij", ONE_PROCESS, port)
        memory = Memory()
        with fleet.running():
            await fleet.ready()
            async with at_work(fleet, memory) as people:
                await prepare(people, {str(CAST[name].id): _as_worker(name) for name in ROSTER}, volunteers=volunteers)
                run = Drill(fleet, people, memory, sink, seed)
                try:
                    yield run
                finally:
                    run.backup.close()


@asynccontextmanager
async def at_work(fleet: Fleet, memory: Memory) -> AsyncIterator[People]:
    """The people of the load, signed in and listened to."""
    issuer = Issuer(fleet.settings)
    clients = {
        login: Client(fleet.addresses, issuer.mint(CAST[login].actor), patience=300)
        for login in (*WORKERS, "ferd", "sip", "hanneke")
    }
    for client in clients.values():
        memory.listen(client)
    try:
        yield People(
            admin=clients["ferd"],
            desk=clients["sip"],
            workers={str(CAST[login].id): clients[login] for login in WORKERS},
            volunteer_coordinator=clients["hanneke"],
        )
    finally:
        for client in clients.values():
            await client.close()


def _as_worker(login: str) -> dict[str, object]:
    person = CAST[login]
    return {
        "team": TEAM,
        "roles": [str(person.role)],
        "specialisms": [],
        "caseload_limit": 500,
        "name": person.name,
        "email": person.email,
    }


async def main() -> int:
    """The command."""
    wished = arguments("chaos.restore", __doc__).parse_args()
    verdicts = []
    with tempfile.TemporaryDirectory(prefix="wij-restore-") as folder:
        async for verdict in drill(wished.seed, Path(folder)):
            verdict.say()
            verdicts.append(verdict)
    return conclude(verdicts, keep=wished.keep)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
