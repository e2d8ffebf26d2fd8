"""A history: what every client did, from when to when, and what it was told; one JSON object per line.

    {"process": "samira", "op": {"do": "call", …}, "start": 3.1, "end": 3.2, "result": {…}}

A call that nobody answered has the result null: it may have taken effect, or may still. What was found afterwards in
the databases (`do: found`) and in the post (`do: mail`) stands at the end: one file is all that a checker needs.
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that one process did."""

    process: str
    op: Mapping[str, Any]
    start: float
    end: float
    result: Any
    """What it was told; None when it was told nothing, and then `end` is when it stopped waiting."""

    @property
    def known(self) -> bool:
        """Whether anybody answered."""
        return self.result is not None


class History:
    """The history of one run, written as it happens."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[Record] = []
        self._file: TextIO = path.open("w", encoding="utf-8")

    def write(self, process: str, op: Mapping[str, Any], start: float, result: Any) -> None:
        """Add what ended just now."""
        record = Record(process, op, start, time.monotonic(), result)
        self.records.append(record)
        self._file.write(json.dumps(asdict(record)) + "\n")

    def close(self) -> None:
        """Nothing follows."""
        self._file.close()


def read(path: Path) -> list[Record]:
    """A history from its file."""
    with path.open(encoding="utf-8") as lines:
        return [Record(**json.loads(line)) for line in lines if line.strip()]


def of(records: Iterable[Record], do: str) -> Iterator[Record]:
    """What was done of one kind."""
    return (record for record in records if record.op["do"] == do)
