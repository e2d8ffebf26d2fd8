"""Teams, the neighbourhoods they answer for, and where a question goes."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.intake.commands.area import BuurtRow, PostcodeRow, PutTeam
from wij.errors import FieldError, Invalid, Refusal
from wij.events.intake import Place, TeamActivated, TeamAreaChanged

_BUURT = re.compile(r"BU[0-9]{8}")
_POSTCODE = re.compile(r"[1-9][0-9]{3}[A-Z]{2}")

RowResult = Literal["new", "same", "changed", "refused"]


class AreaAlreadyChanged(Refusal):
    """A neighbourhood's history is not rewritten: a change comes after the last one (I16)."""


class PlaceUnknown(Refusal):
    """A team answers for places: a neighbourhood without coordinates cannot be assigned."""


class FallbackNotPossible(Refusal):
    """A fallback team receives for others, so it exists and falls back to nobody itself."""


@dataclass(frozen=True, slots=True)
class Team:
    """A team, and from when it receives."""

    code: str
    team_id: UUID
    name: str
    active_from: datetime
    fallback: str | None


@dataclass(frozen=True, slots=True)
class Holding:
    """The last period of a neighbourhood: which team, since when."""

    buurt: str
    team: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Location:
    """What a postcode leads to. Everything is None for a postcode that is not known."""

    buurt: str | None
    team: Team | None
    fallback: Team | None
    city: Team | None
    """The team others fall back to and that has no area of its own, where there is one."""


@dataclass(frozen=True, slots=True)
class Row:
    """What an import did with the row at this place, counted from 1."""

    row: int
    result: RowResult
    problem: str | None = None


def route(where: Location, now: datetime) -> str:
    """The team that receives: the area's own, before its start its fallback, and else the city team (S4-3, S4-13)."""
    for team in (where.team, where.fallback, where.city):
        if team is not None and team.active_from <= now:
            return team.code
    problem = "is not known here" if where.buurt is None else "has no team yet"
    raise Invalid("We cannot tell which team answers for this address.", [FieldError("postcode", problem)])


def put_team(
    known: Team | None, code: str, ask: PutTeam, fallback: Team | None, *, is_fallback: bool, team_id: UUID
) -> tuple[Team, TeamActivated | None]:
    """The team as asked; told when it is new or when it receives from another moment or through another team."""
    if ask.fallback is not None:
        if fallback is None or fallback.fallback is not None or ask.fallback == code:
            raise FallbackNotPossible("Choose an existing team that has no fallback itself.")
        if is_fallback:
            raise FallbackNotPossible("Other teams fall back to this one, so it cannot fall back itself.")
    team = Team(code, known.team_id if known else team_id, ask.name, ask.active_from, ask.fallback)
    if known is not None and (known.active_from, known.fallback) == (team.active_from, team.fallback):
        return team, None
    return team, TeamActivated(team=code, team_id=team.team_id, active_from=team.active_from, fallback=team.fallback)


def assign(
    team: str, buurten: Iterable[str], holdings: Mapping[str, Holding], unplaced: Sequence[str], valid_from: datetime
) -> Sequence[str]:
    """The neighbourhoods that go to this team from that moment; what it holds already stays as it is."""
    if unplaced:
        raise PlaceUnknown(f"Import the coordinates of {', '.join(unplaced[:5])} first.")
    moving = [code for code in dict.fromkeys(buurten) if code not in holdings or holdings[code].team != team]
    late = [code for code in moving if code in holdings and holdings[code].since >= valid_from]
    if late:
        raise AreaAlreadyChanged(f"{', '.join(late[:5])} changed team at or after that moment; choose a later one.")
    return moving


def area_changed(team: Team, places: Iterable[Place], valid_from: datetime) -> TeamAreaChanged:
    """What the team answers for from that moment, whole."""
    in_order = tuple(sorted(places, key=lambda place: place.buurt))
    return TeamAreaChanged(team=team.code, team_id=team.team_id, places=in_order, valid_from=valid_from)


def compare_buurten(
    items: Sequence[BuurtRow], known: Mapping[str, BuurtRow]
) -> tuple[Sequence[Row], Mapping[str, BuurtRow]]:
    """What an import of neighbourhoods changes, row by row. A row without x and y leaves the place as it is known."""

    def placed(item: BuurtRow) -> BuurtRow:
        before = known.get(item.code)
        unsaid = item.x is None and item.y is None
        return item.model_copy(update={"x": before.x, "y": before.y}) if before is not None and unsaid else item

    def problem(item: BuurtRow) -> str | None:
        if not _BUURT.fullmatch(item.code):
            return "code is not one of Statistics Netherlands, such as BU00140202"
        if not item.name:
            return "name is empty"
        return "give x and y together" if (item.x is None) != (item.y is None) else None

    return _compare([placed(item) for item in items], known, lambda item: item.code, problem)


def compare_postcodes(
    items: Sequence[PostcodeRow], known: Mapping[str, PostcodeRow], buurten: frozenset[str]
) -> tuple[Sequence[Row], Mapping[str, PostcodeRow]]:
    """What an import of postcodes changes, row by row."""
    plain = [item.model_copy(update={"postcode": "".join(item.postcode.split()).upper()}) for item in items]

    def problem(item: PostcodeRow) -> str | None:
        if not _POSTCODE.fullmatch(item.postcode):
            return "postcode is not four digits and two letters"
        return None if item.buurt in buurten else "buurt is not known; import the neighbourhoods first"

    return _compare(plain, known, lambda item: item.postcode, problem)


def _compare[I](
    items: Sequence[I], known: Mapping[str, I], key: Callable[[I], str], problem: Callable[[I], str | None]
) -> tuple[Sequence[Row], Mapping[str, I]]:
    now, changed, rows = dict(known), dict[str, I](), list[Row]()
    for number, item in enumerate(items, 1):
        wrong = problem(item)
        if wrong is not None:
            rows.append(Row(number, "refused", wrong))
            continue
        before = now.get(key(item))
        result: RowResult = "new" if before is None else "same" if before == item else "changed"
        if result != "same":
            now[key(item)] = changed[key(item)] = item
        rows.append(Row(number, result))
    return rows, changed
