"""WIJ as a variant: four services as processes of their own, their own roles and schemas, and a town to work in."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import override

import asyncpg
from pydantic import SecretStr

from bench.machine import Machine
from bench.variant import Variant
from chaos.fleet import environment
from wij.cast import CAST
from wij.embedded import free_port, says_ok
from wij.events import SERVICES
from wij.issuer import Issuer
from wij.settings import Settings


class Wij(Variant):
    """The product."""

    name = "wij"
    database = "wij"
    over_nats = knows_keys = True
    ends = """
        select r.request_id::text, at
        from (select case_id, pg_xact_commit_timestamp(xmin) as at from notify.notifications
              where template = 'match_proposed' and channel = 'mail') n
        join plan.case_requests r using (case_id)
        where at >= $1
    """

    def __init__(self, *, buurten: int = 60, households: int = 20_000, volunteers: int = 480, history: int = 0) -> None:
        self._buurten, self._households, self._history = buurten, households, history
        self._counts = {"buurten": buurten, "households": households, "volunteers": volunteers, "cases": history}
        self._url = self._token = ""

    @override
    def start(self, here: Machine) -> None:
        ports = {name: free_port() for name in (*SERVICES, "issuer")}
        base = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        settings = here.ground.settings(
            admin_url=SecretStr(here.ground.postgres.dsn()),
            client_secret=SecretStr("a-secret-of-the-benchmark"),
            issuer=f"{base['issuer']}/issuer",
            jwks_url=f"{base['issuer']}/issuer/jwks",
            token_url=f"{base['issuer']}/issuer/token",
            **{f"{name}_url": f"{base[name]}/{name}" for name in SERVICES},
            log_level="info",
        )
        setting = dict(environment(settings))
        provision = [sys.executable, "-m", "services", "--provision", "--migrate"]
        subprocess.run(provision, env={**os.environ, **setting}, check=True, cwd=Path(__file__).parents[2])
        asyncio.run(self._settle(settings))
        here.python("issuer", "-m", "services", "--target=issuer", **(setting | {"WIJ_PORT": str(ports["issuer"])}))
        for name in SERVICES:
            here.python(name, "-m", "bench.wij", name, **(setting | {"WIJ_PORT": str(ports[name])}))
        here.wait_until(lambda: all(says_ok(port, "/ready") for port in ports.values()))
        self._token = Issuer(settings).mint(CAST["samira"].actor)
        self._url = f"{base['intake']}/intake/v1/conversations"

    @override
    def request(self) -> tuple[str, str]:
        return self._url, self._token

    @override
    def body(self, number: int) -> Mapping[str, object]:
        household = 1 + number % self._households
        return {
            "question": {
                "channel": "stip",
                "requester": {"given_name": "Bewoner", "family_name": "Bedacht", "relation": "self"},
                "postcode": f"{1001 + household % self._buurten}AA",
                "house_number": 1 + household // self._buurten,  # within its neighbourhood, so never a number too large
                "question": "Ik kom de deur niet meer uit en wil graag weer eens met iemand praten.",
                "reference": f"bench-{number}",
            },
            "clarification": {
                "topics": ["loneliness"],
                "life_domains": ["social_network"],
                "urgency": "normal",
            },
            "safety": {"result": "none"},
            "acceptance": {
                "household_id": f"00000000-0000-7000-8000-{household:012x}",
                "legal_basis": "public_task",
            },
        }

    async def _settle(self, settings: Settings) -> None:
        connection = await asyncpg.connect(settings.admin_url.get_secret_value().rpartition("/")[0] + "/wij")
        try:
            for script in ("town.sql", "history.sql")[: 2 if self._history else 1]:
                await connection.execute(Path(__file__).with_name(script).read_text().format(**self._counts))
            await connection.execute("vacuum analyze")
        finally:
            await connection.close()
