"""`wij events`: what the services tell each other, live; and what could not be applied and waits for a person."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

import nats
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NothingYet
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DeliverPolicy
from typer import Argument, Option

from wij_cli.addresses import SERVICES
from wij_cli.api import Json
from wij_cli.dutch import moment
from wij_cli.refusals import Away, Misused
from wij_cli.shell import Commands, Shell

app = Commands(no_args_is_help=True, help="What the services tell each other, and what waits for a person.")

Reader = Annotated[str, Argument(help="the service that could not apply it")]
Source = Annotated[str, Argument(help="the service that told it")]
Position = Annotated[int, Argument(help="its place in that service's log")]

COLUMNS = {
    "Reader": "service",
    "Source": "source",
    "Position": "position",
    "Type": "type",
    "Why": "reason",
    "Since": "parked_at",
}


@app.verb("tail")
async def tail(
    shell: Shell,
    team: Annotated[str | None, Option(help="only of this team")] = None,
    kind: Annotated[str | None, Option("--type", help="only this type, such as case.opened")] = None,
    start: Annotated[int | None, Option("--from", help="a position; 1 is everything. From now on, if left out")] = None,
    service: Annotated[list[str] | None, Option(help="only of these services; may be given more than once")] = None,
    url: Annotated[
        str, Option("--nats", envvar="WIJ_NATS_URL", help="where the streams are")
    ] = "nats://127.0.0.1:4222",
    count: Annotated[int | None, Option(help="stop after so many")] = None,
) -> None:
    """Follow the facts as they are told; stop with Ctrl-C."""
    chosen = service or list(SERVICES)
    if unknown := [name for name in chosen if name not in SERVICES]:
        raise Misused(f"There is no service {unknown[0]}; choose from {', '.join(SERVICES)}.")
    try:
        connection = await nats.connect(
            url, connect_timeout=3, reconnect_time_wait=0.2, max_reconnect_attempts=3, error_cb=_quiet
        )
    except (OSError, NatsError) as error:
        raise Away(f"NATS does not answer at {url}. Name another address with --nats or WIJ_NATS_URL.") from error
    heard: asyncio.Queue[Json] = asyncio.Queue()
    try:
        async with asyncio.TaskGroup() as tasks:
            for name in chosen:
                subject = f"wij.{name}.{(kind or '*').replace('.', '_')}.{team or '*'}.*"
                tasks.create_task(_follow(connection.jetstream(), name, subject, start, heard))
            tasks.create_task(_show(shell, heard, count))
    except* _Enough:
        pass
    except* NatsError as group:
        raise Away(f"The stream stopped: {group.exceptions[0]}.") from group
    finally:
        await connection.close()


@app.verb("parked")
async def parked(shell: Shell) -> None:
    """Events that could not be applied, of all services."""
    shell.rows([item async for item in _parked(shell)], COLUMNS, empty="Nothing is parked.")


@app.verb("show")
async def show(shell: Shell, service: Reader, source: Source, position: Position) -> None:
    """One parked event: its content and why it could not be applied."""
    shell.one((await shell.api.get(service, f"/v1/parked/{source}/{position}")).body)


@app.verb("retry")
async def retry(shell: Shell, service: Reader, source: Source, position: Position) -> None:
    """Apply it again, and what waits behind it."""
    answer = await shell.api.post(service, f"/v1/parked/{source}/{position}/retry")
    shell.one(answer.body, "It will be tried again.")


@app.verb("drop")
async def drop(
    shell: Shell,
    service: Reader,
    source: Source,
    position: Position,
    reason: Annotated[str, Option(help="why it need not be applied; this stays on record")],
) -> None:
    """Give it up, with a reason; what waits behind it goes on."""
    answer = await shell.api.post(service, f"/v1/parked/{source}/{position}/drop", {"reason": reason})
    shell.one(answer.body, "Dropped.")


async def _parked(shell: Shell) -> AsyncIterator[Json]:
    for service in SERVICES:
        async for item in shell.api.items(service, "/v1/parked"):
            yield item | {"service": service}


class _Enough(Exception):
    """So many were asked for, and so many were shown."""


async def _follow(
    stream: JetStreamContext, service: str, subject: str, start: int | None, heard: asyncio.Queue[Json]
) -> None:
    """Put every event of one stream in the queue; ordered, and without leaving anything behind on the server."""
    policy = DeliverPolicy.NEW if start is None else DeliverPolicy.BY_START_SEQUENCE
    config = ConsumerConfig(deliver_policy=policy, opt_start_seq=start)
    following = await stream.subscribe(subject, stream=service.upper(), ordered_consumer=True, config=config)
    while True:
        try:
            message = await following.next_msg(timeout=60)
        except NothingYet:
            continue
        heard.put_nowait({"position": message.metadata.sequence.stream, **json.loads(message.data)})


async def _show(shell: Shell, heard: asyncio.Queue[Json], count: int | None) -> None:
    shown = 0
    while count is None or shown < count:
        event = await heard.get()
        if shell.as_json:
            shell.out.file.write(json.dumps(event, ensure_ascii=False) + "\n")
            shell.out.file.flush()
        else:
            shell.out.print(line(event), markup=False, soft_wrap=True)
        shown += 1
    raise _Enough


def line(event: Json) -> str:
    """One event on one line: its place, when, what, of which team, about what."""
    _, _, service, *name, _version = event["type"].split(".")
    about = f"{event['data'].get('team', '')} · {event['subject']}"
    return f"{service:>8} {event['position']:>6}  {moment(event['time'])}  {'.'.join(name)} · {about}"


async def _quiet(_: Exception) -> None:
    """What NATS says about itself is said by `tail` where it matters."""
