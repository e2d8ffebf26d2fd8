"""Teams, areas, workers and contacts over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.intake.commands import Moment
from services.intake.commands.area import (
    AssignArea,
    FindContacts,
    ImportBuurten,
    ImportPostcodes,
    PutContact,
    PutTeam,
    PutWorker,
)
from services.intake.handlers import area as handlers
from services.intake.views.area import (
    Contacts,
    ContactView,
    ImportReport,
    TeamAreas,
    Teams,
    TeamView,
    Workers,
    WorkerView,
)
from wij.access import Action
from wij.call import Calling, Routes
from wij.events import TeamCode

routes = Routes()


@routes.get("/teams", Action.VIEW_AREAS, Teams)
async def list_teams(call: Calling) -> Response:
    """Every team."""
    return await call.run(handlers.list_teams)


@routes.put("/teams/{code}", Action.MANAGE_AREAS, TeamView)
async def put_team(call: Calling, code: TeamCode, ask: PutTeam) -> Response:
    """Set a team: its name, from when it receives, and who receives before that."""
    return await call.run(handlers.put_team, code, ask)


@routes.post("/buurten/_import", Action.MANAGE_AREAS, ImportReport)
async def import_buurten(call: Calling, ask: ImportBuurten) -> Response:
    """Take neighbourhoods in; the same list again changes nothing."""
    return await call.run(handlers.import_buurten, ask)


@routes.post("/postcodes/_import", Action.MANAGE_AREAS, ImportReport)
async def import_postcodes(call: Calling, ask: ImportPostcodes) -> Response:
    """Take postcodes in; the same list again changes nothing."""
    return await call.run(handlers.import_postcodes, ask)


@routes.post("/team-areas", Action.MANAGE_AREAS, TeamAreas, status=201)
async def assign_area(call: Calling, ask: AssignArea) -> Response:
    """Let a team answer for neighbourhoods from a moment on; whoever had them has them until then."""
    return await call.run(handlers.assign_area, ask)


@routes.get("/team-areas", Action.VIEW_AREAS, TeamAreas)
async def list_team_areas(call: Calling, at: Annotated[Moment | None, Query()] = None) -> Response:
    """Which team answers for which neighbourhood, now or at another moment."""
    return await call.run(handlers.list_team_areas, at)


@routes.put("/workers/{worker_id}", Action.MANAGE_WORKERS, WorkerView)
async def put_worker(call: Calling, worker_id: UUID, ask: PutWorker) -> Response:
    """Set a worker: one team, roles, specialisms, and room for so many households."""
    return await call.run(handlers.put_worker, worker_id, ask)


@routes.get("/workers", Action.VIEW_WORKERS, Workers)
async def list_workers(call: Calling, team: Annotated[TeamCode | None, Query()] = None) -> Response:
    """The workers of a team, or of all."""
    return await call.run(handlers.list_workers, team)


@routes.post("/contacts", Action.MANAGE_AREAS, ContactView, status=201)
async def put_contact(call: Calling, ask: PutContact) -> Response:
    """Set a contact that may be pointed out."""
    return await call.run(handlers.put_contact, ask)


@routes.post("/contacts/_find", Action.FIND_CONTACT, Contacts)
async def find_contacts(call: Calling, ask: FindContacts) -> Response:
    """Who can help with this topic at this address; never nobody."""
    return await call.run(handlers.find_contacts, ask)
