"""The machine a variant runs on: servers with their data in memory, and its own processes, all of them counted."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from wij.embedded import Ground

MEMORY = Path("/dev/shm")  # noqa: S108  # data directories in memory: the disk of a shared machine measures its neighbours
START_WITHIN = 120
"""Seconds a variant may take to be ready."""

SETTINGS: Mapping[str, str] = {
    "synchronous_commit": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
    "track_commit_timestamp": "on",  # when a row was really there, for everybody alike
    "autovacuum_naptime": "10s",
}
"""PostgreSQL's settings, the same for every variant: a commit is answered after its flush."""


@dataclass(slots=True)
class Machine:
    """What runs for one variant."""

    folder: Path
    ground: Ground
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    commands: dict[str, tuple[Sequence[str], Mapping[str, str]]] = field(default_factory=dict)
    """How each was started, for who wants to start it again."""

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a process of the variant; its output goes to a file of its name."""
        self.commands[name] = (command, environment)
        with (self.folder / f"{name}.log").open("ab") as output:
            self.processes[name] = subprocess.Popen(
                [str(word) for word in command],
                env={**os.environ, **environment},
                stdout=output,
                stderr=output,
                cwd=Path(__file__).parents[1],
            )

    def python(self, name: str, *words: str, **environment: str) -> None:
        """Start a Python module or program as a process of the variant."""
        self.start(name, [sys.executable, *words], environment)

    def wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait until the variant is ready; raises with the last words of whoever is not."""
        end = time.monotonic() + START_WITHIN
        while not ready():
            gone = [name for name, process in self.processes.items() if process.poll() is not None]
            if gone or time.monotonic() > end:
                said = {name: (self.folder / f"{name}.log").read_text()[-2000:] for name in gone or self.processes}
                raise TimeoutError(f"not ready: {said}")
            time.sleep(0.1)

    def roots(self) -> Mapping[str, int]:
        """The process ids that are counted, by name: the variant's, PostgreSQL's and NATS's."""
        ours = {name: process.pid for name, process in self.processes.items()}
        servers = {server.name: server.pid for server in (self.ground.postgres, self.ground.nats)}
        return ours | {name: pid for name, pid in servers.items() if pid is not None}

    def stand_back(self) -> None:
        """Leave the processors to others for as long as they have work for them (Linux's `SCHED_IDLE`)."""
        self._schedule("SCHED_IDLE")

    def stand_forward(self) -> None:
        """Work like anybody again."""
        self._schedule("SCHED_OTHER")

    def _schedule(self, name: str) -> None:
        """For every thread; where there is no such policy (not Linux) or no right to come back (root), nobody goes."""
        policy: int | None = getattr(os, name, None)
        if policy is None or os.geteuid() != 0:
            return
        for root in map(psutil.Process, self.roots().values()):
            for process in (root, *root.children(recursive=True)):
                with suppress(psutil.NoSuchProcess, ProcessLookupError):  # it ended meanwhile
                    for thread in process.threads():
                        os.sched_setscheduler(thread.id, policy, os.sched_param(0))

    def kill(self, name: str) -> None:
        """Kill -9 a process of the variant with its children, as a machine's end would, or nats-server."""
        if name == self.ground.nats.name:
            self.ground.nats.kill()
            return
        process = self.processes[name]
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.kill()
        for child in family:
            with suppress(psutil.NoSuchProcess):  # it may follow its parent by itself
                child.kill()
        process.wait()

    async def watch(self, every: float = 0.1) -> None:
        """Start again at once whatever ended, by whatever cause, until cancelled; the data stays."""
        while True:
            if self.ground.nats.died():
                self.ground.nats.spawn()
            for name, process in self.processes.items():
                if process.poll() is not None:
                    self.start(name, *self.commands[name])
            await asyncio.sleep(every)

    def stop(self) -> None:
        """End the variant's processes, children included."""
        for name in self.processes:
            self.kill(name)
        self.processes.clear()


@contextmanager
def machine(*, nats_sync: str = "always", **settings: str) -> Iterator[Machine]:
    """A fresh machine with PostgreSQL and NATS up; gone afterwards."""
    base = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="wij-bench-", dir=base) as name:
        folder = Path(name)
        folder.chmod(0o755)
        ground = Ground(folder, trust=True, postgres_settings={**SETTINGS, **settings}, nats_sync=nats_sync)
        ground.start()
        here = Machine(folder, ground)
        try:
            yield here
        finally:
            here.stop()
            ground.stop()
