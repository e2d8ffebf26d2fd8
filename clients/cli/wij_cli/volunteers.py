"""`wij volunteers`: who wants to help, with what, when and how far from home."""

from typing import Annotated
from uuid import UUID

from typer import Argument, Option

from wij_cli.api import Json
from wij_cli.shell import Commands, Shell

app = Commands(no_args_is_help=True, help="Volunteers of your team. To register them, see `wij import volunteers`.")

Id = Annotated[UUID, Argument(help="the volunteer")]

COLUMNS = {
    "Volunteer": "volunteer_id",
    "Name": "given_name",
    "State": "state",
    "Kinds": "kinds",
    "Buurt": "buurt",
    "Hours": "hours_week",
    "Certificate until": "certificate_valid_until",
}


@app.verb("list")
async def list_volunteers(shell: Shell) -> None:
    """The volunteers of your team."""
    shell.rows(await shell.api.list("matching", "/v1/volunteers"), COLUMNS)


@app.verb("show")
async def show(shell: Shell, volunteer_id: Id) -> None:
    """One volunteer."""
    shell.one((await shell.api.get("matching", f"/v1/volunteers/{volunteer_id}")).body)


@app.verb("pause")
async def pause(shell: Shell, volunteer_id: Id, reason: Annotated[str, Option()]) -> None:
    """Do not ask this volunteer for a while."""
    shell.one((await shell.api.post("matching", f"/v1/volunteers/{volunteer_id}/pause", {"reason": reason})).body)


@app.verb("activate")
async def activate(shell: Shell, volunteer_id: Id) -> None:
    """This volunteer can be asked again."""
    shell.one((await shell.api.post("matching", f"/v1/volunteers/{volunteer_id}/activation")).body)


@app.verb("certificate")
async def certificate(
    shell: Shell, volunteer_id: Id, valid_until: Annotated[str, Option(help="a day, such as 2029-11-21")]
) -> None:
    """Record that the certificate of conduct was seen."""
    path = f"/v1/volunteers/{volunteer_id}/certificate"
    shell.one((await shell.api.post("matching", path, {"valid_until": valid_until})).body)


@app.verb("exclude")
async def exclude(shell: Shell, volunteer_id: Id, household: Annotated[UUID, Option(help="the household")]) -> None:
    """Never propose this volunteer to this household."""
    body: Json = {"volunteer_id": str(volunteer_id), "household_id": str(household)}
    shell.one((await shell.api.post("matching", "/v1/exclusions", body)).body)
