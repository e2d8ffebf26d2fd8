"""The town every test of intake stands in."""

import pytest

from tests.intake import town
from wij.database import Database


@pytest.fixture
async def place(intake: Database) -> Database:
    """Intake's database with teams, areas and contacts."""
    await town.build(intake)
    return intake
