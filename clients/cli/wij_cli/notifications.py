"""`wij notifications`: what was sent, what was not, and what a person must decide."""

from typing import Annotated
from uuid import UUID

from typer import Argument, Option

from wij_cli.shell import Commands, Shell

app = Commands(no_args_is_help=True, help="What was sent to whom, and the terms that run.")

Id = Annotated[UUID, Argument(help="the notification")]

COLUMNS = {
    "Notification": "notification_id",
    "State": "state",
    "Template": "template",
    "To": "recipient_role",
    "Channel": "channel",
    "Since": "planned_at",
}
DEADLINES = {"Term": "term", "State": "state", "About": "subject_id", "Due": "due_at"}


@app.verb("list")
async def list_notifications(
    shell: Shell,
    state: Annotated[str | None, Option(help="planned, sending, sent, refused, unknown or suppressed")] = None,
) -> None:
    """What was sent, and what was not."""
    shell.rows(await shell.api.list("notify", "/v1/notifications", state=state), COLUMNS)


@app.verb("resend")
async def resend(shell: Shell, notification_id: Id) -> None:
    """The provider did not answer, and you know it did not arrive: send it again."""
    await _decide(shell, notification_id, "resend")


@app.verb("drop")
async def drop(shell: Shell, notification_id: Id) -> None:
    """The provider did not answer, and it need not be sent again."""
    await _decide(shell, notification_id, "drop")


@app.verb("deadlines")
async def deadlines(shell: Shell, state: Annotated[str | None, Option()] = None) -> None:
    """Terms that run."""
    shell.rows(await shell.api.list("notify", "/v1/deadlines", state=state), DEADLINES)


async def _decide(shell: Shell, notification_id: UUID, decision: str) -> None:
    path = f"/v1/notifications/{notification_id}/decision"
    shell.one((await shell.api.post("notify", path, {"decision": decision})).body)
