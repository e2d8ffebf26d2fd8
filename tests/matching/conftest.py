"""The neighbourhood every test of matching stands in."""

import pytest

from tests.matching import scene
from wij.database import Database


@pytest.fixture
async def here(matching: Database) -> Database:
    """Matching's database with both neighbourhoods on the map."""
    await scene.area(matching)
    return matching
