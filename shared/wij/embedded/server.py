"""A server as our child: it answers before it counts as started, and never outlives us."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self

from wij.embedded.kept import GroundError

_READY_WITHIN = 60
_STILL_THERE = ("is still in use", "postmaster.pid")
"""What PostgreSQL says while the remains of a killed one are still going away: try again."""
_TAKEN = "ddress already in use"


class Server(ABC):
    """A child process with a log, that is ready when its port answers as it should."""

    name: str
    farewell: signal.Signals
    """The signal on which it stops at once and in order."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._log_from = 0

    @property
    def pid(self) -> int | None:
        """The process id, while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def died(self) -> bool:
        """Whether it was started and runs no more."""
        return self._process is not None and self._process.poll() is not None

    def start(self) -> Self:
        """Start it, and wait until it answers."""
        self.prepare()
        deadline = time.monotonic() + _READY_WITHIN
        self.spawn()
        while not self.answers():
            if self.died():
                said = self.said()
                if _TAKEN in said:
                    self.prepare()
                elif not any(words in said for words in _STILL_THERE):
                    raise GroundError(f"{self.name} does not start:\n{said}")
                time.sleep(0.1)
                self.spawn()
            if time.monotonic() > deadline:
                self.stop()
                raise GroundError(f"{self.name} does not answer within {_READY_WITHIN} s:\n{self.said()}")
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        """Ask it to stop, and wait; after 30 s it is killed."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(self.farewell)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """Kill -9, as a crash would; `died()` is true afterwards."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def spawn(self) -> None:
        """Start the process, without waiting until it answers."""
        path = self.data / f"{self.name}.log"
        self._log_from = path.stat().st_size if path.exists() else 0
        with path.open("ab") as output:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
                preexec_fn=_dies_with_us(self.farewell),  # noqa: PLW1509  # two system calls, no Python lock
                **self.identity(),
            )

    def said(self) -> str:
        """What it wrote since it was last started, at most the last 2000 characters."""
        with (self.data / f"{self.name}.log").open("rb") as written:
            written.seek(self._log_from)
            return written.read().decode(errors="replace")[-2000:]

    @abstractmethod
    def prepare(self) -> None:
        """Choose the port and make what must stand before the first start."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What to run."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it is ready."""

    def identity(self) -> dict[str, Any]:
        """The user it runs as, in the words of `subprocess`; ours by default."""
        return {}


def asked(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
    """Status and text a local server answers, 0 when it does not; asked directly, whatever proxy there may be."""
    connection = HTTPConnection(host, port, timeout=3)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, HTTPException):
        return 0, ""
    finally:
        connection.close()


def says_ok(port: int, path: str) -> bool:
    """Whether a local server answers 200."""
    return asked(port, path)[0] == 200


def _dies_with_us(farewell: signal.Signals) -> Callable[[], None] | None:
    """Ask the kernel, in the child, to send it `farewell` when its parent dies. Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    prctl, parent = ctypes.CDLL(None, use_errno=True).prctl, os.getpid()

    def in_the_child() -> None:
        prctl(1, farewell, 0, 0, 0)  # PR_SET_PDEATHSIG; after the change of user, which would clear it
        if os.getppid() != parent:
            os.kill(os.getpid(), farewell)

    return in_the_child
