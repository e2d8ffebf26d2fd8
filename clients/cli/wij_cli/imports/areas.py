"""The list of neighbourhoods of Statistics Netherlands (CBS), as it is, with room for our own columns and rows.

kind,code,name,gemeente,parent_wijk                             the CBS list
…,team,x,y                                                      ours: who answers for a buurt, and where it lies
kind team:     code, name, active_from, fallback
kind postcode: code, parent_buurt
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import cast

from wij_cli.api import Api, Json
from wij_cli.imports.outcome import Bad, Outcome, Result
from wij_cli.imports.rows import BadCell, Row, rows
from wij_cli.imports.sending import Ask, Step
from wij_cli.refusals import Refused

NEEDED = ("kind", "code", "name")
AT_ONCE = 200
"""Rows in one request."""


@dataclass(slots=True)
class Areas:
    """What the file says, sorted by kind."""

    teams: list[Ask] = field(default_factory=list)
    buurten: list[Ask] = field(default_factory=list)
    postcodes: list[Ask] = field(default_factory=list)
    answering: dict[str, list[Ask]] = field(default_factory=lambda: defaultdict(list))
    """The buurten each team answers for."""

    def __len__(self) -> int:
        return len(self.teams) + len(self.buurten) + len(self.postcodes)


def parse(text: str) -> tuple[Areas, Sequence[Bad]]:
    """Teams, neighbourhoods and postcodes, and the rows that are none of these."""
    found, broken = rows(text, NEEDED)
    wijken = {row.cells["code"]: row.cells["name"] for row in found if row.cells["kind"].lower() == "wijk"}
    areas, bad = Areas(), list(broken)
    for row in found:
        try:
            _sort(areas, row, wijken)
        except BadCell as error:
            bad.append(Bad(row.line, str(error)))
    return areas, bad


def _sort(areas: Areas, row: Row, wijken: dict[str, str]) -> None:
    code = row.needed("code")
    match row.needed("kind").lower():
        case "wijk":
            row.needed("name")
        case "buurt":
            buurt = Ask(row.line, code, _buurt(row, wijken))
            areas.buurten.append(buurt)
            if team := row.optional("team"):
                areas.answering[team].append(buurt)
        case "team":
            body: Json = {"name": row.needed("name"), "active_from": _start(row), "fallback": row.optional("fallback")}
            areas.teams.append(Ask(row.line, code, body))
        case "postcode":
            postcode = code.replace(" ", "").upper()
            body = {"postcode": postcode, "buurt": row.needed("parent_buurt")}
            areas.postcodes.append(Ask(row.line, postcode, body))
        case other:
            raise BadCell(f'kind is "{other}"; write wijk, buurt, team or postcode')


def _buurt(row: Row, wijken: dict[str, str]) -> Json:
    wijk = row.optional("parent_wijk")
    if wijk and wijk not in wijken:
        raise BadCell(f"parent_wijk {wijk} is not in this file")
    body: Json = {"code": row.needed("code"), "name": row.needed("name")}
    body |= {"wijk": wijken[wijk] if wijk else None, "municipality": row.optional("gemeente")}
    if row.optional("x") or row.optional("y"):
        body |= {"x": row.number("x"), "y": row.number("y")}
    return body


def _start(row: Row) -> str:
    day = row.day("active_from")
    if day is None:
        raise BadCell("active_from is empty")
    return f"{day}T00:00:00Z"


async def send(api: Api, areas: Areas, outcome: Outcome, step: Step) -> None:
    """Neighbourhoods, then teams, then who answers for what, then postcodes; as functional administrator."""
    await _import(api, "/v1/buurten/_import", areas.buurten, outcome, step)
    await _set_teams(api, areas.teams, outcome, step)
    await _set_answering(api, areas.answering, outcome)
    await _import(api, "/v1/postcodes/_import", areas.postcodes, outcome, step)


async def _import(api: Api, path: str, asks: Sequence[Ask], outcome: Outcome, step: Step) -> None:
    for some in batched(asks, AT_ONCE):
        told = (await api.post("intake", path, {"items": [ask.body for ask in some]})).body
        for item in told["items"]:
            if item["result"] == "refused":
                outcome.refuse(Bad(some[item["row"] - 1].line, item["problem"]))
            else:
                outcome.add(cast("Result", item["result"]))
            step()


async def _set_teams(api: Api, teams: Sequence[Ask], outcome: Outcome, step: Step) -> None:
    """A team comes after the one that stands in for it."""
    standing = {team["code"]: team async for team in api.items("intake", "/v1/teams")}
    for ask in sorted(teams, key=lambda ask: ask.body["fallback"] is not None):
        before = standing.get(ask.reference)
        try:
            if before is None or not _as_it_stands(before, ask.body):
                await api.put("intake", f"/v1/teams/{ask.reference}", ask.body)
                outcome.add("new" if before is None else "changed")
            else:
                outcome.add("same")
        except Refused as refusal:
            if refusal.status in {401, 403}:
                raise
            outcome.refuse(Bad(ask.line, str(refusal)))
        step()


def _as_it_stands(team: Json, body: Json) -> bool:
    moments = (datetime.fromisoformat(said["active_from"]) for said in (team, body))
    return team["name"] == body["name"] and team.get("fallback") == body["fallback"] and len(set(moments)) == 1


async def _set_answering(api: Api, answering: dict[str, list[Ask]], outcome: Outcome) -> None:
    """Tell only what changes: the buurten that another team, or none, answers for now."""
    if not answering:
        return
    now = {area["buurt"]: area["team"] async for area in api.items("intake", "/v1/team-areas")}
    for team, asks in answering.items():
        moving = [ask for ask in asks if now.get(ask.reference) != team]
        if not moving:
            continue
        buurten = [ask.reference for ask in moving]
        try:
            await api.post("intake", "/v1/team-areas", {"team": team, "buurten": buurten})
        except Refused as refusal:
            if refusal.status in {401, 403}:
                raise
            outcome.refuse(*(Bad(ask.line, str(refusal)) for ask in moving))
