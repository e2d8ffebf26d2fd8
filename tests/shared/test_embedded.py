"""The embedded servers: nothing is left behind, nothing is lost, and root is no obstacle."""

import asyncio
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import nats
import psutil
import pytest

from wij.embedded import Ground, GroundError, in_use, kept_port

PARENT = """
import encodings.idna, os, sys, time
from contextlib import suppress
from pathlib import Path
from wij.embedded import Ground
if len(sys.argv) > 2:  # after the imports: this Python may stand where that user cannot come
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
ground = Ground(Path(sys.argv[1]), nats_sync="2m").start()
print(ground.postgres.pid, ground.nats.pid, ground.postgres.dsn(), ground.nats.url, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that is not there yet."""
    return tmp_path_factory.mktemp("ground") / "data"


@pytest.fixture(autouse=True)
def nothing_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A data folder of pytest's is closed to others, so run as root PostgreSQL lives in a place of its own."""
    yield
    for whose in Path("/var/tmp").glob("wij-*/of"):
        if whose.read_text().startswith(str(tmp_path_factory.getbasetemp())):
            shutil.rmtree(whose.parent)


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A data folder below a home that only root may enter."""
    home = Path("/var/tmp") / f"wij-home-{os.getpid()}"
    home.mkdir(mode=0o700)
    yield home / "clone" / ".wij"
    shutil.rmtree(home)


async def _write(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("create table if not exists kept (word text); insert into kept values ('still here')")
    await connection.close()


async def _read(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row["word"] for row in await connection.fetch("select word from kept")]
    finally:
        await connection.close()


async def _count(dsn: str) -> None:
    """Keep a backend busy for some seconds, so that it does not notice the end of its postmaster."""
    connection = await asyncpg.connect(dsn)
    with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        await connection.execute("select count(*) from generate_series(1, 30000000)")
    connection.terminate()


def _parent(folder: Path, *user: str) -> tuple["subprocess.Popen[str]", int, int, str]:
    child = subprocess.Popen([sys.executable, "-c", PARENT, str(folder), *user], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    postgres, server, dsn, _ = child.stdout.readline().split()
    child.stdout.close()
    return child, int(postgres), int(server), dsn


def _until(true: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_parent_that_is_killed_leaves_no_orphan_and_no_damage(folder: Path) -> None:
    child, postgres, server, dsn = _parent(folder)
    asyncio.run(_write(dsn))
    family = [process.pid for pid in (postgres, server) for process in psutil.Process(pid).children(recursive=True)]
    child.kill()
    child.wait()
    gone = [postgres, server, *family]
    assert _until(lambda: not any(psutil.pid_exists(pid) for pid in gone)), "children outlived their parent"

    ground = Ground(folder).start()
    try:
        assert ground.postgres.dsn() == dsn, "the same data starts on the same port, with the same password"
        assert asyncio.run(_read(dsn)) == ["still here"]
    finally:
        ground.stop()


def test_servers_that_are_killed_come_back_with_their_data(folder: Path) -> None:
    ground = Ground(folder, nats_sync="2m").start()
    try:

        async def story() -> list[str]:
            watching = asyncio.create_task(ground.watch(0.05))
            await _write(ground.postgres.dsn())
            client = await nats.connect(ground.nats.url)
            await client.jetstream().add_stream(name="S", subjects=["s"])
            await client.close()
            ground.postgres.kill()
            ground.nats.kill()
            words: list[str] = []
            for _ in range(200):
                await asyncio.sleep(0.05)
                try:
                    words = await _read(ground.postgres.dsn())
                    client = await nats.connect(ground.nats.url, allow_reconnect=False, connect_timeout=1)
                    await client.jetstream().stream_info("S")
                    await client.close()
                    break
                except (OSError, asyncpg.PostgresError, nats.errors.Error):
                    continue
            watching.cancel()
            return words

        assert asyncio.run(story()) == ["still here"]
        assert not ground.postgres.died()
        assert not ground.nats.died()
    finally:
        ground.stop()


def test_a_killed_postgres_starts_again_at_once(folder: Path) -> None:
    """Its remains hold the shared memory, the longer the busier they are; we wait for that and do not give up."""
    ground = Ground(folder, nats_sync="2m").start()
    try:
        asyncio.run(_write(ground.postgres.dsn()))
        busy = threading.Thread(target=lambda: asyncio.run(_count(ground.postgres.dsn())))
        busy.start()
        time.sleep(0.5)
        ground.postgres.kill()
        ground.postgres.start()
        busy.join()
        assert asyncio.run(_read(ground.postgres.dsn())) == ["still here"]
        assert "is still in use" in (folder / "postgres.log").read_text()
    finally:
        ground.stop()


def test_a_data_folder_has_one_owner_at_a_time(folder: Path) -> None:
    ground = Ground(folder, nats_sync="2m").start()
    try:
        assert in_use(folder)
        with pytest.raises(GroundError, match="in use by another process"):
            Ground(folder).start()
        assert ground.postgres.pid is not None, "the refused one must not stop the running one"
    finally:
        ground.stop()
    assert not in_use(folder)


def test_a_port_that_was_taken_meanwhile_is_replaced(folder: Path) -> None:
    first = Ground(folder, nats_sync="2m").start()
    first.stop()
    port = kept_port(folder, "postgres")
    assert port is not None
    with socket.create_server(("127.0.0.1", port)):
        second = Ground(folder, nats_sync="2m").start()
        second.stop()
    assert kept_port(folder, "postgres") != port


def test_nobody_gets_in_without_the_password(folder: Path) -> None:
    ground = Ground(folder, nats_sync="2m").start()
    try:
        with pytest.raises(asyncpg.InvalidPasswordError):
            asyncio.run(_read(ground.postgres.dsn().replace(ground.postgres.passwords["postgres"], "guess")))
        assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
    finally:
        ground.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be refused as root")
def test_root_below_a_closed_home_runs_postgres_where_nobody_can_reach_it(
    closed_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ground = Ground(closed_folder, nats_sync="2m").start()
    try:
        assert ground.postgres.pid is not None
        assert psutil.Process(ground.postgres.pid).username() == "nobody"
        asyncio.run(_write(ground.postgres.dsn()))
    finally:
        ground.stop()
    assert "PostgreSQL runs as nobody" in capfd.readouterr().err
    place = (closed_folder / "postgres.place").read_text()

    shutil.rmtree(closed_folder)
    again = Ground(closed_folder, nats_sync="2m").start()
    try:
        assert (closed_folder / "postgres.place").read_text() == place
        with pytest.raises(asyncpg.UndefinedTableError):
            asyncio.run(_read(again.postgres.dsn()))
    finally:
        again.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else; then every other test is this one")
def test_an_ordinary_user_runs_everything_as_themselves() -> None:
    somebody = pwd.getpwnam("daemon").pw_uid
    home = Path("/var/tmp") / f"wij-user-{os.getpid()}"
    home.mkdir()
    os.chown(home, somebody, somebody)
    child, postgres, server, dsn = _parent(home / "data", str(somebody))
    try:
        asyncio.run(_write(dsn))
        assert {psutil.Process(pid).uids().real for pid in (postgres, server)} == {somebody}
        assert not (home / "data" / "postgres.place").exists()
    finally:
        child.kill()
        child.wait()
        assert _until(lambda: not psutil.pid_exists(postgres))
        shutil.rmtree(home)
