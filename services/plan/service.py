"""The wiring of plan: settings in, a service out."""

from pathlib import Path

from services.plan.api import ROUTES
from services.plan.store.erasure import erase_due
from services.plan.subscriptions import SUBSCRIPTIONS
from wij.database import Database
from wij.service import Service
from wij.settings import Settings
from wij.web import Tokens, create_app

SUMMARY = "One household, one director, one plan"


def build(settings: Settings, tokens: Tokens) -> Service:
    """Plan, not started yet."""
    database = Database(settings, "plan")
    return Service(
        name="plan",
        database=database,
        http=create_app("plan", SUMMARY, database, tokens, list(ROUTES)),
        subscriptions=SUBSCRIPTIONS,
        schema=Path(__file__).with_name("schema"),
        erase=erase_due,
    )
