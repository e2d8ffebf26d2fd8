"""What becomes of WIJ when credentials are rotated: in the right order, and in the wrong one (P1, P6).

    python -m chaos.credentials --seed 1 [--keep]

Two processes run everything, so that one serves while the other is replaced; who comes to the door is sent to one
that says it is ready, as by a load balancer. Passwords of PostgreSQL are checked (scram), and NATS knows its users.
"""

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import override

import asyncpg
import httpx
from pydantic import SecretStr

from chaos.aftermath import Connection
from chaos.fleet import Replica, environment
from chaos.trial import Trial, on_trial
from chaos.verdict import Verdict, arguments, conclude
from wij.embedded import Ground, Nats
from wij.events import SERVICES

PROMISES = ("P1", "P5", "P6")
NOTICED_WITHIN = 45
"""Seconds in which `/ready` must name what is wrong."""
TWO: Mapping[str, int] = {"all": 2}


class GuardedNats(Nats):
    """A nats-server that lets in whom it knows."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self.users = {"wij": secrets.token_urlsafe(12)}
        """Password by name; the last one is ours."""

    @property
    @override
    def url(self) -> str:
        name, word = list(self.users.items())[-1]
        return f"nats://{name}:{word}@127.0.0.1:{self.port}"

    @override
    def prepare(self) -> None:
        super().prepare()
        self._write()

    def let_in(self, users: Mapping[str, str]) -> None:
        """Know these users from now on, and no others: `nats-server --signal reload`."""
        self.users = dict(users)
        self._write()
        assert self.pid is not None
        os.kill(self.pid, signal.SIGHUP)

    def _write(self) -> None:
        conf = self.data / "nats.conf"
        before = conf.read_text().partition("authorization")[0]
        known = "\n".join(f"  {{ user: {json.dumps(u)}, password: {json.dumps(p)} }}" for u, p in self.users.items())
        conf.write_text(f"{before}authorization {{ users: [\n{known}\n] }}\n")


class Rotation:
    """The cases."""

    def __init__(self, trial: Trial, ground: Ground, nats: GuardedNats) -> None:
        self.fleet = trial.fleet
        self.ground = ground
        self.nats = nats

    async def nats_in_order(self) -> Mapping[str, object]:
        """Let in the new user beside the old one, replace our processes, then let out the old one."""
        old, new = self.nats.users, {f"wij-{secrets.token_hex(2)}": secrets.token_urlsafe(12)}
        self.nats.let_in(old | new)
        seconds = await self._replace_all({"nats_url": self.nats.url})
        self.nats.let_in(new)
        return {"seconds per process": seconds}

    async def nats_at_once(self) -> Mapping[str, object]:
        """The password is another one before our processes know it: they are replaced when `/ready` says so."""
        (name,) = self.nats.users
        self.nats.let_in({name: secrets.token_urlsafe(12)})
        noticed = await self._noticed("relay")
        return {
            "seconds until /ready named it": noticed,
            "seconds per process": await self._replace_all({"nats_url": self.nats.url}),
        }

    async def nats_and_back(self) -> Mapping[str, object]:
        """The same, but the old password comes back: our processes go on by themselves."""
        known = self.nats.users
        (name,) = known
        self.nats.let_in({name: secrets.token_urlsafe(12)})
        noticed = await self._noticed("relay")
        self.nats.let_in(known)
        began = time.monotonic()
        await self._well()
        return {"seconds until /ready named it": noticed, "seconds until well": _since(began)}

    async def postgres_in_order(self) -> Mapping[str, object]:
        """`wijd --provision` with the new passwords, then our processes, one after the other."""
        self._set_passwords()
        return {"seconds per process": await self._replace_all({})}

    async def postgres_and_late(self) -> Mapping[str, object]:
        """The same, but all connections fall before our processes know the new passwords."""
        self._set_passwords()
        connection: Connection = await asyncpg.connect(self.ground.postgres.dsn("wij"))
        try:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'wij-%'"
            )
        finally:
            connection.terminate()
        noticed = await self._noticed("InvalidPassword")
        return {"seconds until /ready named it": noticed, "seconds per process": await self._replace_all({})}

    def _set_passwords(self) -> None:
        roles = [role for service in SERVICES for role in (service, f"{service}_owner")]
        words = {role: SecretStr(secrets.token_urlsafe(24)) for role in roles}
        self.fleet.settings = self.fleet.settings.model_copy(update={"database_passwords": words})
        provision = [sys.executable, "-m", "services", "--provision"]
        subprocess.run(provision, env={**os.environ, **environment(self.fleet.settings)}, check=True)

    async def _replace_all(self, update: Mapping[str, object]) -> str:
        """Stop and start our processes with other settings, one after the other; answers how long each took."""
        self.fleet.settings = self.fleet.settings.model_copy(update=update)
        seconds = []
        for replica in self.fleet.replicas:
            began = time.monotonic()
            assert replica.process is not None
            replica.process.terminate()
            while replica.process.poll() is None:
                await asyncio.sleep(0.05)
            self.fleet.start(replica)
            await self.fleet.ready(replica)
            seconds.append(_since(began))
        return ", ".join(map(str, seconds))

    async def _noticed(self, word: str) -> float:
        """Wait until every process's `/ready` names it; answers after how many seconds."""
        began = time.monotonic()
        while not all([word in json.dumps(await _wrong(replica)) for replica in self.fleet.replicas]):
            if time.monotonic() > began + NOTICED_WITHIN:
                raise TimeoutError(f"/ready does not name {word!r} within {NOTICED_WITHIN} s")
            await asyncio.sleep(0.2)
        return _since(began)

    async def _well(self) -> None:
        end = time.monotonic() + NOTICED_WITHIN
        while wrong := [found for replica in self.fleet.replicas if (found := await _wrong(replica))]:
            if time.monotonic() > end:
                raise TimeoutError(f"not well within {NOTICED_WITHIN} s: {wrong}")
            await asyncio.sleep(0.2)


