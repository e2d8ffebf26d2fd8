"""`wij inbox`: what waits for you."""

from typing import Annotated
from uuid import UUID

from typer import Argument

from wij_cli.shell import Commands, Shell

app = Commands(no_args_is_help=True, help="What waits for you.")

COLUMNS = {"Message": "item_id", "What": "text", "For": "addressed_to", "Before": "due_at", "Open": "about_id"}


@app.verb("list")
async def list_inbox(shell: Shell) -> None:
    """Your messages, oldest first."""
    shell.rows(await shell.api.list("notify", "/v1/inbox"), COLUMNS, empty="Nothing waits for you.")


@app.verb("done")
async def done(shell: Shell, item_id: Annotated[UUID, Argument(help="the message")]) -> None:
    """Put a message away."""
    shell.one((await shell.api.post("notify", f"/v1/inbox/{item_id}/done")).body)
