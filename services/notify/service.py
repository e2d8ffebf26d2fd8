"""Wiring: the service from its settings."""

import asyncio
from functools import partial
from pathlib import Path

import httpx

from services.notify.api import routes
from services.notify.channels.contacts import Contacts
from services.notify.channels.inbox import Inbox
from services.notify.channels.mail import Mail
from services.notify.handlers.sending import SENDER, Post, send_due
from services.notify.handlers.sweeping import sweep
from services.notify.store import inbox
from services.notify.subscriptions import SUBSCRIPTIONS
from wij.database import Database
from wij.ids import new_id
from wij.service import Service
from wij.settings import Settings
from wij.tokens import ServiceTokens
from wij.web import Tokens, create_app

PAUSE = 0.5
"""Seconds between two looks for something to send, when there was nothing."""
TICK = 1.0
"""Seconds between two sweeps of the deadlines, when nothing was reached."""
PATIENCE = 10
"""Seconds a sender that is told to stop may take to finish what it has in hand."""


def build(settings: Settings, tokens: Tokens) -> Service:
    """Notify, ready to run: its app, its subscriptions, its sender and its sweeper."""
    database = Database(settings, "notify")
    post = post_of(settings, database)
    return Service(
        name="notify",
        database=database,
        http=create_app("notify", "Who must hear what, when; and every deadline", database, tokens, [routes]),
        subscriptions=SUBSCRIPTIONS,
        schema=Path(__file__).with_name("schema"),
        loops=(partial(keep_sending, post), partial(keep_sweeping, database)),
    )


def post_of(settings: Settings, database: Database) -> Post:
    """A sender with the real channels."""
    http = httpx.AsyncClient(timeout=5)
    return Post(
        database=database,
        contacts=Contacts(settings, ServiceTokens(settings, "notify"), http),
        channels={"mail": Mail(settings), "inbox": Inbox(partial(inbox.put, database))},
        owner=new_id(),
    )


async def keep_sending(post: Post) -> None:
    """Send what is due, until cancelled; a pass that has begun is finished first, so fewer fates stay unknown."""
    while True:
        one_pass = asyncio.ensure_future(send_due(post))
        try:
            sent = await asyncio.shield(one_pass)
        except asyncio.CancelledError:
            await asyncio.wait({one_pass}, timeout=PATIENCE)
            one_pass.cancel()
            raise
        if not sent:
            await asyncio.sleep(PAUSE)


async def keep_sweeping(database: Database) -> None:
    """Sweep the deadlines, until cancelled."""
    while True:
        async with database.transaction(SENDER) as tx:
            reached = await sweep(tx)
        if not reached:
            await asyncio.sleep(TICK)
