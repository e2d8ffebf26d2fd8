"""One process: it answers at once, becomes ready when what it needs is there, and leaves without dropping anything."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.__main__ import build
from tests.people import FERD
from wij.database import Transaction
from wij.embedded import Nats, Postgres, free_port
from wij.events import Event
from wij.issuer import Issuer
from wij.migrations import provision
from wij.process import Process
from wij.settings import Settings
from wij.tokens import BearerTokens


@asynccontextmanager
async def running(process: Process, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The process, serving, until the block ends; as SIGTERM would end it."""
    work = asyncio.create_task(process.run())
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.port}", timeout=30) as client:
        try:
            await until(lambda: _alive(client))
            yield client
        finally:
            if not work.done():
                os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(work, 60)


async def _alive(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health")).status_code == 200
    except httpx.TransportError:
        return False


async def until(true: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await true():
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("signals", [1, 2])
async def test_a_request_under_way_is_answered_before_the_process_leaves(base_settings: Settings, signals: int) -> None:
    settings = base_settings.model_copy(update={"port": free_port()})
    began, order = asyncio.Event(), []

    async def slow(_: Request) -> JSONResponse:
        began.set()
        await asyncio.sleep(1)
        order.append("answered")
        return JSONResponse({"done": True})

    async def loop() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            order.append("loop stopped")

    process = Process(settings, [], {"slow": Starlette(routes=[Route("/", slow)])}, {"loop": loop})
    async with running(process, settings) as client:
        asked = asyncio.create_task(client.get("/slow/"))
        await began.wait()
        for _ in range(signals):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.2)
        assert (await asked).json() == {"done": True}
        with pytest.raises(httpx.TransportError):
            async with httpx.AsyncClient(base_url=client.base_url) as another:
                await another.get("/health")
    assert order == ["answered", "loop stopped"]


async def test_a_process_that_leaves_says_so_and_goes_on_answering_while_it_lingers(base_settings: Settings) -> None:
    """A load balancer needs a moment to see it, and a client that is connected must hear of it before it asks again."""
    settings = base_settings.model_copy(update={"port": free_port(), "linger": 1.5})
    async with running(Process(settings, []), settings) as client:
        assert (await client.get("/ready")).status_code == 200
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.3)
        said = await client.get("/ready")
        assert (said.status_code, said.headers["connection"]) == (503, "close")
        async with httpx.AsyncClient(base_url=client.base_url) as another:
            answer = await another.get("/health")
        assert (answer.status_code, answer.headers["connection"]) == (200, "close")
        await asyncio.sleep(1.7)
        with pytest.raises(httpx.ConnectError):
            await client.get("/health")


async def test_a_process_starts_before_its_servers_and_outlives_their_absence(
    base_settings: Settings, tmp_path_factory: pytest.TempPathFactory, issuer: Issuer, tokens: BearerTokens
) -> None:
    """Without its database it is alive and not ready; without NATS it stays ready and takes commands."""
    folder = tmp_path_factory.mktemp("late")
    postgres, nats = Postgres(folder, trust=True), Nats(folder, sync="2m")
    postgres.prepare()
    nats.prepare()
    settings = base_settings.model_copy(
        update={
            "port": free_port(),
            "database_url": f"postgresql://{{role}}@127.0.0.1:{postgres.port}/wij",
            "nats_url": nats.url,
        }
    )
    process = Process(settings, [build("intake", settings, tokens)])
    headers = {"Authorization": f"Bearer {issuer.mint(FERD)}"}
    try:
        async with running(process, settings) as client:

            async def ready() -> bool:
                return (await client.get("/ready")).status_code == 200

            async def name_team(name: str) -> int:
                team = {"name": name, "active_from": "2026-01-01T00:00:00Z"}
                return (await client.put("/intake/v1/teams/selwerd", json=team, headers=headers)).status_code

            assert not await ready()
            assert await name_team("too early") == 503

            postgres.start()
            await provision(postgres.dsn())
            nats.start()
            await until(ready)
            assert await name_team("Selwerd") == 200

            nats.kill()
            assert await name_team("Selwerd and more") == 200
            await until(lambda: _says_what_is_wrong(client))
            assert await ready()

            postgres.kill()
            assert await name_team("without a database") == 503
            assert not await ready()
            postgres.start()
            await until(ready)
            assert await name_team("Selwerd again") == 200
    finally:
        nats.stop()
        postgres.stop()


async def test_a_service_that_cannot_erase_says_so_and_stays_ready(
    settings: Settings, nats_url: str, tokens: BearerTokens
) -> None:
    async def cannot(_: Transaction, __: int) -> Sequence[Event]:
        raise TimeoutError

    settings = settings.model_copy(update={"port": free_port(), "nats_url": nats_url})
    process = Process(settings, [replace(build("intake", settings, tokens), erase=cannot)])
    async with running(process, settings) as client:

        async def says_so() -> bool:
            said = await client.get("/ready")
            return said.status_code == 200 and "erasure" in str(said.json()["wrong"].get("intake"))

        await until(says_so)


async def _says_what_is_wrong(client: httpx.AsyncClient) -> bool:
    return "intake" in (await client.get("/ready")).json()["wrong"]
