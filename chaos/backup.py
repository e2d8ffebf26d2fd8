"""The backup of one PostgreSQL, and the way back, by the commands of docs/operations.md and nothing else."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import asyncpg

from chaos.fleet import environment
from chaos.page import commands_on
from wij.embedded import Postgres
from wij.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "operations.md"
RECOVERED_WITHIN = 300
"""Seconds."""


class Backup:
    """Another place: the WAL as it is received there, and a base backup. A restored PostgreSQL needs a new one."""

    def __init__(self, postgres: Postgres, name: str) -> None:
        self._postgres = postgres
        self._commands = commands_on(PAGE)
        self._folder = postgres.files.parent / "elsewhere" / name
        self._receiver: subprocess.Popen[bytes] | None = None
        for folder in (self._folder, self._folder / "wal"):
            _empty(postgres, folder)

    def receive(self) -> None:
        """Receive the WAL, until `close`."""
        with (self._postgres.data / "receiver.log").open("ab") as output:
            self._receiver = subprocess.Popen(
                self._shell("wal-receiver"),
                env=self._environment(),
                cwd="/",
                stdout=output,
                stderr=output,
                **self._postgres.identity(),
            )

    def close(self) -> None:
        """Receive no more."""
        if self._receiver is not None:
            self._receiver.terminate()
            self._receiver.wait()

    async def received(self, dsn: str) -> None:
        """Wait until the WAL arrives here as it is written."""
        connection = await asyncpg.connect(dsn)
        try:
            async with asyncio.timeout(60):
                while not await connection.fetchval(
                    "select true from pg_stat_replication where application_name = 'pg_receivewal'"
                    " and state = 'streaming' and flush_lsn is not null"
                ):
                    await asyncio.sleep(0.1)
        finally:
            connection.terminate()

    async def run(self, name: str, **variables: str) -> None:
        """Run one of the page's commands beside PostgreSQL, while everything else goes on; raises with what it said."""
        await asyncio.to_thread(self._run, name, variables)

    def _run(self, name: str, variables: Mapping[str, str]) -> None:
        ran = subprocess.run(
            self._shell(name),
            env={**self._environment(), **variables},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            **self._postgres.identity(),
        )
        if ran.returncode:
            raise RuntimeError(f"{name} of {PAGE.name} does not work: {ran.stderr[-1000:]}")

    def adopt(self, settings: Settings) -> Mapping[str, int]:
        """Compare streams and logs as the page says; answers how many events of each service were set aside."""
        programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        ours = {**os.environ, **environment(settings), "PATH": programs}
        ran = subprocess.run(self._shell("adopt"), env=ours, stdout=subprocess.PIPE, text=True, check=True)
        return {
            found["service"]: int(found["count"])
            for found in re.finditer(r"^(?P<service>\w+): (?P<count>\d+) events are in", ran.stdout, re.MULTILINE)
        }

    def _shell(self, name: str) -> list[str]:
        return ["/bin/sh", "-euc", self._commands[name]]

    def _environment(self) -> Mapping[str, str]:
        postgres = self._postgres
        return {
            "PATH": f"{postgres.programs}:/usr/bin:/bin",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(postgres.port),
            "PGUSER": "postgres",
            "PGPASSWORD": postgres.passwords["postgres"],
            "PGDATA": str(postgres.files),
            "WAL": str(self._folder / "wal"),
            "BACKUP": str(self._folder / "base"),
        }


def destroy(postgres: Postgres) -> None:
    """Kill -9, and its disk is gone; what stands there then is an empty one."""
    postgres.kill()
    while postgres.files.exists():
        with suppress(OSError):  # a child that is not gone yet may still make a file
            shutil.rmtree(postgres.files)
    _empty(postgres, postgres.files)


def _empty(postgres: Postgres, folder: Path) -> None:
    """A folder for the user PostgreSQL runs as."""
    folder.mkdir(parents=True)
    if who := postgres.identity():
        os.chown(folder, who["user"], who["group"])


async def recovered(dsn: str) -> None:
    """Wait until PostgreSQL has read all the WAL there is, and writes again."""
    async with asyncio.timeout(RECOVERED_WITHIN):
        while True:
            with suppress(OSError, asyncpg.PostgresError):
                connection = await asyncpg.connect(dsn)
                try:
                    if not await connection.fetchval("select pg_is_in_recovery()"):
                        return
                finally:
                    connection.terminate()
            await asyncio.sleep(0.1)
