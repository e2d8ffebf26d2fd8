"""A sender with its real channels and the real owners of contacts; also as a process of its own, to be killed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from services.intake.service import build as build_intake
from services.matching.service import build as build_matching
from services.notify.channels.contacts import Contacts
from services.notify.channels.inbox import Inbox
from services.notify.channels.mail import Mail
from services.notify.handlers.sending import Post, send_due
from services.notify.store import inbox
from wij.database import Database
from wij.ids import new_id
from wij.issuer import Issuer
from wij.settings import Settings
from wij.tokens import BearerTokens, ServiceTokens


@asynccontextmanager
async def a_sender(settings: Settings, notify: Database) -> AsyncIterator[Post]:
    """intake and matching answer over HTTP, to notify's own token; SMTP answers within two seconds or not at all."""
    issuer = Issuer(settings)
    http = httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=[Mount("/issuer", issuer.app)])))
    tokens = BearerTokens(settings, http)
    owners = [build(settings, tokens) for build in (build_intake, build_matching)]
    app = Starlette(routes=[Mount("/issuer", issuer.app), *(Mount(f"/{owner.name}", owner.http) for owner in owners)])
    for owner in owners:
        await owner.database.start()
    try:
        async with http, httpx.AsyncClient(transport=httpx.ASGITransport(app)) as contacts:
            yield Post(
                database=notify,
                contacts=Contacts(settings, ServiceTokens(settings, "notify", contacts), contacts),
                channels={"mail": Mail(settings, seconds=2), "inbox": Inbox(partial(inbox.put, notify))},
                owner=new_id(),
            )
    finally:
        for owner in owners:
            await owner.database.stop()


def send_in_a_process(settings: Settings) -> None:
    """One pass, by a process whose mail server may take all the time it likes."""
    asyncio.run(_send(settings))


async def _send(settings: Settings) -> None:
    notify = Database(settings, "notify")
    await notify.start()
    async with a_sender(settings, notify) as post:
        patient = Post(notify, post.contacts, {"mail": Mail(settings, seconds=3600)}, post.owner)
        await send_due(patient)
