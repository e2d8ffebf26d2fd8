"""`wij timeline`: a household's story, as the three services that know it tell it, in the order it happened."""

import asyncio
import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from rich.table import Table
from typer import Argument

from wij_cli.api import Api, Json
from wij_cli.dutch import moment
from wij_cli.refusals import Misused, Refused
from wij_cli.sentences import Names, sentence
from wij_cli.shell import Commands, Shell

TELLERS = ("intake", "plan", "matching")


def register(app: Commands) -> None:
    """Add the command."""

    @app.verb("timeline")
    async def timeline(shell: Shell, household_id: Annotated[UUID, Argument(help="the household")]) -> None:
        """A household's story, for who works on its case."""
        story = await facts(shell.api, str(household_id))
        if shell.as_json:
            shell.json(story)
        else:
            shell.out.print(told(story, await names(shell.api)))


async def facts(api: Api, household_id: str) -> Sequence[Json]:
    """Everything that was told about the household, oldest first; each with the `service` that told it.

    What was erased in one service may still have its story in the others. Raises `Refused` when none knows it.
    """

    async def of(service: str) -> Sequence[Json] | Refused:
        try:
            items = (await api.get(service, f"/v1/households/{household_id}/timeline")).body["items"]
        except Refused as refused:
            if refused.status != 404:
                raise
            return refused
        return [item | {"service": service} for item in items]

    stories = await asyncio.gather(*(of(service) for service in TELLERS))
    found = [story for story in stories if not isinstance(story, Refused)]
    if not found:
        raise next(story for story in stories if isinstance(story, Refused))
    return sorted((item for story in found for item in story), key=lambda item: datetime.fromisoformat(item["at"]))


async def names(api: Api) -> Names:
    """The names of the people at work, as far as the caller may know them."""
    try:
        known = {worker["worker_id"]: worker["name"] async for worker in api.items("intake", "/v1/workers")}
    except Refused:
        known = {}
    return lambda worker_id: known.get(worker_id or "", "een collega")


def told(story: Sequence[Json], name: Names) -> Table:
    """The story as two columns: when, and what."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for item in story:
        words = sentence(item["type"], item["data"], name)
        table.add_row(moment(item["at"]), words[0].upper() + words[1:])
    return table


def claims(token: str | None) -> Json:
    """What the token says of its bearer; only the services check whether it is true."""
    if token is None:
        raise Misused("Nobody is signed in. Sign in first: wij login NAME.")
    try:
        part = token.split(".")[1]
        said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError) as error:
        raise Misused("The token is not one that can be read. Sign in again: wij login NAME.") from error
    until = datetime.fromtimestamp(said["exp"], UTC).isoformat() if "exp" in said else None
    return {"id": said.get("sub"), "roles": said.get("roles", []), "team": said.get("team"), "valid_until_at": until}
