"""Where neighbourhoods are, as intake tells it."""

from collections.abc import Sequence

from wij.database import Statements, Transaction
from wij.events.intake import Place

SQL = Statements.of(__file__, "places.sql")


async def save(tx: Transaction, places: Sequence[Place]) -> None:
    """Keep the middle of each neighbourhood, and move the volunteers who live there by it."""
    buurten = [place.buurt for place in places]
    await tx.run(SQL.save_places, buurten, [place.x for place in places], [place.y for place in places])
    await tx.run(SQL.move_volunteers, buurten)
