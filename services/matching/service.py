"""The wiring of matching: settings in, a service out."""

from pathlib import Path

from services.matching.api import ROUTES
from services.matching.store.erasure import erase_due
from services.matching.subscriptions import SUBSCRIPTIONS
from wij.database import Database
from wij.service import Service
from wij.settings import Settings
from wij.web import Tokens, create_app

SUMMARY = "Who in the neighbourhood can help, and whether both sides want it"


def build(settings: Settings, tokens: Tokens) -> Service:
    """Matching, not started yet."""
    database = Database(settings, "matching")
    return Service(
        name="matching",
        database=database,
        http=create_app("matching", SUMMARY, database, tokens, list(ROUTES)),
        subscriptions=SUBSCRIPTIONS,
        schema=Path(__file__).with_name("schema"),
        erase=erase_due,
    )
