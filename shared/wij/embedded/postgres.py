"""The embedded PostgreSQL."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, override

from wij.embedded.kept import GroundError, kept_secret, port_for, write
from wij.embedded.place import place_for_postgres, programs_for, somebody_else
from wij.embedded.server import Server
from wij.events import SERVICES

ADMIN = "postgres"
"""The superuser of the embedded PostgreSQL."""


class Postgres(Server):
    """PostgreSQL 18 on the loopback address; superuser `postgres`."""

    name = "postgres"
    farewell = signal.SIGINT

    def __init__(
        self,
        data: Path,
        *,
        trust: bool = False,
        durable: bool = True,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data)
        self._trust = trust
        self.passwords: Mapping[str, str] = {}
        """Password per role, the superuser's included; empty when every local connection is trusted."""
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "log_min_messages": "warning",
            "log_statement": "none",
            **({} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
            **(settings or {}),
        }
        self.programs = Path()
        """Where its programs are, once it was started."""
        self.files = Path()
        """Its data directory, likewise."""

    def dsn(self, database: str = "postgres", role: str = ADMIN) -> str:
        """The address for a role, with its password."""
        word = f":{self.passwords[role]}" if role in self.passwords else ""
        return f"postgresql://{role}{word}@127.0.0.1:{self.port}/{database}"

    @override
    def prepare(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        place = place_for_postgres(self.data)
        self.programs = programs_for(place, self.data) / "bin"
        self.files = place / "postgres"
        self.port = port_for(self.data, self.name)
        if not self._trust:
            roles = [ADMIN, *(role for service in SERVICES for role in (service, f"{service}_owner"))]
            self.passwords = {role: kept_secret(self.data, role) for role in roles}
        if not (self.files / "PG_VERSION").exists():
            self._init()
        ours = (self.files / "PG_VERSION").read_text().strip()
        words = subprocess.run(
            [self.programs / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
        if words.split()[-1].partition(".")[0] != ours:
            raise GroundError(
                f"The data in {self.files} is of PostgreSQL {ours}, but this is{words.rpartition(')')[2].rstrip()}. "
                "Move the data by pg_dump and pg_restore, or start with another data folder."
            )

    def _init(self) -> None:
        """Make a fresh cluster, whole or not at all."""
        making, word = self.files.with_suffix(".new"), self.files.with_suffix(".word")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        arguments = ["--auth=trust", "--no-sync"]
        if not self._trust:
            write(word, self.passwords[ADMIN])
            arguments = ["--auth=scram-sha-256", f"--pwfile={word}"]
        if who := self.identity():
            for path in (making, word):
                if path.exists():
                    os.chown(path, who["user"], who["group"])
        options = f"-D {making.name} -U {ADMIN} --encoding=UTF8 --no-locale --data-checksums".split()
        command = [str(self.programs / "initdb"), *options, *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, cwd=making.parent, check=False, **who)
        word.unlink(missing_ok=True)
        if ran.returncode:
            raise GroundError(f"initdb does not work here:\n{ran.stderr[-2000:]}")
        making.rename(self.files)

    @override
    def command(self) -> Sequence[str]:
        options = [f"{name}={value}" for name, value in {**self._settings, "port": str(self.port)}.items()]
        return [str(self.programs / "postgres"), "-D", str(self.files), *(w for o in options for w in ("-c", o))]

    @override
    def answers(self) -> bool:
        asked = [str(self.programs / "pg_isready"), "-q", "-U", ADMIN, "-h", "127.0.0.1", "-p", str(self.port)]
        return not self.died() and subprocess.run(asked, check=False).returncode == 0

    @override
    def identity(self) -> dict[str, Any]:
        return somebody_else() if os.geteuid() == 0 else {}
