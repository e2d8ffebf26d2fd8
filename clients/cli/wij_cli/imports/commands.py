"""`wij import`: files of others, with a progress bar and every bad row by its line."""

from collections.abc import Awaitable, Callable, Sequence, Sized
from pathlib import Path
from typing import Annotated

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from typer import Argument

from wij_cli.api import Api
from wij_cli.imports import areas, contacts, requests, volunteers, workers
from wij_cli.imports.outcome import Bad, Outcome
from wij_cli.imports.rows import read
from wij_cli.imports.sending import Step
from wij_cli.refusals import Stopped
from wij_cli.shell import Commands, Shell

app = Commands(no_args_is_help=True, help="Read a CSV file; docs/import.md says what stands in it.")

File = Annotated[Path, Argument(help="a CSV file")]


@app.verb("areas")
async def import_areas(shell: Shell, file: File) -> None:
    """Neighbourhoods as CBS lists them, and our teams and postcodes."""
    await _bring_in(shell, file, areas.parse, areas.send)


@app.verb("workers")
async def import_workers(shell: Shell, file: File) -> None:
    """Who works in which team."""
    await _bring_in(shell, file, workers.parse, workers.send)


@app.verb("contacts")
async def import_contacts(shell: Shell, file: File) -> None:
    """Contacts to point out."""
    await _bring_in(shell, file, contacts.parse, contacts.send)


@app.verb("requests")
async def import_requests(shell: Shell, file: File) -> None:
    """Requests of a front desk."""
    await _bring_in(shell, file, requests.parse, requests.send)


@app.verb("volunteers")
async def import_volunteers(shell: Shell, file: File) -> None:
    """Volunteers of an organisation."""
    await _bring_in(shell, file, volunteers.parse, volunteers.send)


async def _bring_in[A: Sized](
    shell: Shell,
    file: Path,
    parse: Callable[[str], tuple[A, Sequence[Bad]]],
    send: Callable[[Api, A, Outcome, Step], Awaitable[None]],
) -> None:
    outcome = Outcome()
    asks, bad = parse(read(file))
    outcome.refuse(*bad)
    columns = (TextColumn(file.name), BarColumn(), MofNCompleteColumn())
    silent = shell.as_json or not shell.err.is_terminal
    with Progress(*columns, console=shell.err, transient=True, disable=silent) as progress:
        task = progress.add_task(file.name, total=len(asks))
        await send(shell.api, asks, outcome, lambda: progress.advance(task))
    if shell.as_json:
        shell.json(outcome.as_json())
    else:
        for row in outcome.refused():
            shell.err.print(f"line {row.line}: {row.reason}", markup=False, soft_wrap=True)
        shell.out.print(f"{file.name}: {outcome.sentence}.", markup=False)
    if outcome.bad:
        raise SomeRowsRefused(len(outcome.bad))


class SomeRowsRefused(Stopped):
    """The good rows are in, and some are not."""

    def __init__(self, count: int) -> None:
        super().__init__("One row is not in." if count == 1 else f"{count} rows are not in.")
