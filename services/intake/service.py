"""The wiring of intake: settings in, a service out."""

from pathlib import Path

from services.intake.api import ROUTES
from services.intake.subscriptions import SUBSCRIPTIONS
from wij.database import Database
from wij.service import Service
from wij.settings import Settings
from wij.web import Tokens, create_app

SUMMARY = "A question comes in, becomes clear and safe, and finds its household and its team"


def build(settings: Settings, tokens: Tokens) -> Service:
    """Intake, not started yet."""
    database = Database(settings, "intake")
    return Service(
        name="intake",
        database=database,
        http=create_app("intake", SUMMARY, database, tokens, list(ROUTES)),
        subscriptions=SUBSCRIPTIONS,
        schema=Path(__file__).with_name("schema"),
    )
