"""What plan tells: who works with which household from now on, and what became of accepted requests.

Each handler takes a batch. Applying one twice changes nothing, so no inbox is kept.
"""

from collections.abc import Sequence

from services.intake.store import projection as store
from wij.database import Transaction
from wij.events import Recorded
from wij.events.plan import (
    CaseClosed,
    CaseErased,
    CaseOpened,
    DirectorAbsenceEnded,
    DirectorAbsenceRecorded,
    DirectorHandedOver,
    HelpRequestAttachedToCase,
    InvolvementAdded,
    InvolvementEnded,
)


async def when_case_opened(tx: Transaction, events: Sequence[Recorded[CaseOpened]]) -> None:
    """The household has a director; the request it came from is settled."""
    await store.cases_opened(tx, events)
    await store.requests_settled(tx, events, "case_opened")


async def when_help_request_attached(tx: Transaction, events: Sequence[Recorded[HelpRequestAttachedToCase]]) -> None:
    """The request joined the case that was open already."""
    await store.requests_settled(tx, events, "attached")


async def when_director_handed_over(tx: Transaction, events: Sequence[Recorded[DirectorHandedOver]]) -> None:
    """From here on the former director sees the household no longer (PRIV-03)."""
    await store.directors_changed(tx, events)


async def when_case_closed(tx: Transaction, events: Sequence[Recorded[CaseClosed]]) -> None:
    """Involvement ends with the case; the last director answers for what was done."""
    await store.cases_closed(tx, events)


async def when_case_erased(tx: Transaction, events: Sequence[Recorded[CaseErased]]) -> None:
    """The questions it answered are due for erasure (`schema/0008_erasure.sql`)."""
    await store.cases_erased(tx, events)


async def when_involvement_added(tx: Transaction, events: Sequence[Recorded[InvolvementAdded]]) -> None:
    """Another worker sees the household too."""
    await store.involvements_added(tx, events)


async def when_involvement_ended(tx: Transaction, events: Sequence[Recorded[InvolvementEnded]]) -> None:
    """The worker sees the household no longer."""
    await store.involvements_ended(tx, events)


async def when_director_absence_recorded(tx: Transaction, events: Sequence[Recorded[DirectorAbsenceRecorded]]) -> None:
    """The deputy sees the households of the absent director, as long as the absence lasts."""
    await store.absences_recorded(tx, events)


async def when_director_absence_ended(tx: Transaction, events: Sequence[Recorded[DirectorAbsenceEnded]]) -> None:
    """The deputy no longer acts."""
    await store.absences_ended(tx, events)
