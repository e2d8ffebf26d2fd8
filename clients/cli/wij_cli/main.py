"""The commands, and what a failure looks like: a sentence, and an exit code that says whose turn it is.

0 done · 1 the rules said no · 2 the command was not understood · 3 nothing answers.
"""

import json
import sys
from typing import Annotated

import typer

from wij_cli import (
    cases,
    contacts,
    doctor,
    events,
    handovers,
    households,
    inbox,
    matches,
    needs,
    notifications,
    plans,
    requests,
    timeline,
    volunteers,
)
from wij_cli.imports import commands as imports
from wij_cli.refusals import Refused, Stopped
from wij_cli.shell import Commands, Shell, keep_token

app = Commands(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="One household, one director, one plan: WIJ from the command line.",
    epilog="WIJ_URL says where WIJ is (http://127.0.0.1:8000); WIJ_INTAKE_URL and so on where one service is; "
    "WIJ_TOKEN is used instead of the token of `wij login`.",
)
for name, group in {
    "requests": requests.app,
    "households": households.app,
    "contacts": contacts.app,
    "cases": cases.app,
    "plans": plans.app,
    "handovers": handovers.app,
    "volunteers": volunteers.app,
    "needs": needs.app,
    "matches": matches.app,
    "inbox": inbox.app,
    "notifications": notifications.app,
    "events": events.app,
    "import": imports.app,
}.items():
    app.add_typer(group, name=name)
timeline.register(app)
doctor.register(app)


@app.callback()
def _every_command(
    context: typer.Context,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", help="JSON for machines; may also stand after the command.")
    ] = False,
) -> None:
    context.obj = Shell(as_json=as_json)


@app.verb("login")
async def login(
    shell: Shell,
    name: Annotated[str, typer.Argument(help="one of the cast, such as samira; WIJ prints them at the start")],
) -> None:
    """Sign in as one of the cast (development only)."""
    file = keep_token(await shell.api.sign_in(name))
    shell.say(f"Signed in as {name}. The token is in {file}, readable by you alone.", {"name": name, "file": str(file)})


@app.verb("whoami")
async def whoami(shell: Shell) -> None:
    """Who is signed in, with which roles, until when."""
    shell.one(timeline.claims(shell.api.token))


def main() -> None:
    """Run one command and leave with its exit code."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--json"]
    as_json = len(arguments) < len(sys.argv) - 1
    try:
        app(["--json", *arguments] if as_json else arguments)
    except Stopped as reason:
        if as_json and isinstance(reason, Refused):
            sys.stderr.write(json.dumps(reason.problem, ensure_ascii=False) + "\n")
        else:
            sys.stderr.write(f"{reason}\n")
        sys.exit(reason.exit_code)
