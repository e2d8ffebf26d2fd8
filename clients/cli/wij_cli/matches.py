"""`wij matches`: a proposal that both sides accept, and the help that grows out of it."""

from typing import Annotated
from uuid import UUID

from typer import Argument, Option

from wij_cli.api import Json
from wij_cli.shell import Commands, Shell

app = Commands(no_args_is_help=True, help="Proposals, and the help that runs.")

Id = Annotated[UUID, Argument(help="the match")]
TheirAnswer = Annotated[str, Argument(help="accept or decline")]

COLUMNS = {"Match": "match_id", "State": "state", "Need": "need_id", "Volunteer": "volunteer_id", "Due": "due_at"}


@app.verb("list")
async def list_matches(
    shell: Shell, state: Annotated[str | None, Option(help="such as proposed or active")] = None
) -> None:
    """The matches of your team."""
    shell.rows(await shell.api.list("matching", "/v1/matches", state=state), COLUMNS)


@app.verb("show")
async def show(shell: Shell, match_id: Id) -> None:
    """One match."""
    shell.one((await shell.api.get("matching", f"/v1/matches/{match_id}")).body)


@app.verb("volunteer-answer")
async def volunteer_answer(
    shell: Shell, match_id: Id, answer: TheirAnswer, reason: Annotated[str | None, Option()] = None
) -> None:
    """Record what the volunteer said."""
    body: Json = {"answer": answer, "reason": reason}
    shell.one((await shell.api.post("matching", f"/v1/matches/{match_id}/volunteer-answer", body)).body)


@app.verb("household-answer")
async def household_answer(
    shell: Shell, match_id: Id, answer: TheirAnswer, reason: Annotated[str | None, Option()] = None
) -> None:
    """Record what the household said."""
    body: Json = {"answer": answer, "reason": reason}
    shell.one((await shell.api.post("matching", f"/v1/matches/{match_id}/household-answer", body)).body)


@app.verb("introduce")
async def introduce(shell: Shell, match_id: Id, on: Annotated[str, Option(help="the day of the first visit")]) -> None:
    """Record the first visit."""
    shell.one((await shell.api.post("matching", f"/v1/matches/{match_id}/introduction", {"introduced_on": on})).body)


@app.verb("activate")
async def activate(shell: Shell, match_id: Id, starts_on: Annotated[str, Option(help="a day")]) -> None:
    """The help runs from this day."""
    shell.one((await shell.api.post("matching", f"/v1/matches/{match_id}/activation", {"starts_on": starts_on})).body)


@app.verb("end")
async def end(
    shell: Shell,
    match_id: Id,
    reason: Annotated[str, Option()],
    *,
    fulfilled: Annotated[bool, Option(help="whether the help is no longer needed")],
) -> None:
    """The help stops."""
    body: Json = {"reason": reason, "fulfilled": fulfilled}
    shell.one((await shell.api.post("matching", f"/v1/matches/{match_id}/end", body)).body)


@app.verb("withdraw")
async def withdraw(
    shell: Shell,
    match_id: Id,
    by: Annotated[str, Option(help="volunteer, household or coordinator")],
    reason: Annotated[str, Option()],
) -> None:
    """One side steps back; the need is open again."""
    body: Json = {"by": by, "reason": reason}
    shell.one((await shell.api.post("matching", f"/v1/matches/{match_id}/withdrawal", body)).body)
