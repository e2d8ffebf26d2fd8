"""The wiring of intake: settings in, a service out."""

import asyncio
from functools import partial
from pathlib import Path

from services.intake.api import ROUTES
from services.intake.handlers.watching import watch
from services.intake.store.erasure import erase_due
from services.intake.subscriptions import SUBSCRIPTIONS
from wij.database import Database
from wij.identity import service_actor
from wij.service import Service
from wij.settings import Settings
from wij.web import Tokens, create_app

SUMMARY = "A question comes in, becomes clear and safe, and finds its household and its team"
TICK = 5.0
"""Seconds between two looks for households without a director."""


def build(settings: Settings, tokens: Tokens) -> Service:
    """Intake, not started yet."""
    database = Database(settings, "intake")
    return Service(
        name="intake",
        database=database,
        http=create_app("intake", SUMMARY, database, tokens, list(ROUTES)),
        subscriptions=SUBSCRIPTIONS,
        schema=Path(__file__).with_name("schema"),
        erase=erase_due,
        loops=(partial(keep_watching, database),),
    )


async def keep_watching(database: Database) -> None:
    """Look for households without a director, until cancelled."""
    while True:
        async with database.transaction(service_actor(database.service)) as tx:
            await watch(tx)
        await asyncio.sleep(TICK)
