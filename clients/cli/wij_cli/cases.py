"""`wij cases`: the household's one case, its director and who else works on it."""

from typing import Annotated
from uuid import UUID

from typer import Argument, Option

from wij_cli.api import Json
from wij_cli.refusals import Misused
from wij_cli.shell import Commands, Shell

app = Commands(no_args_is_help=True, help="Cases: one per household, each with one director.")

Id = Annotated[UUID, Argument(help="the case")]

COLUMNS = {
    "Case": "case_id",
    "State": "state",
    "Household": "household_id",
    "Team": "team",
    "Director": "director_id",
}


@app.verb("list")
async def list_cases(
    shell: Shell,
    state: Annotated[str | None, Option(help="open or closed")] = None,
    *,
    mine: Annotated[bool, Option("--mine", help="only those you direct or work on")] = False,
) -> None:
    """The cases you may see."""
    shell.rows(await shell.api.list("plan", "/v1/cases", mine="true" if mine else None, state=state), COLUMNS)


@app.verb("show")
async def show(shell: Shell, case_id: Id) -> None:
    """One case; whole if you work on it, otherwise its card."""
    shell.one((await shell.api.get("plan", f"/v1/cases/{case_id}")).body)


@app.verb("of")
async def of(shell: Shell, household_id: Annotated[UUID, Argument(help="the household")]) -> None:
    """The card of a household's case."""
    shell.one((await shell.api.get("plan", f"/v1/households/{household_id}/case")).body)


@app.verb("involve")
async def involve(
    shell: Shell, case_id: Id, worker_id: Annotated[UUID, Argument()], role: Annotated[str, Option()] = "colleague"
) -> None:
    """Let a colleague work on the case beside you."""
    body: Json = {"worker_id": str(worker_id), "role": role}
    shell.one((await shell.api.post("plan", f"/v1/cases/{case_id}/involvements", body)).body)


@app.verb("uninvolve")
async def uninvolve(shell: Shell, case_id: Id, worker_id: Annotated[UUID, Argument()]) -> None:
    """End a colleague's work on the case."""
    shell.one((await shell.api.post("plan", f"/v1/cases/{case_id}/involvements/{worker_id}/end")).body)


@app.verb("away")
async def away(
    shell: Shell,
    worker_id: Annotated[UUID, Argument(help="who is away")],
    deputy: Annotated[UUID, Option(help="who acts meanwhile")],
    starts_at: Annotated[str | None, Option(help="now, if left out")] = None,
    ends_at: Annotated[str | None, Option()] = None,
) -> None:
    """Record an absence: the deputy acts for every case of this worker."""
    body: Json = {"worker_id": str(worker_id), "deputy_id": str(deputy), "starts_at": starts_at, "ends_at": ends_at}
    shell.one((await shell.api.post("plan", "/v1/absences", body)).body)


@app.verb("back")
async def back(shell: Shell, absence_id: Annotated[UUID, Argument(help="the absence")]) -> None:
    """End an absence."""
    shell.one((await shell.api.post("plan", f"/v1/absences/{absence_id}/end")).body)


@app.verb("close")
async def close(
    shell: Shell,
    case_id: Id,
    reason: Annotated[
        str, Option(help="goals_reached, self_reliant, moved_away, declined_help, transferred or deceased")
    ],
    goal: Annotated[
        list[str] | None, Option(help="GOAL=reached, =partly_reached or =dropped; once for each goal")
    ] = None,
    note: Annotated[str | None, Option()] = None,
) -> None:
    """Close the case, with what became of each goal."""
    goals = []
    for words in goal or []:
        goal_id, equals, outcome = words.partition("=")
        if not equals:
            raise Misused(f'"{words}" does not say what became of the goal: write GOAL=reached.')
        goals.append({"goal_id": goal_id, "outcome": outcome})
    body: Json = {"reason": reason, "goals": goals, "note": note}
    shell.one((await shell.api.post("plan", f"/v1/cases/{case_id}/closure", body)).body)
