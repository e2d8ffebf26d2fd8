"""How a command runs: who is signed in, how the outcome is shown, and what a failure looks like."""

import asyncio
import inspect
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate

import typer
from rich.console import Console
from rich.table import Table

from wij_cli.addresses import Addresses
from wij_cli.api import Api, Json
from wij_cli.dutch import day, moment
from wij_cli.refusals import Misused

type Columns = Mapping[str, str]
"""Heading of each column, and the field (with dots for what is inside) that fills it."""


@dataclass
class Shell:
    """One run of the command line."""

    as_json: bool = False
    addresses: Addresses = field(default_factory=Addresses.from_environment)
    out: Console = field(default_factory=lambda: Console(highlight=False, width=None if sys.stdout.isatty() else 160))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    api: Api = field(init=False)

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do the work with a connection that is closed afterwards."""
        async with Api(self.addresses, signed_in()) as self.api:
            await work()

    def rows(self, items: Sequence[Json], columns: Columns, *, empty: str = "Nothing here.") -> None:
        """A list: a table for people, JSON for machines."""
        if self.as_json:
            self.json(list(items))
        elif not items:
            self.out.print(empty)
        else:
            table = Table(box=None, header_style="bold", pad_edge=False)
            for heading in columns:
                table.add_column(heading, overflow="fold", no_wrap=not table.columns)  # an id is copied whole
            for item in items:
                table.add_row(*(text(_inside(item, path), path) for path in columns.values()))
            self.out.print(table)

    def one(self, item: Json | None, done: str = "Done.") -> None:
        """One thing: its fields below each other, JSON for machines."""
        if self.as_json:
            self.json(item)
        elif item is None:
            self.out.print(done)
        else:
            table = Table(box=None, show_header=False, pad_edge=False)
            table.add_column(style="dim", no_wrap=True)
            table.add_column(overflow="fold")
            for name, value in item.items():
                table.add_row(name.replace("_", " "), text(value, name))
            self.out.print(table)

    def say(self, sentence: str, data: Any = None) -> None:
        """A sentence for people, the data behind it for machines."""
        if self.as_json:
            self.json(data)
        else:
            self.out.print(sentence)

    def json(self, data: Any) -> None:
        """What a machine reads."""
        self.out.file.write(json.dumps(data, indent=2, ensure_ascii=False, default=str) + "\n")


type Work = Callable[Concatenate[Shell, ...], Awaitable[None]]


class Commands(typer.Typer):
    """A group of commands whose functions are async and receive the shell first."""

    def verb(self, name: str) -> Callable[[Work], Work]:
        """Register `async def f(shell, …)` as the command `name`."""

        def register(work: Work) -> Work:
            @wraps(work)
            def command(context: typer.Context, **asked: Any) -> None:
                shell: Shell = context.obj
                asyncio.run(shell.run(lambda: work(shell, **asked)))

            signature = inspect.signature(work, eval_str=True)
            _, *rest = signature.parameters.values()
            context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
            command.__signature__ = signature.replace(parameters=[context, *rest])  # type: ignore[attr-defined]
            command.__annotations__ = {"context": typer.Context, **work.__annotations__}
            self.command(name)(command)
            return work

        return register


def token_file() -> Path:
    """Where the token of whoever signed in is kept."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return home / "wij" / "token"


def signed_in() -> str | None:
    """The token from `WIJ_TOKEN`, or of the last `wij login`."""
    if token := os.environ.get("WIJ_TOKEN"):
        return token
    file = token_file()
    return file.read_text().strip() if file.exists() else None


def keep_token(token: str) -> Path:
    """Keep it for the next command, readable by nobody else."""
    file = token_file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as to:
        to.write(token + "\n")
    return file


def document(file: str) -> Any:
    """JSON from a file, or from standard input where the file is `-`."""
    try:
        return json.loads(sys.stdin.read() if file == "-" else Path(file).read_text("utf-8"))
    except OSError as error:
        raise Misused(f"{file} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise Misused(f"{file} is not JSON: {error}.") from error


def text(value: Any, name: str = "") -> str:
    """A value as a person reads it."""
    match value:
        case None | []:
            words = "-"
        case bool():
            words = "yes" if value else "no"
        case str() if name.endswith("_at"):
            words = moment(value)
        case str() if name.endswith(("_on", "until", "since")):
            words = day(value)
        case list():
            words = "\n".join(text(item) for item in value)
        case dict():
            words = ", ".join(f"{key.replace('_', ' ')} {text(inner, key)}" for key, inner in value.items())
        case _:
            words = str(value)
    return words


def _inside(item: Any, path: str) -> Any:
    for part in path.split("."):
        item = item.get(part) if isinstance(item, dict) else None
    return item
