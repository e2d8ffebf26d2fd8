"""`make up`: all of WIJ on one machine with one command, and the same system again when started on the same data.

In the data folder (`WIJ_DATA`, by default `.wij`): PostgreSQL and NATS, their ports and passwords, the issuer's key,
`wij.log`, and `mail/` with every message that would have been sent. One process may use it at a time.

    with started(Path("somewhere")) as url: …    # for the demo and for tests: the whole system as a child process
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import uvloop
from pydantic import SecretStr

from wij import logs
from wij.cast import CAST
from wij.embedded import Ground, GroundError, asked, in_use, kept_port, kept_secret, port_for, says_ok
from wij.mailsink import MailSink
from wij.migrations import provision
from wij.service import Loop
from wij.settings import Settings


class Serve(Protocol):
    """Runs the services until they are asked to stop."""

    def __call__(self, settings: Settings, *, loops: Mapping[str, Loop]) -> Awaitable[None]:
        """Run them, with these loops beside them."""


def run(settings: Settings, serve: Serve) -> None:
    """Start the servers, the mail sink and the services; stay until SIGTERM or Ctrl-C, and stop them in reverse order.

    Raises `GroundError` when the servers cannot run here, or the data folder is in use.
    """
    if settings.mode == "production":
        raise GroundError("The embedded servers are for development; in production name your own.")
    ground = Ground(settings.data)
    _say(f"Starting WIJ in {ground.data} …")
    ground.start()
    os.environ["NO_PROXY"] = f"127.0.0.1,{os.environ.get('NO_PROXY', '')}"  # we talk to ourselves
    try:
        with (ground.data / "wij.log").open("a", buffering=1) as output:
            logs.configure(settings, output)
            uvloop.run(_run(ground, settings, serve))
            logs.configure(settings)
    finally:
        ground.stop()
    _say("Stopped. `make up` starts it again with everything that is there.")


async def _run(ground: Ground, wished: Settings, serve: Serve) -> None:
    port = port_for(ground.data, "http", wished.port)
    here = f"http://127.0.0.1:{port}"
    settings = ground.settings(
        host="127.0.0.1",
        port=port,
        public_url=here,
        issuer=f"{here}/issuer",
        jwks_url=f"{here}/issuer/jwks",
        token_url=f"{here}/issuer/token",
        intake_url=f"{here}/intake",
        plan_url=f"{here}/plan",
        matching_url=f"{here}/matching",
        notify_url=f"{here}/notify",
        smtp_host="127.0.0.1",
        smtp_port=port_for(ground.data, "smtp", wished.smtp_port),
        client_secret=SecretStr(kept_secret(ground.data, "client_secret")),
        migrate=True,
        linger=0,
    )
    await provision(ground.postgres.dsn(), passwords=ground.postgres.passwords)
    sink = MailSink(ground.data / "mail")
    async with sink.listening(settings.smtp_port):
        await serve(settings, loops={"embedded": ground.watch, "welcome": _welcome(port, sink)})


def _welcome(port: int, sink: MailSink) -> Callable[[], Awaitable[None]]:
    """Once everything is well, say where to look and who to sign in as."""
    here = f"http://127.0.0.1:{port}"

    async def say() -> None:
        for number in count():
            status, text = await asyncio.to_thread(asked, port, "/ready")
            if status == 200:
                break
            if number % 100 == 99:  # some 20 seconds
                _say(f"Not ready yet: {text}")
            await asyncio.sleep(0.2)
        people = "\n".join(
            f"  {person.login:<8} {person.name}, {person.does}{f' in {person.team}' if person.team else ''}"
            for person in CAST.values()
        )
        _say(
            f"""
WIJ is up at {here}.

  how it is doing        {here}/ready
  what you can ask       {here}/intake/v1/openapi.json, likewise plan, matching and notify
  mail that would leave  {sink.folder}
  log                    {sink.folder.with_name("wij.log")}

Sign in as one of these invented people, without a password (`wij login samira`):

{people}

`make demo` in another terminal plays one household's story. Ctrl-C stops everything and keeps the data."""
        )
        await asyncio.Event().wait()

    return say


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def running(data: Path) -> str | None:
    """Where the system on this data folder answers, if it is running and ready."""
    port = kept_port(data, "http")
    if port is None or not in_use(data) or not says_ok(port, "/ready"):
        return None
    return f"http://127.0.0.1:{port}"


@contextmanager
def started(data: Path, within: float = 90) -> Iterator[str]:
    """The whole system as a child process on this data folder, until the block ends; answers its address.

    Raises `GroundError` when the folder is in use, and with what the child said when it is not ready in time.
    """
    if in_use(data):
        raise GroundError(f"{data} is in use by another process; `running` says where it answers.")
    data.mkdir(parents=True, exist_ok=True)
    output = data / "wijd.log"
    with output.open("ab") as written:
        child = subprocess.Popen(
            [sys.executable, "-m", "services", "--target=all", "--embedded"],
            env={**os.environ, "WIJ_DATA": str(data)},
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + within
        while (here := running(data)) is None:
            if child.poll() is not None or time.monotonic() > deadline:
                raise GroundError(f"WIJ did not start:\n{output.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)
        yield here
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(60)
