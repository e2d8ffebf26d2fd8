"""What becomes of WIJ when a disk is full: NATS's, and PostgreSQL's (P1, P6).

    python -m chaos.disk --seed 1 [--seconds 12] [--keep]

Both stores are small file systems in memory, of a mount namespace of this program's own, so nothing is left of them.
A ballast file fills them, as a forgotten log would. Where mounting is not allowed nothing is tried, and it says so.
"""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from chaos.aftermath import Connection
from chaos.trial import Trial, on_trial
from chaos.verdict import Verdict, arguments, conclude
from wij.embedded import Ground, says_ok
from wij.embedded.place import place_for_postgres
from wij.events import SERVICES

PROMISES = ("P1", "P5", "P6")
BY_ITSELF = 20
"""Seconds that a server with space again gets before it is restarted, as the operations page says."""
POSTGRES_MB, NATS_MB = 400, 64
SMALL_WAL = {"max_wal_size": "64MB", "min_wal_size": "32MB"}


def move_out() -> str | None:
    """Give this process mounts of its own; answers why that cannot be done here."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "mounting needs Linux and root"
    try:
        os.unshare(os.CLONE_NEWNS)
        _run("mount", "--make-rprivate", "/")
    except (OSError, subprocess.CalledProcessError) as error:
        return f"this machine does not allow it: {error}"
    return None


class Disk:
    """A small file system that can be filled."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    @contextmanager
    def mounted(self, megabytes: int) -> Iterator["Disk"]:
        """There, and empty."""
        self.path.mkdir(parents=True, exist_ok=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(self.path))
        try:
            yield self
        finally:
            _run("umount", "--lazy", str(self.path))

    @property
    def free(self) -> int:
        """Bytes."""
        return shutil.disk_usage(self.path).free

    def fill(self) -> None:
        """Leave no byte."""
        with self._ballast.open("ab", buffering=0) as ballast:
            while self.free:
                ballast.write(bytes(min(self.free, 1 << 20)))

    def clear(self) -> None:
        """Give the space back."""
        self._ballast.unlink(missing_ok=True)


_NUMBERED = "select coalesce(max(position), 0) from {}.log"


class Full:
    """The two cases."""

    def __init__(self, trial: Trial, ground: Ground, seconds: float) -> None:
        self.trial = trial
        self.ground = ground
        self.seconds = seconds

    async def nats(self, disk: Disk) -> Mapping[str, object]:
        """Filled, freed, and restarted when it does not copy again by itself."""
        await self._stay_full(disk)
        waiting = await self._over_all("select coalesce(sum(cardinality(ids)), 0) from {}.pending")
        assert waiting, "nothing waited while the disk was full, so nothing was tried"
        disk.clear()
        healed = await self._numbered_within(BY_ITSELF)
        healthy = says_ok(self.ground.nats.monitor_port, "/healthz")
        if not healed:
            self.ground.nats.stop()
            self.ground.nats.start()
        return {
            "seconds it was full": self.seconds,
            "events that waited": waiting,
            "copied again by itself": "yes" if healed else f"no, not in {BY_ITSELF} s: nats-server was restarted",
            "its /healthz before that": "well" if healthy else "not well",
        }

    async def postgres(self, disk: Disk) -> Mapping[str, object]:
        """Filled, freed, and started again when it fell."""
        await self._stay_full(disk)
        fell = self.ground.postgres.died()
        disk.clear()
        await self.trial.fleet.revive(self.ground.postgres)
        return {"seconds it was full": self.seconds, "PostgreSQL": "fell, and was started again" if fell else "stayed"}

    async def _stay_full(self, disk: Disk) -> None:
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            disk.fill()  # again and again: whatever is given back meanwhile is taken
            await asyncio.sleep(0.2)

    async def _numbered_within(self, seconds: float) -> bool:
        """Whether a relay gives numbers again: it gives none before the stream holds what was numbered."""
        before, end = await self._over_all(_NUMBERED), time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(0.5)
            if await self._over_all(_NUMBERED) > before:
                return True
        return False

    async def _over_all(self, select: str) -> int:
        """The sum of what every service's own table says."""
        connection: Connection = await asyncpg.connect(self.ground.postgres.dsn("wij"))
        try:
            return sum([int(await connection.fetchval(select.format(service))) for service in SERVICES])
        finally:
            connection.terminate()


async def suffer(seed: int, seconds: float, folder: Path) -> list[Verdict]:
    """Both, on one system."""
    ground = Ground(folder / "ground", postgres_settings=SMALL_WAL)
    ground.data.mkdir(parents=True)
    with (
        Disk(place_for_postgres(ground.data)).mounted(POSTGRES_MB) as database,
        Disk(ground.data / "nats").mounted(NATS_MB) as streams,
    ):
        async with on_trial(folder, ground, seed) as trial:
            full = Full(trial, ground, seconds)
            return [
                await trial.case("disk-nats", PROMISES, lambda: full.nats(streams), door_stays_open=True),
                await trial.case("disk-postgres", PROMISES, lambda: full.postgres(database), door_stays_open=False),
                await trial.history("disk"),
            ]


def main() -> int:
    """The command."""
    parser = arguments("chaos.disk", __doc__)
    parser.add_argument("--seconds", type=float, default=12, help="how long each disk is full")
    asked = parser.parse_args()
    if why_not := move_out():
        print(f"  SKIPPED: {why_not}")
        return 0
    with tempfile.TemporaryDirectory(prefix="wij-disk-") as folder:
        verdicts = asyncio.run(suffer(asked.seed, asked.seconds, Path(folder)))
    return conclude(verdicts, keep=asked.keep)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main())
