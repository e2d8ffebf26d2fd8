"""`wijd`: some or all services in one process. How WIJ is deployed is this table, and nothing else knows it.

    wijd --target=all                    every service in one process
    wijd --target=plan                   one service; run as many of these as you like
    wijd --target=all --embedded         the same, on PostgreSQL and NATS of its own (`make up`)
    wijd --target=all --keep             the same, with a keeper: SIGHUP replaces the process, and no request is refused
    wijd --provision --migrate           database, roles, schemas and tables, then stop
    wijd --target=plan --migrate=post    also what may only go when the old code is gone, then stop
    wijd --target=plan --adopt           after restoring PostgreSQL to the past: see docs/delivery.md, then stop
    wijd --target=all --verify-looks     is the record of who looked as it was sealed? then stop
    wijd --target=all --due-for-erasure  what has had its term and goes within the hour? then stop
    wijd --hold=ID --until=2027-12-31 --because=complaint
                                         erase nothing of it before that day is over, then stop
    wijd --list-targets                  what there is

Settings come from the environment (`WIJ_…`, see `wij/settings.py`).
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from importlib import import_module
from uuid import UUID

import uvloop

from services import errands, up
from wij import keeper, logs
from wij.embedded import GroundError
from wij.events import SERVICES
from wij.issuer import Issuer, IssuerRefused
from wij.keeper import Kept
from wij.migrations import MigrationError
from wij.process import Process
from wij.service import Loop, Service
from wij.settings import Settings
from wij.tokens import BearerTokens
from wij.trouble import Trouble
from wij.web import Tokens

TARGETS: Mapping[str, Sequence[str]] = {
    "all": (*SERVICES, "issuer"),
    **{name: (name,) for name in (*SERVICES, "issuer")},
}


def build(name: str, settings: Settings, tokens: Tokens) -> Service:
    """A service, not started yet. Its code is loaded only now: a process that runs one needs no memory for four."""
    made: Service = import_module(f"services.{name}.service").build(settings, tokens)
    return made


async def serve(settings: Settings, target: str, loops: Mapping[str, Loop] | None = None) -> None:
    """Run a target until it is asked to stop. The issuer is a part of `all` in development only."""
    issues = target == "issuer" or ("issuer" in TARGETS[target] and settings.mode == "development")
    apps = {"issuer": Issuer(settings).app} if issues else {}
    await Process(settings, services_of(settings, target), apps, loops).run(Kept.here())


def services_of(settings: Settings, target: str) -> Sequence[Service]:
    """The services of a target, not started yet."""
    tokens = BearerTokens(settings)
    return [build(name, settings, tokens) for name in TARGETS[target] if name in SERVICES]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="wijd", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--target", choices=TARGETS, default="all", metavar="NAME")
    parser.add_argument("--list-targets", action="store_true")
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--embedded", action="store_true")
    ways.add_argument("--keep", action="store_true")
    parser.add_argument("--provision", action="store_true")
    parser.add_argument("--migrate", nargs="?", const="expand", choices=["expand", "post"])
    parser.add_argument("--adopt", action="store_true")
    parser.add_argument("--verify-looks", action="store_true")
    parser.add_argument("--head", action="append", default=[], type=errands.head, metavar="SERVICE:NUMBER:DIGEST")
    parser.add_argument("--due-for-erasure", action="store_true")
    parser.add_argument("--hold", type=UUID, metavar="ID")
    parser.add_argument("--until", type=date.fromisoformat, metavar="DAY")
    parser.add_argument("--because", metavar="REASON")
    asked = parser.parse_args()
    if asked.hold and not (asked.until and asked.because and asked.target == "all"):
        parser.error("--hold needs --until and --because, and is for every service at once")
    settings = Settings()
    logs.configure(settings)
    if asked.list_targets:
        sys.stdout.writelines(f"{name}: {', '.join(parts)}\n" for name, parts in TARGETS.items())
        return
    if settings.mode == "production" and (weak := settings.weaknesses()):
        sys.exit("wijd does not start in production mode like this:\n- " + "\n- ".join(weak))
    if asked.keep:
        keeper.become("services", f"--target={asked.target}")
    try:
        if asked.embedded:
            up.run(settings, partial(serve, target=asked.target))
        elif (
            asked.provision or asked.migrate or asked.adopt or asked.verify_looks or asked.hold or asked.due_for_erasure
        ):
            asyncio.run(errands.run(settings, services_of(settings, asked.target), asked))
        else:
            uvloop.run(serve(settings, asked.target))
    except (GroundError, IssuerRefused, MigrationError, Trouble) as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
