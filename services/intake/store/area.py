"""Teams, areas, workers and contacts: nothing about a household, so no one's look is on record here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from services.intake.commands.area import BuurtRow, PostcodeRow
from services.intake.domain.area import Holding, Location, Team
from services.intake.domain.worker import Worker
from services.intake.views.area import TeamAreaView, TeamView, WorkerView
from wij.database import Statements, Transaction
from wij.events.intake import Place

SQL = Statements.of(__file__, "area.sql")


async def locate(tx: Transaction, postcodes: Iterable[str]) -> Mapping[str, Location]:
    """Where each of these postcodes leads at this moment."""
    wanted = sorted(set(postcodes))
    found = {row["postcode"]: row for row in await tx.rows(SQL.buurten_of_postcodes, wanted, tx.now)}
    rows = await tx.rows(SQL.teams, tx.now)
    teams = {one["code"]: _team(one) for one in rows}
    city = next((_team(one) for one in rows if one["city"] and one["active_from"] <= tx.now), None)

    def location(row: asyncpg.Record | None) -> Location:
        own = teams.get(row["team"]) if row is not None else None
        fallback = teams.get(own.fallback) if own is not None and own.fallback is not None else None
        return Location(row["buurt"] if row is not None else None, own, fallback, city)

    return {postcode: location(found.get(postcode)) for postcode in wanted}


async def teams(tx: Transaction) -> Sequence[TeamView]:
    """Every team."""
    rows = await tx.rows(SQL.teams, tx.now)
    return [TeamView(**{name: row[name] for name in TeamView.model_fields}) for row in rows]


async def teams_for_update(tx: Transaction, codes: Iterable[str]) -> tuple[Mapping[str, Team], frozenset[str]]:
    """These teams, locked, and which of them others fall back to."""
    rows = await tx.rows(SQL.teams_for_update, sorted(set(codes)))
    return {row["code"]: _team(row) for row in rows}, frozenset(row["code"] for row in rows if row["is_fallback"])


async def put_team(tx: Transaction, team: Team) -> None:
    """A team as it is now."""
    await tx.run(SQL.put_team, team.code, team.team_id, team.name, team.active_from, team.fallback)


async def buurten_for_update(tx: Transaction, codes: Iterable[str]) -> Mapping[str, BuurtRow]:
    """These neighbourhoods as far as they are known, locked."""
    rows = await tx.rows(SQL.buurten_for_update, sorted(set(codes)))
    return {row["code"]: BuurtRow(**row) for row in rows}


async def put_buurten(tx: Transaction, buurten: Collection[BuurtRow]) -> None:
    """Neighbourhoods as they are now."""
    columns = ([getattr(one, name) for one in buurten] for name in ("code", "name", "wijk", "municipality", "x", "y"))
    await tx.run(SQL.put_buurten, *columns)


async def known_buurten(tx: Transaction, codes: Iterable[str]) -> frozenset[str]:
    """Which of these are known."""
    return frozenset(row["code"] for row in await tx.rows(SQL.known_buurten, sorted(set(codes))))


async def postcodes_for_update(tx: Transaction, postcodes: Iterable[str]) -> Mapping[str, PostcodeRow]:
    """These postcodes as far as they are known, locked."""
    rows = await tx.rows(SQL.postcodes_for_update, sorted(set(postcodes)))
    return {row["postcode"]: PostcodeRow(**row) for row in rows}


async def put_postcodes(tx: Transaction, postcodes: Collection[PostcodeRow]) -> None:
    """Where postcodes lie now."""
    await tx.run(SQL.put_postcodes, [one.postcode for one in postcodes], [one.buurt for one in postcodes])


async def holdings(tx: Transaction, buurten: Sequence[str]) -> Mapping[str, Holding]:
    """The last period of each neighbourhood; the caller has locked the neighbourhoods."""
    return {row["buurt"]: Holding(**row) for row in await tx.rows(SQL.holdings, buurten)}


async def move(tx: Transaction, buurten: Sequence[str], team: str, valid_from: datetime) -> None:
    """Old periods end and new ones begin, at the same moment (I16)."""
    await tx.run(SQL.end_periods, buurten, valid_from)
    await tx.run(SQL.begin_periods, buurten, team, valid_from)


async def places_of(tx: Transaction, team_codes: Sequence[str], at: datetime) -> Mapping[str, Sequence[Place]]:
    """The places each of these teams answers for at that moment."""
    places: dict[str, list[Place]] = {code: [] for code in team_codes}
    for row in await tx.rows(SQL.places_of_teams, list(team_codes), at):
        places[row["team"]].append(Place(buurt=row["buurt"], x=row["x"], y=row["y"]))
    return places


async def teams_holding(tx: Transaction, buurten: Iterable[str]) -> Sequence[str]:
    """The teams that answer for any of these at this moment."""
    return [row["team"] for row in await tx.rows(SQL.teams_holding, list(buurten), tx.now)]


async def team_areas(tx: Transaction, at: datetime) -> Sequence[TeamAreaView]:
    """The areas as they are at that moment."""
    return [TeamAreaView(**row) for row in await tx.rows(SQL.team_areas, at)]


async def worker_for_update(tx: Transaction, worker_id: UUID) -> Worker | None:
    """A worker, locked."""
    row = await tx.row(SQL.worker_for_update, worker_id)
    if row is None:
        return None
    known: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in row.items()}
    return Worker(**known)


async def put_worker(tx: Transaction, worker: Worker) -> None:
    """A worker as they are now."""
    await tx.run(
        SQL.put_worker,
        worker.worker_id,
        worker.team,
        list(worker.roles),
        list(worker.specialisms),
        worker.caseload_limit,
        worker.name,
        worker.email,
        worker.valid_from,
    )


async def workers(tx: Transaction, team: str | None) -> Sequence[WorkerView]:
    """The workers of a team, or of all."""
    return [WorkerView(**row) for row in await tx.rows(SQL.workers, team)]


def _team(row: asyncpg.Record) -> Team:
    return Team(row["code"], row["team_id"], row["name"], row["active_from"], row["fallback"])
