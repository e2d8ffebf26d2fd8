"""What an operator asks of `wijd` once, and then it stops."""

import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from urllib.parse import urlsplit
from uuid import UUID

from wij import erasure, seals
from wij.adoption import adopt_stream
from wij.database import Database
from wij.migrations import migrate, provision
from wij.service import Service
from wij.settings import Settings
from wij.trouble import Trouble


async def run(settings: Settings, services: Sequence[Service], asked: Namespace) -> None:
    """Do what was asked, in this order."""
    if asked.provision:
        await make_roles(settings)
    if asked.migrate:
        await make_tables(settings, services, post=asked.migrate == "post")
    if asked.adopt:
        await adopt(settings, services)
    if asked.verify_looks:
        await verify_looks(services, asked.head)
    if asked.hold:
        await hold(services, asked.hold, asked.until, asked.because)
    if asked.due_for_erasure:
        await tell_due(services)


async def make_roles(settings: Settings) -> None:
    """Make the database, the roles and the empty schemas; what stands already stays."""
    passwords = {role: word.get_secret_value() for role, word in settings.database_passwords.items()}
    database = urlsplit(settings.database_url).path.removeprefix("/")
    await provision(settings.admin_url.get_secret_value(), database, passwords)


async def make_tables(settings: Settings, services: Sequence[Service], *, post: bool) -> None:
    """Bring the tables of these services up to date."""
    for service in services:
        await migrate(settings, service.name, service.schema, post=post)


async def adopt(settings: Settings, services: Sequence[Service]) -> None:
    """Keep what the streams of these services hold beyond their logs; their relays then go on by themselves."""
    for service in services:
        count = await adopt_stream(service.database, settings)
        sys.stdout.write(f"{service.name}: {count} events are in the table salvage now\n")


def head(word: str) -> tuple[str, int, str]:
    """A seal as the log of a process says it: `intake:12:9f…`; raises `ValueError` when it is something else."""
    service, number, digest = word.split(":")
    return service, int(number), digest


async def verify_looks(services: Sequence[Service], heads: Sequence[tuple[str, int, str]]) -> None:
    """Say whether the record of who looked is as it was sealed, service by service; raises `LooksChanged`."""
    changed = []
    for service in services:
        connection = await service.database.connect()
        try:
            mine = {number: digest for name, number, digest in heads if name == service.name}
            found = await seals.verify(connection, service.name, mine)
        except seals.LooksChanged as wrong:
            changed.append(str(wrong))
        else:
            stand = f"{found.looks} looks under {found.seals} seals are as they were"
            sys.stdout.write(f"{service.name}: {stand}; {found.unsealed} wait for a seal\n")
        finally:
            await connection.close()
    if changed:
        raise seals.LooksChanged("\n".join(changed))


class Unknown(Trouble):
    """What should be held is not here."""


async def hold(services: Sequence[Service], about: UUID, until: date, because: str) -> None:
    """Let nothing of a request, household, case or volunteer be erased up to and on this day; raises `Unknown`.

    A service that does not know a household yet may get a case of it before that day, so each of them holds.
    """
    erasing = [service for service in services if service.erase is not None]
    async with AsyncExitStack() as stack:
        for service in erasing:
            await stack.enter_async_context(_open(service.database))
        known = [service.name for service in erasing if await erasure.knows(service.database, about)]
        if not known:
            raise Unknown(f"No service knows {about}: it is no request, household, case or volunteer, or it is erased.")
        for service in erasing:
            await erasure.hold(service.database, about, until, because)
    sys.stdout.write(f"nothing of {about} is erased up to and on {until}; known to {', '.join(known)}\n")


async def tell_due(services: Sequence[Service]) -> None:
    """Say what each service would erase next; nothing is erased."""
    for service in services:
        if service.erase is not None:
            async with _open(service.database) as database:
                due = await erasure.due(database, service.erase)
            more = " or more" if len(due) >= erasure.MOST else ""
            sys.stdout.write(f"{service.name}: {len(due)}{more} due\n")
            sys.stdout.writelines(f"  {fact.name.partition('.')[0]} {fact.aggregate_id}\n" for fact in due)


@asynccontextmanager
async def _open(database: Database) -> AsyncIterator[Database]:
    await database.start()
    try:
        yield database
    finally:
        await database.stop()