async def _wrong(replica: Replica) -> Mapping[str, object]:
    """What a process's `/ready` names."""
    async with httpx.AsyncClient(timeout=5) as http:
        answer = await http.get(f"http://127.0.0.1:{replica.port}/ready")
    wrong: Mapping[str, object] = answer.json()["wrong"]
    return wrong


def _since(began: float) -> float:
    return round(time.monotonic() - began, 1)


async def suffer(seed: int, folder: Path) -> list[Verdict]:
    """Every case, on one system."""
    ground = Ground(folder / "wij", durable=False, postgres_settings={"synchronous_commit": "on"})
    nats = GuardedNats(ground.data)
    ground.nats = nats
    async with on_trial(folder, ground, seed, TWO) as trial:
        rotation = Rotation(trial, ground, nats)
        cases = (
            ("nats-in-order", rotation.nats_in_order, True),
            ("nats-and-back", rotation.nats_and_back, True),
            ("nats-at-once", rotation.nats_at_once, True),
            ("postgres-in-order", rotation.postgres_in_order, False),
            ("postgres-and-late", rotation.postgres_and_late, False),
        )
        verdicts = [
            await trial.case(f"credentials-{name}", PROMISES, case, door_stays_open=stays)
            for name, case, stays in cases
        ]
        return [*verdicts, await trial.history("credentials")]


def main() -> int:
    """The command."""
    parser = arguments("chaos.credentials", __doc__)
    parser.add_argument("--folder", type=Path, help="where everything is kept")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wij-credentials-") as thrown_away:
        verdicts = asyncio.run(suffer(asked.seed, asked.folder or Path(thrown_away)))
    return conclude(verdicts, keep=asked.keep)


if __name__ == "__main__":
    sys.exit(main())
