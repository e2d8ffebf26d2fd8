"""A request that was accepted opens the household's one case, or joins it."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.plan.domain.case import join, open_case
from services.plan.domain.director import Colleague, choose_director
from services.plan.store import opening, roster
from services.plan.store.opening import Opening
from wij import outbox
from wij.database import Transaction
from wij.events import Caused, Event, Recorded
from wij.events.intake import HelpRequestAccepted
from wij.ids import new_id


async def when_help_requests_accepted(tx: Transaction, events: Sequence[Recorded[HelpRequestAccepted]]) -> None:
    """One open case per household (I1), each with exactly one director (I2), decided event by event in order.

    Raises `NobodyInTeam` when a team has nobody who could direct: the event waits, with that as its reason.
    """
    households = {event.fact.household_id for event in events}
    cases = await opening.hold_households(tx, households)
    answered = await opening.known_requests(tx, {event.fact.request_id for event in events})
    free_from = await opening.last_ends(tx, households)
    team_of = await _teams(tx, {event.fact.team for event in events})
    opened: list[Opening] = []
    attached: dict[UUID, UUID] = {}
    told: list[Caused[Event]] = []
    for event in events:
        request = event.fact
        if request.request_id in answered:
            continue
        case = cases.get(request.household_id)
        fact: Event
        if case is not None:
            fact = join(case, request)
        else:
            team = team_of[request.team]
            choice = choose_director(team.values(), request.topics, request.accepted_by)
            case, fact = open_case(
                request,
                choice,
                case_id=new_id(),
                free_from=free_from.get(request.household_id),
                now=tx.now,
            )
            director = team[choice.director_id]
            team[choice.director_id] = replace(director, caseload=director.caseload + 1)
            cases[request.household_id] = case
            opened.append(Opening(case, fact))
        answered.add(request.request_id)
        attached[request.request_id] = case.case_id
        told.append(Caused(fact, by=event))
    await opening.open_all(tx, opened)
    await opening.attach(tx, attached)
    await outbox.append(tx, told)


async def _teams(tx: Transaction, teams: set[str]) -> dict[str, dict[UUID, Colleague]]:
    members: dict[str, dict[UUID, Colleague]] = {team: {} for team in teams}
    for colleague in await roster.colleagues(tx, teams):
        members[colleague.team][colleague.worker_id] = colleague
    return members
