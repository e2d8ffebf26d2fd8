"""A small process that owns the address we listen at, and keeps one process that serves there (`wijd --keep`).

On SIGHUP it starts another one, with whatever code is installed by then, and asks the old one to leave when the new one
is ready. The socket stays open all the while, so a connection that nobody takes for a moment waits and is not refused.
On SIGTERM both leave. When the process dies by itself so does its keeper, with the same code: whoever watches us
(systemd, a container engine) restarts both, and knows better than we do how often.

A keeper outlives many updates, so what it says to newer code stays as it is: two file descriptors and a word.

    WIJ_LISTEN_FD    the socket to serve at
    WIJ_KEEPER_FD    a line to the keeper: say `ready`; it is cut when the keeper is gone
    WIJ_SERVE_WHEN   `ready` while somebody else still serves; else serve at once
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, NoReturn

import structlog

from wij import logs
from wij.settings import Settings

READY_WITHIN = 300
"""Seconds that a new process gets to be ready, its migrations included; the old one serves meanwhile."""
GONE_WITHIN = 40
"""Seconds that an old process gets to leave; it needs 30 at most."""
LINE = 1024
"""Connections that may wait to be taken."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Kept:
    """What a process got from its keeper."""

    listening: socket.socket
    keeper: socket.socket
    succeeds: bool
    """Somebody else serves until we are ready."""

    @classmethod
    def here(cls) -> "Kept | None":
        """What this process got, if it has a keeper. Asked once: our own children have none."""
        listening, keeper = os.environ.pop("WIJ_LISTEN_FD", None), os.environ.pop("WIJ_KEEPER_FD", None)
        when = os.environ.pop("WIJ_SERVE_WHEN", None)
        if listening is None or keeper is None:
            return None
        return cls(socket.socket(fileno=int(listening)), socket.socket(fileno=int(keeper)), when == "ready")

    def say_ready(self) -> None:
        """We serve from now on, and whoever did before may leave."""
        with suppress(OSError):  # the keeper is gone, which `leaves_with` sees
            self.keeper.sendall(b"ready")

    def leaves_with(self, leaving: asyncio.Event) -> None:
        """Leave when the keeper is gone: nobody would be left to ask for it."""
        asyncio.get_running_loop().add_reader(self.keeper, self._hear, leaving)

    def _hear(self, leaving: asyncio.Event) -> None:
        with suppress(OSError):
            if self.keeper.recv(16):
                return
        asyncio.get_running_loop().remove_reader(self.keeper)
        leaving.set()


class Keeper:
    """Keeps one process of this command."""

    def __init__(self, command: Sequence[str], listening: socket.socket, ready_within: float = READY_WITHIN) -> None:
        self._command = command
        self._listening = listening
        self._ready_within = ready_within
        self._leave, self._renew = asyncio.Event(), asyncio.Event()

    async def run(self) -> int:
        """Until SIGTERM or SIGINT, or until the process dies; answers the exit code."""
        loop = asyncio.get_running_loop()
        for number, event in (
            (signal.SIGTERM, self._leave),
            (signal.SIGINT, self._leave),
            (signal.SIGHUP, self._renew),
        ):
            loop.add_signal_handler(number, event.set)
        kept = await self._start({})
        while not self._leave.is_set():
            await first_of(kept.process.wait(), self._leave.wait(), self._renew.wait())
            if (code := kept.process.returncode) is not None:
                log.error("kept_process_died", code=code)
                return code if code >= 0 else 128 - code
            if self._renew.is_set() and not self._leave.is_set():
                self._renew.clear()
                kept = await self._replaced(kept)
        self._listening.close()
        await kept.stop()
        return 0

    async def _replaced(self, old: "_Child") -> "_Child":
        """A new one, when the old one has left; or the old one, when the new one does not get ready."""
        began = monotonic()
        try:
            new = await self._start({"WIJ_SERVE_WHEN": "ready"})
        except OSError as error:  # the program is not there
            log.error("update_failed", reason=error.strerror, goes_on=old.process.pid)  # noqa: TRY400  # no mistake of ours
            return old
        with suppress(TimeoutError):
            async with asyncio.timeout(self._ready_within):
                await first_of(new.said_ready.wait(), new.process.wait(), self._leave.wait())
        if new.said_ready.is_set():
            log.info("update_ready", old=old.process.pid, new=new.process.pid, seconds=round(monotonic() - began, 1))
            await old.stop()
            return new
        if not self._leave.is_set():
            code, seconds = new.process.returncode, round(monotonic() - began, 1)
            log.error("update_failed", reason="not ready", seconds=seconds, code=code, goes_on=old.process.pid)
        await new.stop()
        return old

    async def _start(self, more: dict[str, str]) -> "_Child":
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        handed = {"WIJ_LISTEN_FD": str(self._listening.fileno()), "WIJ_KEEPER_FD": str(theirs.fileno())}
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                env={**os.environ, **handed, **more},
                pass_fds=(self._listening.fileno(), theirs.fileno()),
            )
        log.info("kept_process_started", pid=process.pid)
        return _Child(process, ours)


class _Child:
    """A process that is kept, and the line to it."""

    def __init__(self, process: asyncio.subprocess.Process, line: socket.socket) -> None:
        self.process = process
        self.said_ready = asyncio.Event()
        self._line = line
        asyncio.get_running_loop().add_reader(line, self._hear)

    async def stop(self) -> None:
        """Ask it to leave, and wait until it has."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(GONE_WITHIN):
                await self.process.wait()
        if self.process.returncode is None:
            log.error("kept_process_killed", pid=self.process.pid, reason=f"still there after {GONE_WITHIN} s")
            self.process.kill()
            await self.process.wait()
        asyncio.get_running_loop().remove_reader(self._line)
        self._line.close()

    def _hear(self) -> None:
        with suppress(OSError):
            if self._line.recv(16) == b"ready":
                self.said_ready.set()
                return
        asyncio.get_running_loop().remove_reader(self._line)  # it has died


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Wait until one of these is over; the others are cancelled."""
    tasks = [asyncio.create_task(one) for one in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def become(module: str, *words: str) -> NoReturn:
    """Turn this process into the keeper of the program it was started as, or of `python -m` this module.

    The program is looked up anew at each update, so a link to the release in use may lead elsewhere by then.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the keeper listens to it: ours would end what just begins
    program = [sys.argv[0]] if os.access(sys.argv[0], os.X_OK) else [sys.executable, "-m", module]
    os.execv(sys.executable, [sys.executable, "-m", "wij.keeper", *program, *words])  # noqa: S606  # ourselves


def main() -> int:
    """`python -m wij.keeper COMMAND`, with our settings in the environment."""
    settings = Settings()
    logs.configure(settings)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listening = socket.create_server((settings.host, settings.port), family=family, backlog=LINE)
    except OSError as error:
        sys.exit(f"{settings.host}:{settings.port} cannot be listened at: {error.strerror}")
    return asyncio.run(Keeper(sys.argv[1:], listening).run())


if __name__ == "__main__":
    sys.exit(main())
