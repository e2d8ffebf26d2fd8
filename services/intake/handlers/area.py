"""What is done with teams, their areas, their workers and the contacts of the city."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from services.intake.commands.area import (
    AssignArea,
    FindContacts,
    ImportBuurten,
    ImportPostcodes,
    PutContact,
    PutTeam,
    PutWorker,
)
from services.intake.domain import area, worker
from services.intake.store import area as store
from services.intake.store import contact
from services.intake.views.area import (
    Contacts,
    ContactView,
    ImportedRow,
    ImportReport,
    TeamAreas,
    Teams,
    TeamView,
    Workers,
    WorkerView,
)
from wij import outbox
from wij.access import Action, permit
from wij.database import Transaction
from wij.errors import FieldError, Invalid
from wij.ids import new_id


async def put_team(tx: Transaction, code: str, ask: PutTeam) -> TeamView:
    """Set a team; told when it is new or when it receives from another moment or through another team."""
    permit(tx.actor, Action.MANAGE_AREAS)
    known, fallbacks = await store.teams_for_update(tx, [code, *([ask.fallback] if ask.fallback else [])])
    fallback = known.get(ask.fallback) if ask.fallback else None
    team, told = area.put_team(known.get(code), code, ask, fallback, is_fallback=code in fallbacks, team_id=new_id())
    await store.put_team(tx, team)
    await outbox.append(tx, [told] if told is not None else [])
    return TeamView(code=team.code, name=team.name, active_from=team.active_from, fallback=team.fallback)


async def list_teams(tx: Transaction) -> Teams:
    """Every team."""
    permit(tx.actor, Action.VIEW_AREAS)
    return Teams(items=await store.teams(tx))


async def import_buurten(tx: Transaction, ask: ImportBuurten) -> ImportReport:
    """Take neighbourhoods in; a place that moved is told by the team that answers for it."""
    permit(tx.actor, Action.MANAGE_AREAS)
    known = await store.buurten_for_update(tx, [item.code for item in ask.items])
    rows, changed = area.compare_buurten(ask.items, known)
    await store.put_buurten(tx, changed.values())
    moved = [
        code for code, item in changed.items() if code in known and (known[code].x, known[code].y) != (item.x, item.y)
    ]
    await _tell_areas(tx, await store.teams_holding(tx, moved), tx.now)
    return _report(rows)


async def import_postcodes(tx: Transaction, ask: ImportPostcodes) -> ImportReport:
    """Take postcodes in."""
    permit(tx.actor, Action.MANAGE_AREAS)
    known = await store.postcodes_for_update(tx, ["".join(item.postcode.split()).upper() for item in ask.items])
    rows, changed = area.compare_postcodes(
        ask.items, known, await store.known_buurten(tx, [item.buurt for item in ask.items])
    )
    await store.put_postcodes(tx, changed.values())
    return _report(rows)


async def assign_area(tx: Transaction, ask: AssignArea) -> TeamAreas:
    """Give neighbourhoods to a team; each team whose area changes tells its whole area (I16)."""
    permit(tx.actor, Action.MANAGE_AREAS)
    valid_from = ask.valid_from or tx.now
    buurten = await store.buurten_for_update(tx, ask.buurten)
    unknown = [code for code in dict.fromkeys(ask.buurten) if code not in buurten]
    if unknown:
        problems = [FieldError("buurten", f"{code} is not known") for code in unknown]
        raise Invalid("Some neighbourhoods are not known.", problems)
    holdings = await store.holdings(tx, list(buurten))
    touched = {ask.team, *(holding.team for holding in holdings.values())}
    teams, _ = await store.teams_for_update(tx, touched)
    if ask.team not in teams:
        raise Invalid("This team is not known.", [FieldError("team", "is not known")])
    unplaced = [code for code, item in buurten.items() if item.x is None or item.y is None]
    moving = area.assign(ask.team, ask.buurten, holdings, unplaced, valid_from)
    if moving:
        await store.move(tx, moving, ask.team, valid_from)
        await _tell_areas(tx, {ask.team, *(holdings[code].team for code in moving if code in holdings)}, valid_from)
    areas = await store.team_areas(tx, valid_from)
    return TeamAreas(at=valid_from, items=[one for one in areas if one.team == ask.team])


async def list_team_areas(tx: Transaction, at: datetime | None) -> TeamAreas:
    """The areas at a moment; now when none is given."""
    permit(tx.actor, Action.VIEW_AREAS)
    moment = at or tx.now
    return TeamAreas(at=moment, items=await store.team_areas(tx, moment))


async def put_worker(tx: Transaction, worker_id: UUID, ask: PutWorker) -> WorkerView:
    """Set a worker; told when new or when team, roles or room changed."""
    permit(tx.actor, Action.MANAGE_WORKERS)
    teams, _ = await store.teams_for_update(tx, [ask.team])
    if ask.team not in teams:
        raise Invalid("This team is not known.", [FieldError("team", "is not known")])
    now, told = worker.put_worker(await store.worker_for_update(tx, worker_id), worker_id, ask, tx.now)
    await store.put_worker(tx, now)
    await outbox.append(tx, told)
    return WorkerView(**{name: getattr(now, name) for name in WorkerView.model_fields})


async def list_workers(tx: Transaction, team: str | None) -> Workers:
    """The workers of a team, or of all."""
    permit(tx.actor, Action.VIEW_WORKERS)
    return Workers(items=await store.workers(tx, team))


async def put_contact(tx: Transaction, ask: PutContact) -> ContactView:
    """Set a contact that may be pointed out."""
    permit(tx.actor, Action.MANAGE_AREAS)
    if ask.team is not None and ask.team not in (await store.teams_for_update(tx, [ask.team]))[0]:
        raise Invalid("This team is not known.", [FieldError("team", "is not known")])
    await contact.put(tx, ask)
    return ContactView(**ask.model_dump())


async def find_contacts(tx: Transaction, ask: FindContacts) -> Contacts:
    """Who can help with this topic at this address; the team itself is the last resort (S4-2)."""
    permit(tx.actor, Action.FIND_CONTACT)
    team = area.route((await store.locate(tx, [ask.postcode]))[ask.postcode], tx.now)
    return Contacts(items=await contact.helping_with(tx, ask.topic, team))


async def _tell_areas(tx: Transaction, codes: Iterable[str], valid_from: datetime) -> None:
    teams, _ = await store.teams_for_update(tx, codes)
    places = await store.places_of(tx, list(teams), valid_from)
    await outbox.append(tx, [area.area_changed(team, places[code], valid_from) for code, team in teams.items()])


def _report(rows: Iterable[area.Row]) -> ImportReport:
    return ImportReport(items=[ImportedRow(row=one.row, result=one.result, problem=one.problem) for one in rows])
