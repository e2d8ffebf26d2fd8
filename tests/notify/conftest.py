"""Mail arrives at a real server, and addresses come from intake and matching themselves."""

from collections.abc import AsyncIterator

import pytest

from services.notify.handlers.sending import Post
from tests.notify.postbox import Postbox, open_postbox
from tests.notify.sender import a_sender
from wij.database import Database
from wij.settings import Settings


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    """Where mail arrives."""
    async with open_postbox() as box:
        yield box


@pytest.fixture
def mailing(settings: Settings, postbox: Postbox) -> Settings:
    """The settings of a sender that mails to the postbox."""
    return settings.model_copy(update={"smtp_port": postbox.port})


@pytest.fixture
async def post(mailing: Settings, notify: Database) -> AsyncIterator[Post]:
    """One sender."""
    async with a_sender(mailing, notify) as sender:
        yield sender
