"""A small neighbourhood to match in: what the other services told, and volunteers nearby. Nobody here exists."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.matching.commands import (
    ActivateAssignment,
    AnswerProposal,
    Propose,
    RecordIntroduction,
    RegisterVolunteer,
    Slot,
)
from services.matching.domain.match import AnsweringSide
from services.matching.handlers import knowing, matches, needs, volunteers
from services.matching.views import MatchView, VolunteerView
from tests.people import HANNEKE, SAMIRA
from wij.calendar import day_of
from wij.database import Database, Transaction
from wij.events import Event, Recorded
from wij.events.intake import Place, TeamAreaChanged
from wij.events.notify import DeadlinePassed
from wij.events.plan import CaseOpened, SupportNeedRequested
from wij.identity import Actor, service_actor
from wij.ids import new_id

SELWERD, PADDEPOEL = "BU00140202", "BU00140301"
MIDDLE = {SELWERD: (233_000, 584_000), PADDEPOEL: (231_900, 584_300)}
TUESDAY_MORNING = Slot(day=1, start=9, end=12)
TODAY = day_of(datetime.now(UTC))
SOON = TODAY + timedelta(days=10)
LATER = TODAY + timedelta(days=400)

type Handler = Callable[[Transaction, Sequence[Recorded[Any]]], Awaitable[None]]


def recorded[E: Event](fact: E, position: int = 1) -> Recorded[E]:
    """A fact as a reader meets it."""
    return Recorded(new_id(), position, datetime.now(UTC), 1, "a-correlation", None, fact)


async def hear(matching: Database, handler: Handler, *facts: Event) -> None:
    """The service applies a batch of facts."""
    async with matching.transaction(service_actor("matching")) as tx:
        await handler(tx, [recorded(fact, number) for number, fact in enumerate(facts, start=1)])


async def area(matching: Database) -> None:
    """Both neighbourhoods are on the map."""
    places = tuple(Place(buurt=buurt, x=x, y=y) for buurt, (x, y) in MIDDLE.items())
    changed = TeamAreaChanged(team="selwerd", team_id=new_id(), places=places, valid_from=datetime.now(UTC))
    await hear(matching, knowing.when_team_areas_changed, changed)


def opened(director: Actor = SAMIRA, team: str = "selwerd") -> CaseOpened:
    """A case of a household of its own."""
    return CaseOpened(
        team=team,
        case_id=new_id(),
        household_id=new_id(),
        household_version=1,
        director_id=director.id,
        opened_from=new_id(),
        director_reason="team",
    )


def requested(case: CaseOpened, **different: Any) -> SupportNeedRequested:
    """Two hours of conversation on Tuesday morning, unless said otherwise."""
    values: dict[str, Any] = {
        "team": case.team,
        "need_id": new_id(),
        "case_id": case.case_id,
        "household_id": case.household_id,
        "action_id": new_id(),
        "consent_id": new_id(),
        "kind": "conversation",
        "buurt": SELWERD,
        "availability": 1 << 11 | 1 << 12,
        "hours_week": 2,
        "language": None,
        "certificate_required": False,
        "starts_on": SOON,
        "consent_until": LATER,
    }
    return SupportNeedRequested(**values | different)


async def need(matching: Database, **different: Any) -> SupportNeedRequested:
    """A case with one need, both known to the service."""
    case = opened()
    await hear(matching, knowing.when_cases_opened, case)
    asked = requested(case, **different)
    await hear(matching, needs.when_needs_requested, asked)
    return asked


def offer(**different: Any) -> RegisterVolunteer:
    """Somebody of Selwerd for whom every condition of `requested` is met, unless said otherwise."""
    values: dict[str, Any] = {
        "team": "selwerd",
        "given_name": "Anneke",
        "family_name": "Verzonnen",
        "email": "anneke@voorbeeld.example",
        "phone": "0612345678",
        "buurt": SELWERD,
        "max_distance_m": 5000,
        "kinds": ("conversation", "errands"),
        "languages": ("nl", "ar"),
        "availability": (TUESDAY_MORNING,),
        "hours_week": 4,
        "certificate_valid_until": LATER,
    }
    return RegisterVolunteer(**values | different)


async def volunteer(matching: Database, actor: Actor = HANNEKE, /, **different: Any) -> VolunteerView:
    """A registered volunteer."""
    async with matching.transaction(actor) as tx:
        return await volunteers.register(tx, offer(**different))


async def propose(matching: Database, need_id: UUID, volunteer_id: UUID, actor: Actor = HANNEKE) -> MatchView:
    """The coordinator asks a volunteer."""
    async with matching.transaction(actor) as tx:
        return await needs.propose(tx, need_id, Propose(volunteer_id=volunteer_id))


async def answer(
    matching: Database, match_id: UUID, side: AnsweringSide, said: str, actor: Actor | None = None
) -> MatchView:
    """One side says yes or no: the coordinator for the volunteer, the director for the household."""
    async with matching.transaction(actor or (HANNEKE if side == "volunteer" else SAMIRA)) as tx:
        return await matches.answer(tx, match_id, side, AnswerProposal.model_validate({"answer": said}))


async def matched(matching: Database, **different: Any) -> MatchView:
    """A match both sides said yes to."""
    asked = await need(matching, **different)
    who = await volunteer(matching)
    match = await propose(matching, asked.need_id, who.volunteer_id)
    await answer(matching, match.match_id, "volunteer", "accept")
    return await answer(matching, match.match_id, "household", "accept")


async def introduced(matching: Database, **different: Any) -> MatchView:
    """They met."""
    match = await matched(matching, **different)
    async with matching.transaction(HANNEKE) as tx:
        return await matches.introduce(tx, match.match_id, RecordIntroduction(introduced_on=TODAY))


async def start(matching: Database, match_id: UUID, on: date = SOON) -> MatchView:
    """The help starts."""
    async with matching.transaction(HANNEKE) as tx:
        return await matches.activate(tx, match_id, ActivateAssignment(starts_on=on))


async def running(matching: Database, **different: Any) -> MatchView:
    """Help that runs."""
    return await start(matching, (await introduced(matching, **different)).match_id)


def deadline(match: MatchView, term: str = "match") -> DeadlinePassed:
    """Notify says that the term of a proposal ended."""
    return DeadlinePassed(
        team=match.team,
        deadline_id=new_id(),
        subject_id=match.match_id,
        household_id=match.household_id,
        term=term,
        threshold="passed",
        due_at=match.due_at,
    )


async def reserved(matching: Database, volunteer_id: UUID) -> int:
    """The hours the database holds for this volunteer."""
    async with matching.transaction(service_actor("matching")) as tx:
        hours: int = await tx.value("select reserved_hours from capacities where volunteer_id = $1", volunteer_id)
        return hours


async def state_of(matching: Database, need_id: UUID) -> str:
    """How far the search is."""
    async with matching.transaction(service_actor("matching")) as tx:
        state: str = await tx.value("select state from needs where need_id = $1", need_id)
        return state
