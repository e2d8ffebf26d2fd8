"""What an update takes away from those who ask meanwhile, which must be nothing (P13).

    python -m chaos.rolling --seed 1 [--keep]

Twice five updates under load, a migration and a death of nats-server among them: of one process with a keeper, which
hands its socket on, and of two replicas behind a load balancer, by turns. Each update is other code at the same place.
Two kinds of people ask: those who ask again with their key until they are answered; those at the door, who ask once.
"""

import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import httpx
import psutil

from chaos.aftermath import Connection
from chaos.fleet import ONE_PROCESS, Fleet, Layout, Replica
from chaos.installation import Installation
from chaos.trial import Trial, on_trial
from chaos.verdict import Verdict, arguments, conclude
from wij.embedded import Ground

PROMISES = ("P13", "P1")
UPDATES = 5
KNOCKS_EVERY = 0.2
"""Seconds between two who come to the door: an update has many moments at which it could go wrong."""
AT_ONCE = 1
"""Households on their way together, beside those that many want to direct: a process that starts needs a core too."""
UPDATED_WITHIN = 120
"""Seconds."""
TWO: Layout = {"all": 2}
EXPAND: Mapping[str, str] = {
    "intake": """
        alter table help_requests add column heard_by text not null default 'somebody';
        create index help_requests_heard_by on help_requests (heard_by);
    """,
    "plan": "alter table cases add column colour text not null default 'none';",
}
"""The migration: what every row gets while rows are written."""


class Rolling:
    """The updates of one system."""

    def __init__(self, trial: Trial, installed: Installation) -> None:
        self.fleet = trial.fleet
        self.dice = trial.dice
        self.installed = installed
        self.migrates = self.dice.randint(2, UPDATES - 1)
        """Which update has a migration; the one after it finds NATS dead."""

    async def kept(self) -> Mapping[str, object]:
        """One process after the other at one socket."""
        return await self._update_all(self._by_its_keeper)

    async def by_turns(self) -> Mapping[str, object]:
        """One of two replicas after the other."""
        return await self._update_all(self._by_a_restart)

    async def migrated(self, connection: Connection) -> list[str]:
        """What of the migration is not there."""
        return [
            f"the migration of {service} did not run"
            for service in EXPAND
            if not await connection.fetchval(
                f"select true from {service}.schema_migrations where name like '%/9000_1.0.{self.migrates}.sql'"
            )
        ]

    async def _update_all(self, update: Callable[[Replica], Awaitable[None]]) -> Mapping[str, object]:
        seconds = []
        for number in range(1, UPDATES + 1):
            self.installed.update(f"1.0.{number}", EXPAND if number == self.migrates else {})
            replica = self.fleet.replicas[number % len(self.fleet.replicas)]
            began = time.monotonic()
            away = asyncio.create_task(self._lose_nats()) if number == self.migrates + 1 else None
            await update(replica)
            seconds.append(round(time.monotonic() - began, 1))
            if away is not None:
                await away
            if (found := await _version(replica.port)) != self.installed.version:
                raise AssertionError(f"{found} answers, and not {self.installed.version}")
            await asyncio.sleep(self.dice.uniform(1, 3))
        return {"updates, seconds of each": ", ".join(map(str, seconds))}

    async def _lose_nats(self) -> None:
        await asyncio.sleep(self.dice.uniform(0, 4))
        await self.fleet.kill_server(self.fleet.ground.nats, away=1)

    async def _by_its_keeper(self, replica: Replica) -> None:
        assert replica.process is not None
        keeper = psutil.Process(replica.process.pid)
        old = keeper.children()
        keeper.send_signal(signal.SIGHUP)
        end = time.monotonic() + UPDATED_WITHIN
        while len(now := keeper.children()) != 1 or now == old:
            if time.monotonic() > end:
                raise TimeoutError(f"not replaced within {UPDATED_WITHIN} s")
            await asyncio.sleep(0.1)

    async def _by_a_restart(self, replica: Replica) -> None:
        await _left(replica)
        self.fleet.start(replica)
        await self.fleet.ready(replica)


async def _version(port: int) -> str:
    async with httpx.AsyncClient(timeout=5) as http:
        return (await http.get(f"http://127.0.0.1:{port}/health")).headers["API-Version"]


async def _left(replica: Replica) -> None:
    """Ask it to leave, and wait until it has."""
    assert replica.process is not None
    replica.process.terminate()
    while replica.process.poll() is None:
        await asyncio.sleep(0.05)


@asynccontextmanager
async def updated(
    folder: Path, seed: int, layout: Layout, words: Sequence[str] = ()
) -> AsyncIterator[tuple[Trial, Rolling]]:
    """A system whose code can be updated; its processes are asked to leave at the end."""
    installed = Installation(folder / "installed")
    ground = Ground(folder / "wij", durable=False, postgres_settings={"synchronous_commit": "on"})
    made = partial(Fleet, words=words, installed=installed)
    async with on_trial(folder, ground, seed, layout, made=made) as trial:
        trial.knocks_every, trial.at_once = KNOCKS_EVERY, AT_ONCE
        yield trial, Rolling(trial, installed)
        await asyncio.gather(*map(_left, trial.fleet.replicas))


async def suffer(seed: int, folder: Path) -> list[Verdict]:
    """Both ways."""
    verdicts = []
    async with updated(folder / "kept", seed, ONE_PROCESS, ["--keep"]) as (trial, rolling):
        case = await trial.case("rolling", PROMISES, rolling.kept, door_stays_open=True, also=rolling.migrated)
        verdicts += [case, await trial.history("rolling-history")]
    async with updated(folder / "two", seed, TWO) as (trial, rolling):
        case = await trial.case(
            "rolling-replicas", PROMISES, rolling.by_turns, door_stays_open=True, also=rolling.migrated
        )
        verdicts += [case, await trial.history("rolling-replicas-history")]
    return verdicts


def main() -> int:
    """The command."""
    parser = arguments("chaos.rolling", __doc__)
    parser.add_argument("--folder", type=Path, help="where everything is kept")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wij-rolling-") as thrown_away:
        verdicts = asyncio.run(suffer(asked.seed, asked.folder or Path(thrown_away)))
    return conclude(verdicts, keep=asked.keep)


if __name__ == "__main__":
    sys.exit(main())
