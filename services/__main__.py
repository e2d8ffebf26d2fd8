"""`wijd`: some or all services in one process. How WIJ is deployed is this table, and nothing else knows it.

    wijd --target=all                    every service in one process
    wijd --target=plan                   one service; run as many of these as you like
    wijd --target=all --embedded         the same, on PostgreSQL and NATS of its own (`make up`)
    wijd --provision --migrate           database, roles, schemas and tables, then stop
    wijd --target=plan --migrate=post    also what may only go when the old code is gone, then stop
    wijd --target=plan --adopt           after restoring PostgreSQL to the past: see docs/delivery.md, then stop

Settings come from the environment (`WIJ_…`, see `wij/settings.py`).
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from urllib.parse import urlsplit

import uvloop

from services import up
from services.intake import service as intake
from services.matching import service as matching
from services.notify import service as notify
from services.plan import service as plan
from wij import logs
from wij.database import Database
from wij.embedded import GroundError
from wij.events import SERVICES
from wij.issuer import Issuer, IssuerRefused
from wij.migrations import MigrationError, migrate, provision
from wij.process import Process
from wij.relay import adopt_stream
from wij.service import Loop, Service
from wij.settings import Settings
from wij.tokens import BearerTokens
from wij.trouble import Trouble
from wij.web import Tokens

TARGETS: Mapping[str, Sequence[str]] = {
    "all": (*SERVICES, "issuer"),
    **{name: (name,) for name in (*SERVICES, "issuer")},
}


BUILD: Mapping[str, Callable[[Settings, Tokens], Service]] = {
    "intake": intake.build,
    "plan": plan.build,
    "matching": matching.build,
    "notify": notify.build,
}


async def serve(settings: Settings, target: str, loops: Mapping[str, Loop] | None = None) -> None:
    """Run a target until it is asked to stop."""
    tokens = BearerTokens(settings)
    services = [BUILD[name](settings, tokens) for name in TARGETS[target] if name in BUILD]
    issues = target == "issuer" or ("issuer" in TARGETS[target] and settings.mode == "development")
    apps = {"issuer": Issuer(settings).app} if issues else {}
    await Process(settings, services, apps, loops).run()


async def prepare(settings: Settings, target: str, *, roles: bool, scripts: str | None) -> None:
    """Make the database and its roles, or the tables of a target's services, or both."""
    if roles:
        passwords = {role: word.get_secret_value() for role, word in settings.database_passwords.items()}
        database = urlsplit(settings.database_url).path.removeprefix("/")
        await provision(settings.admin_url.get_secret_value(), database, passwords)
    if scripts:
        tokens = BearerTokens(settings)
        for service in (BUILD[name](settings, tokens) for name in TARGETS[target] if name in BUILD):
            await migrate(settings, service.name, service.schema, post=scripts == "post")


async def adopt(settings: Settings, target: str) -> None:
    """Keep what the streams of a target's services hold beyond their logs; their relays then go on by themselves."""
    for name in TARGETS[target]:
        if name in SERVICES:
            count = await adopt_stream(Database(settings, name), settings)
            sys.stdout.write(f"{name}: {count} events are in the table salvage now\n")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="wijd", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--target", choices=TARGETS, default="all", help="what this process runs (all)")
    parser.add_argument("--list-targets", action="store_true", help="show the targets, and stop")
    parser.add_argument("--embedded", action="store_true", help="start PostgreSQL, NATS and a mail sink in WIJ_DATA")
    parser.add_argument(
        "--provision", action="store_true", help="make database, roles, schemas as WIJ_ADMIN_URL, and stop"
    )
    parser.add_argument(
        "--migrate", nargs="?", const="expand", choices=["expand", "post"], help="make tables, and stop"
    )
    parser.add_argument("--adopt", action="store_true", help="keep what the streams hold beyond the logs, and stop")
    asked = parser.parse_args()
    settings = Settings()
    logs.configure(settings)
    if asked.list_targets:
        sys.stdout.writelines(f"{name}: {', '.join(parts)}\n" for name, parts in TARGETS.items())
        return
    if settings.mode == "production" and (weak := settings.weaknesses()):
        sys.exit("wijd does not start in production mode like this:\n- " + "\n- ".join(weak))
    try:
        if asked.embedded:
            up.run(settings, partial(serve, target=asked.target))
        elif asked.provision or asked.migrate:
            asyncio.run(prepare(settings, asked.target, roles=asked.provision, scripts=asked.migrate))
        elif asked.adopt:
            asyncio.run(adopt(settings, asked.target))
        else:
            uvloop.run(serve(settings, asked.target))
    except (GroundError, IssuerRefused, MigrationError, Trouble) as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
