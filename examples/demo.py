"""`make demo`: bring the example municipality in, play one household's story, and show what came of it.

    python -m examples.demo            on the system at WIJ_URL, or on that of WIJ_DATA, or on one of its own
    python -m examples.demo --keep     a system of its own stays until Ctrl-C

Leaves with 0 when every step happened, and with 1 when one did not.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from examples.generate import MUNICIPALITY
from examples.plot import Ending
from examples.stage import StepFailed
from examples.story import play
from services.up import running, started
from wij.embedded import GroundError
from wij_cli import timeline
from wij_cli.addresses import Addresses
from wij_cli.api import Api, Json
from wij_cli.dutch import HERE
from wij_cli.imports import areas, contacts, requests, volunteers, workers
from wij_cli.imports.outcome import Bad, Outcome
from wij_cli.imports.rows import read
from wij_cli.imports.sending import Ask, Step
from wij_cli.refusals import Stopped

type Parsed[A] = tuple[A, Sequence[Bad]]
type Send[A] = Callable[[Api, A, Outcome, Step], Awaitable[None]]

console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)


async def bring_in(base_url: str) -> dict[str, Outcome]:
    """Import every file of the example municipality, each as somebody who may; on a second run all is the same."""
    outcomes: dict[str, Outcome] = defaultdict(Outcome)

    async def take[A](name: str, who: str, parse: Callable[[str], Parsed[A]], send: Send[A]) -> None:
        asks, bad = parse(read(MUNICIPALITY / name))
        outcomes[name].refuse(*bad)
        async with Api(Addresses(base_url)) as api:
            await api.sign_in(who)
            await send(api, asks, outcomes[name], lambda: None)

    await take("areas.csv", "ferd", areas.parse, areas.send)
    await take("workers.csv", "ferd", workers.parse, workers.send)
    await take("contacts.csv", "ferd", contacts.parse, contacts.send)
    await take("requests.csv", "sip", requests.parse, requests.send)
    await take("volunteers.csv", "hanneke", _volunteers_of("selwerd"), volunteers.send)
    await take("volunteers.csv", "willem", _volunteers_of("paddepoel"), volunteers.send)
    return outcomes


def _volunteers_of(team: str) -> Callable[[str], Parsed[Sequence[Ask]]]:
    """The part of the file that a team's own coordinator may bring in."""

    def parse(text: str) -> Parsed[Sequence[Ask]]:
        asks, bad = volunteers.parse(text)
        return [ask for ask in asks if ask.body["team"] == team], bad

    return parse


async def show(base_url: str, mail: Path) -> None:
    """The whole demo on a system that answers."""
    console.rule("De voorbeeldgemeente", align="left")
    for name, outcome in (await bring_in(base_url)).items():
        console.print(f"{_mark(not outcome.bad)} {name}: {outcome.sentence}")
        if outcome.bad:
            raise StepFailed(f"{name}: {outcome.refused()[0].reason} (regel {outcome.refused()[0].line})")
    console.print()
    console.rule("Het verhaal van één huishouden", align="left")
    ending = await play(base_url, mail=mail, tell=lambda step: console.print(f"{_mark(good=True)} {step}"))
    _show_ending(ending)


def _show_ending(ending: Ending) -> None:
    console.print()
    console.rule("De tijdlijn, zoals een mens die leest", align="left")
    console.print(timeline.told(ending.timeline, ending.names))
    console.print()
    console.rule("De gebeurtenissen, zoals zij reisden", align="left")
    events = _table("om", "dienst", "positie", "wat", "team")
    for event in ending.events:
        at = datetime.fromisoformat(event["time"]).astimezone(HERE)
        events.add_row(f"{at:%H.%M.%S}", event["service"], str(event["position"]), _what(event), event["data"]["team"])
    console.print(events)
    console.print()
    console.rule("De mails die verstuurd zijn", align="left")
    mails = _table("aan", "adres", "onderwerp")
    for role, mail in ending.mails:
        mails.add_row(role, _masked(mail.to), mail.subject)
    console.print(mails)
    console.print(f"\nAlles gebeurde. Het huishouden is {ending.household_id}.")


def _what(event: Json) -> str:
    """Its name; of a message also which one, to whom and how."""
    name, data = ".".join(event["type"].split(".")[3:5]), event["data"]
    return f"{name}: {data['template']} → {data['recipient_role']} ({data['channel']})" if "template" in data else name


def _table(*headings: str) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for heading in headings:
        table.add_column(heading, justify="right" if heading == "positie" else "left", overflow="fold")
    return table


def _masked(address: str) -> str:
    """Enough to recognise, not enough to write to."""
    name, _, domain = address.partition("@")
    return f"{name[0]}…@{domain}"


def _mark(good: bool) -> str:  # noqa: FBT001  # said at each call
    return "[green]✓[/]" if good else "[red]✗[/]"


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/ready", timeout=3).status_code == 200
    except httpx.TransportError:
        return False


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.demo", description="Speel het verhaal van één huishouden."
    )
    parser.add_argument("--keep", action="store_true", help="laat een zelf gestart systeem draaien tot Ctrl-C")
    parser.add_argument("--mail", type=Path, help="de map waarin mails als .eml aankomen (WIJ_DATA/mail)")
    asked = parser.parse_args()
    data = Path(os.environ.get("WIJ_DATA", ".wij")).absolute()
    mail = asked.mail or data / "mail"
    try:
        url = os.environ.get("WIJ_URL") or running(data)
        if url is not None and _answers(url):
            console.print(f"WIJ draait al op {url}.\n")
            asyncio.run(show(url, mail))
            return
        console.print("WIJ draait nog niet; we starten het.\n")
        with started(data) as here:
            asyncio.run(show(here, mail))
            if asked.keep:
                console.print(f"\nWIJ blijft draaien op {here}. Ctrl-C stopt het.")
                signal.sigwait({signal.SIGINT, signal.SIGTERM})
    except (StepFailed, Stopped, GroundError) as reason:
        console.print(f"{_mark(good=False)} {reason}", markup=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
