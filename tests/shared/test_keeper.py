"""A keeper replaces the process it keeps: whoever asks meanwhile is answered, and one not ready replaces nothing."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from wij.embedded import free_port

ROOT = Path(__file__).parents[2]
TOY = """
import asyncio, os, sys
from pathlib import Path
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from wij.keeper import Kept
from wij.process import Process
from wij.settings import Settings

version = Path(sys.argv[1]).read_text()
if version == "broken":
    sys.exit(3)

async def answer(request):
    await asyncio.sleep(float(request.query_params.get("seconds", 0)))
    return JSONResponse({"version": version, "pid": os.getpid()})

async def at_work():
    Path(sys.argv[1]).with_name("at_work").write_text(str(os.getpid()))
    await asyncio.Event().wait()

settings, services = Settings(), []
if version == "never ready":
    from services.intake import service
    from wij.tokens import BearerTokens
    services.append(service.build(settings, BearerTokens(settings)))
toy = Starlette(routes=[Route("/", answer)])
asyncio.run(Process(settings, services, {"toy": toy}, {"at_work": at_work}).run(Kept.here()))
"""
KEEPER = """
import asyncio, socket, sys
from wij.keeper import Keeper

port, within, *command = sys.argv[1:]
sys.exit(asyncio.run(Keeper(command, socket.create_server(("127.0.0.1", int(port))), float(within)).run()))
"""


@dataclass
class Kept:
    """A keeper, and the toy it keeps."""

    port: int
    version: Path
    keeper: asyncio.subprocess.Process
    failed: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    @property
    def processes(self) -> list[psutil.Process]:
        return psutil.Process(self.keeper.pid).children()

    async def ask(self, http: httpx.AsyncClient, seconds: float = 0) -> str:
        """Which version answers."""
        answer = await http.get(f"http://127.0.0.1:{self.port}/toy/", params={"seconds": seconds})
        return str(answer.raise_for_status().json()["version"])

    async def stream(self, pause: float, *, keeps_connection: bool) -> None:
        """Ask again and again, and once only."""
        none = httpx.Limits(max_keepalive_connections=20 if keeps_connection else 0)
        async with httpx.AsyncClient(limits=none, timeout=20) as http:
            while True:
                try:
                    self.answers.append(await self.ask(http, pause))
                except httpx.HTTPError as error:
                    self.failed.append(repr(error))
                await asyncio.sleep(pause)

    async def update(self, version: str) -> None:
        self.version.write_text(version)
        self.keeper.send_signal(signal.SIGHUP)

    async def until_answered_by(self, version: str) -> None:
        async with asyncio.timeout(30), httpx.AsyncClient() as http:
            while True:
                with suppress(httpx.TransportError):
                    if await self.ask(http) == version:
                        return
                await asyncio.sleep(0.1)

    async def until_alone(self) -> None:
        """Until one process is left."""
        async with asyncio.timeout(30):
            while len(self.processes) != 1:
                await asyncio.sleep(0.1)


@asynccontextmanager
async def keeping(folder: Path, within: float = 60, program: Sequence[str] = (sys.executable,)) -> AsyncIterator[Kept]:
    """A keeper with a first toy that answers; it is killed afterwards, and the toy leaves by itself."""
    toy, version, port = folder / "toy.py", folder / "version", free_port()
    toy.write_text(TOY)
    version.write_text("first")
    nowhere = f"postgresql://{{role}}@127.0.0.1:{free_port()}/wij"
    keeper = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KEEPER, str(port), str(within), *program, str(toy), str(version)),
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'shared'}",
            "WIJ_DATABASE_URL": nowhere,
            "WIJ_LINGER": "4",
            "WIJ_LOG_LEVEL": "error",
        },
    )
    kept = Kept(port, version, keeper)
    try:
        await kept.until_answered_by("first")
        yield kept
    finally:
        if keeper.returncode is None:
            keeper.kill()
            await keeper.wait()


@asynccontextmanager
async def asked_all_the_while(kept: Kept) -> AsyncIterator[None]:
    """Clients of every pace, on connections they keep and on new ones; none of them asks twice."""
    paces = [(0.02, True), (0.02, False), (0.1, True), (0.1, False), (0.4, True), (1.1, True)]
    asking = [asyncio.create_task(kept.stream(pause, keeps_connection=keeps)) for pause, keeps in paces]
    try:
        yield
    finally:
        for task in asking:
            task.cancel()
        await asyncio.wait(asking)


async def test_an_update_under_a_stream_of_requests_fails_none_of_them(tmp_path: Path) -> None:
    async with keeping(tmp_path) as kept, asked_all_the_while(kept):
        for version in ("second", "third"):
            await kept.update(version)
            await kept.until_answered_by(version)
            await kept.until_alone()
            await asyncio.sleep(1)
        assert kept.failed == []
        assert kept.answers[-1] == "third"
        assert len(kept.answers) > 100


async def test_a_client_that_was_connected_is_answered_once_more_and_everybody_else_by_the_new_process(
    tmp_path: Path,
) -> None:
    """Closed in its face, a client that just asked would not know whether it was heard."""
    async with keeping(tmp_path) as kept, httpx.AsyncClient() as connected:
        await kept.update("second")
        async with asyncio.timeout(30):
            while True:  # again and again, for no server keeps an idle connection long
                said = await connected.get(f"http://127.0.0.1:{kept.port}/toy/")
                assert said.json()["version"] == "first"
                if said.headers.get("connection") == "close":
                    break
                await asyncio.sleep(0.5)
        for _ in range(20):
            async with httpx.AsyncClient() as another:
                assert await kept.ask(another) == "second"
        assert await kept.ask(connected) == "second"


async def test_a_request_under_way_is_answered_by_the_process_that_leaves(tmp_path: Path) -> None:
    async with keeping(tmp_path) as kept, httpx.AsyncClient(timeout=20) as http:
        asked = asyncio.create_task(kept.ask(http, seconds=6))
        await asyncio.sleep(0.3)
        await kept.update("second")
        await kept.until_answered_by("second")
        assert await asked == "first"


@pytest.mark.parametrize("version", ["never ready", "broken"])
async def test_a_new_process_that_does_not_get_ready_leaves_the_old_one_serving(tmp_path: Path, version: str) -> None:
    async with keeping(tmp_path, within=6) as kept, asked_all_the_while(kept):
        [old] = kept.processes
        await kept.update(version)
        async with asyncio.timeout(15):
            while kept.processes == [old]:
                await asyncio.sleep(0.02)
        await kept.until_alone()
        assert kept.processes == [old]
        assert (kept.failed, set(kept.answers)) == ([], {"first"})


async def test_a_new_process_that_is_asked_to_leave_before_it_is_ready_leaves_the_old_one_serving(
    tmp_path: Path,
) -> None:
    async with keeping(tmp_path) as kept:
        [old] = kept.processes
        await kept.update("never ready")
        async with asyncio.timeout(30):
            while (pid := int(kept.version.with_name("at_work").read_text() or 0)) in {0, old.pid}:
                await asyncio.sleep(0.1)
        os.kill(pid, signal.SIGTERM)
        await kept.until_alone()
        assert kept.processes == [old]
        await kept.until_answered_by("first")
        await kept.update("third")
        await kept.until_answered_by("third")


async def test_a_program_that_is_gone_leaves_the_old_process_serving(tmp_path: Path) -> None:
    link = tmp_path / "program"
    link.symlink_to("/usr/bin/env")
    async with keeping(tmp_path, program=(str(link), sys.executable)) as kept:
        [old] = kept.processes
        link.unlink()
        await kept.update("second")
        await asyncio.sleep(1)
        await kept.until_answered_by("first")
        assert kept.processes == [old]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_keeper_that_is_asked_to_leave_leaves_nothing_behind(tmp_path: Path, number: signal.Signals) -> None:
    async with keeping(tmp_path) as kept, httpx.AsyncClient(timeout=20) as http:
        [process] = kept.processes
        asked = asyncio.create_task(kept.ask(http, seconds=1))
        await asyncio.sleep(0.3)
        kept.keeper.send_signal(number)
        assert await asked == "first"
        assert await asyncio.wait_for(kept.keeper.wait(), 20) == 0
        assert not process.is_running()
        with pytest.raises(httpx.ConnectError):
            await kept.ask(http)


async def test_a_keeper_leaves_with_its_process_and_a_process_with_its_keeper(tmp_path: Path) -> None:
    async with keeping(tmp_path) as kept:
        [process] = kept.processes
        process.kill()
        assert await asyncio.wait_for(kept.keeper.wait(), 10) == 128 + signal.SIGKILL
    async with keeping(tmp_path) as kept:
        [process] = kept.processes
        kept.keeper.kill()
        assert await asyncio.to_thread(psutil.wait_procs, [process], 15) == ([process], [])


async def test_wijd_with_a_keeper_serves_and_leaves(tmp_path: Path) -> None:
    port = free_port()
    wijd = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services", "--target=issuer", "--keep"),
        cwd=ROOT,
        env={**os.environ, "WIJ_PORT": str(port), "WIJ_DATA": str(tmp_path), "WIJ_LOG_LEVEL": "error"},
    )
    async with asyncio.timeout(60), httpx.AsyncClient() as http:
        for _ in range(2):
            while True:
                with suppress(httpx.TransportError):
                    if (await http.get(f"http://127.0.0.1:{port}/ready")).is_success:
                        break
                await asyncio.sleep(0.1)
            wijd.send_signal(signal.SIGHUP)
        wijd.terminate()
        assert await wijd.wait() == 0
