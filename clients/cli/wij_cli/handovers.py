"""`wij handovers`: the direction goes from one worker to another, whole, and only when the other says yes."""

from typing import Annotated
from uuid import UUID

from typer import Argument, Option

from wij_cli.api import Json
from wij_cli.shell import Commands, Shell

app = Commands(no_args_is_help=True, help="Handing a case over to a colleague.")

Id = Annotated[UUID, Argument(help="the handover")]

COLUMNS = {
    "Handover": "handover_id",
    "Case": "case_id",
    "From": "from_id",
    "To": "to_id",
    "State": "state",
    "Due": "due_at",
}


@app.verb("list")
async def list_handovers(
    shell: Shell, *, sent: Annotated[bool, Option("--sent", help="those you offered, not those offered to you")] = False
) -> None:
    """Handovers that wait for you."""
    query = {"from": "me"} if sent else {"to": "me"}
    shell.rows(await shell.api.list("plan", "/v1/handovers", **query), COLUMNS)


@app.verb("offer")
async def offer(
    shell: Shell,
    case_id: Annotated[UUID, Argument(help="the case")],
    to: Annotated[UUID, Option(help="the colleague")],
    note: Annotated[str | None, Option()] = None,
) -> None:
    """Offer a case; you stay responsible until it is accepted."""
    body: Json = {"to_id": str(to), "note": note}
    shell.one((await shell.api.post("plan", f"/v1/cases/{case_id}/handovers", body)).body)


@app.verb("accept")
async def accept(
    shell: Shell,
    handover_id: Id,
    over_limit_reason: Annotated[str | None, Option(help="why it can be done although you have enough cases")] = None,
) -> None:
    """Accept: from this moment the direction is yours."""
    body: Json = {"over_limit_reason": over_limit_reason}
    shell.one((await shell.api.post("plan", f"/v1/handovers/{handover_id}/acceptance", body)).body)


@app.verb("decline")
async def decline(shell: Shell, handover_id: Id, reason: Annotated[str, Option()]) -> None:
    """Say no; nothing changes."""
    shell.one((await shell.api.post("plan", f"/v1/handovers/{handover_id}/declination", {"reason": reason})).body)


@app.verb("revoke")
async def revoke(shell: Shell, handover_id: Id) -> None:
    """Take your offer back."""
    shell.one((await shell.api.post("plan", f"/v1/handovers/{handover_id}/revocation")).body)
