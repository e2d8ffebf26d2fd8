"""That the harness would find it: one mistake is seeded in the code, and the run must see what comes of it."""

import asyncio
import random
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import asyncpg

from chaos.fleet import Fleet
from chaos.history import History
from chaos.load import at_work
from chaos.run import afterwards
from chaos.seeded import Seeded
from wij.mailsink import MailSink

SECONDS = 10.0
"""Of load; each mistake shows within that, because processes die exactly where it hurts."""
PATIENCE = 12.0
"""Seconds that a client waits for what may be lost."""
SETTLED_WITHIN = 8.0
"""Seconds; what was lost never settles."""


async def seek(name: str, seeded: Seeded, folder: Path) -> tuple[list[str], list[str]]:
    """Run with this mistake: what was found of it, and what else."""
    sink = MailSink(folder / "mail")
    history = History(folder / "history.jsonl")
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(sink.listening())
        program = ("chaos.seeded", name, "--")
        made = Fleet(folder / "wij", {"all": seeded.processes}, port, program=program)
        fleet = stack.enter_context(made.running())
        await fleet.ready()
        connection = await asyncpg.connect(fleet.ground.postgres.dsn("wij"))
        for statement in seeded.without:
            await connection.execute(statement)
        await connection.close()
        load = await stack.enter_async_context(at_work(fleet, history, PATIENCE))
        await load.prepare()
        alive = asyncio.create_task(fleet.keep_alive())
        try:
            if seeded.fail_points:
                fleet.fail_points = lambda target: seeded.fail_points
                for replica in fleet.replicas:
                    fleet.kill(replica)
                await fleet.ready()
            with suppress(TimeoutError):  # who waits for what was lost waits long
                async with asyncio.timeout(SECONDS + PATIENCE):
                    await load.bear(SECONDS, random.Random(name))
            fleet.fail_points = lambda target: ""
            violations = await afterwards(fleet, load, sink, SETTLED_WITHIN)
        finally:
            alive.cancel()
    history.close()
    of_it = [found for found in violations if any(words in found for words in seeded.finds)]
    return of_it, [found for found in violations if found not in of_it]
