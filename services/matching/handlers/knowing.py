"""What this service needs to know of others: where neighbourhoods are, and who works on which case."""

from collections.abc import Sequence
from uuid import UUID

from services.matching.store import cases, places
from wij import audit, timeline
from wij.access import Action
from wij.database import Transaction
from wij.events import Recorded
from wij.events.intake import TeamAreaChanged
from wij.events.plan import (
    CaseOpened,
    DirectorAbsenceEnded,
    DirectorAbsenceRecorded,
    DirectorHandedOver,
    InvolvementAdded,
    InvolvementEnded,
)
from wij.timeline import Timeline


async def when_team_areas_changed(tx: Transaction, events: Sequence[Recorded[TeamAreaChanged]]) -> None:
    """The middle of each neighbourhood; volunteers without a point of their own live there."""
    await places.save(tx, [place for event in events for place in event.fact.places])


async def when_cases_opened(tx: Transaction, events: Sequence[Recorded[CaseOpened]]) -> None:
    """A case, and who directs it."""
    await cases.opened(tx, [event.fact for event in events])


async def when_directors_handed_over(tx: Transaction, events: Sequence[Recorded[DirectorHandedOver]]) -> None:
    """Who directs now; who directed before no longer sees the household here."""
    await cases.handed_over(tx, [event.fact for event in events])


async def when_involvements_added(tx: Transaction, events: Sequence[Recorded[InvolvementAdded]]) -> None:
    """Who works on the case beside the director."""
    await cases.involved(tx, [event.fact for event in events])


async def when_involvements_ended(tx: Transaction, events: Sequence[Recorded[InvolvementEnded]]) -> None:
    """Who no longer does."""
    await cases.no_longer_involved(tx, [event.fact for event in events])


async def when_absences_recorded(tx: Transaction, events: Sequence[Recorded[DirectorAbsenceRecorded]]) -> None:
    """Who acts for an absent director."""
    await cases.absent(tx, [event.fact for event in events])


async def when_absences_ended(tx: Transaction, events: Sequence[Recorded[DirectorAbsenceEnded]]) -> None:
    """Who is back."""
    await cases.back(tx, [event.fact for event in events])


async def household_timeline(tx: Transaction, household_id: UUID) -> Timeline:
    """What this service told about a household, for those who work on its case."""
    await cases.permit_household(tx, Action.VIEW_TIMELINE, household_id)
    await audit.looked(tx, Action.VIEW_TIMELINE, "timeline", household_id, household_id=household_id)
    return await timeline.of_household(tx, household_id)
