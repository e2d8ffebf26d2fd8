"""`wij needs`: informal help that is asked for, and who could give it."""

from typing import Annotated
from uuid import UUID

from typer import Argument, Option

from wij_cli.api import Json
from wij_cli.refusals import Misused
from wij_cli.shell import Commands, Shell
from wij_cli.week import blocks

app = Commands(no_args_is_help=True, help="Informal help that is asked for.")

Id = Annotated[UUID, Argument(help="the need")]

COLUMNS = {"Need": "need_id", "State": "state", "Kind": "kind", "Buurt": "buurt", "Hours": "hours_week", "Team": "team"}


@app.verb("list")
async def list_needs(
    shell: Shell, state: Annotated[str | None, Option(help="open, proposed, matched or running")] = None
) -> None:
    """The needs of your team."""
    shell.rows(await shell.api.list("matching", "/v1/needs", state=state), COLUMNS)


@app.verb("show")
async def show(shell: Shell, need_id: Id) -> None:
    """One need."""
    shell.one((await shell.api.get("matching", f"/v1/needs/{need_id}")).body)


@app.verb("ask")
async def ask(
    shell: Shell,
    action_id: Annotated[UUID, Argument(help="the action of the plan that needs a volunteer")],
    consent: Annotated[UUID, Option(help="on what it may be shared")],
    kind: Annotated[str, Option(help="conversation, errands, inform, accompany, practical, respite or admin")],
    when: Annotated[str, Option(help='such as "di 9-12, do 12-18"')],
    starts_on: Annotated[str, Option(help="a day, such as 2026-12-01")],
    hours: Annotated[int, Option(help="per week")] = 2,
    language: Annotated[str | None, Option(help="such as nl")] = None,
    *,
    certificate: Annotated[bool, Option(help="whether a certificate of conduct is needed")] = True,
) -> None:
    """Ask for informal help for an action."""
    try:
        availability = blocks(when)
    except ValueError as error:
        raise Misused(f"--when: {error}") from error
    body: Json = {"consent_id": str(consent), "kind": kind, "availability": availability, "hours_week": hours}
    body |= {"language": language, "certificate_required": certificate, "starts_on": starts_on}
    shell.one((await shell.api.post("plan", f"/v1/actions/{action_id}/support-need", body)).body)


@app.verb("withdraw")
async def withdraw(shell: Shell, need_id: Id, reason: Annotated[str, Option()]) -> None:
    """Record that the household no longer asks for it."""
    shell.one((await shell.api.post("plan", f"/v1/support-needs/{need_id}/withdrawal", {"reason": reason})).body)


@app.verb("candidates")
async def candidates(shell: Shell, need_id: Id) -> None:
    """Who could help, best first, with the reasons."""
    found = (await shell.api.get("matching", f"/v1/needs/{need_id}/candidates")).body
    if shell.as_json:
        shell.json(found)
        return
    columns = {"Volunteer": "volunteer_id", "Name": "given_name", "Points": "points", "Why": "reasons"}
    shell.rows(found["items"], columns, empty="Nobody fits every condition.")
    for refused in found["refused_counts"]:
        shell.out.print(f"{refused['count']} × {refused['words']}", style="dim", markup=False)


@app.verb("propose")
async def propose(shell: Shell, need_id: Id, volunteer_id: Annotated[UUID, Argument(help="the volunteer")]) -> None:
    """Ask a volunteer; the hours are reserved."""
    body: Json = {"volunteer_id": str(volunteer_id)}
    shell.one((await shell.api.post("matching", f"/v1/needs/{need_id}/proposals", body)).body)
