"""What has had its term is gone everywhere: every file is searched for its words, and again after an old backup (P17).

    python -m chaos.erasing --seed 1 [--keep]

Households live to the end of their cases, ask something that is only answered, or still have a case; volunteers stop.
Every word about somebody ends with their name. Terms are made short and everything is left to itself. Then the commands
of docs/operations.md free the space, and no file may hold a name of who was erased, while those who stay are there.
Then PostgreSQL is restored to the moment before, which knows everybody again; one household is held, as the page says,
and the same must be so once more.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import asyncpg

from chaos import aftermath
from chaos.backup import destroy
from chaos.fleet import environment
from chaos.journey import VOLUNTEERS, live, name, question
from chaos.restore import WITHIN, Drill, one_system
from chaos.verdict import Verdict, arguments, conclude

PROMISES = ("P17",)
CLOSED, OPEN, ANSWERED, PAUSED, ACTIVE = 8, 4, 4, 3, 4
"""Households whose case ends and that still have one, questions without a case, volunteers who stop and who stay."""
MOST = 5
"""Times that erasing may need, since intake erases what plan told that it erased."""
_NAME = re.compile(rb"Bedacht (\d{5})")


class Searched(NamedTuple):
    """What stands in the files."""

    files: int
    megabytes: float
    found: Mapping[str, set[int]]
    """The numbers of the names in each file that has any."""


def search(*folders: Path, apart: Path) -> Searched:
    """Read every file below these folders for names, but for one place in them."""
    size, found = 0, {}
    files = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    files = {path for path in files if not path.is_relative_to(apart)}
    for path in sorted(files):
        content = path.read_bytes()
        size += len(content)
        if numbers := {int(number) for number in _NAME.findall(content)}:
            found[str(path)] = numbers
    return Searched(len(files), size / 1e6, found)


class Erasing:
    """One system on which terms pass."""

    def __init__(self, drill: Drill) -> None:
        self.drill = drill
        self.gone = {*range(CLOSED), *range(CLOSED + OPEN, CLOSED + OPEN + ANSWERED)}
        self.stay = set(range(CLOSED, CLOSED + OPEN))

    async def live(self) -> None:
        """Everybody's story, up to the day on which the terms have passed."""
        people = self.drill.people
        numbers = range(CLOSED + OPEN)
        stories = (live(people, number, plan=True, need=True, close=number < CLOSED) for number in numbers)
        self.drill.seen += await asyncio.gather(*stories)
        for number in range(CLOSED + OPEN, CLOSED + OPEN + ANSWERED):
            asked = await people.desk.post("intake", "/requests", question(number, 0))
            path = f"/requests/{asked['request_id']}"
            await people.worker.post("intake", f"{path}/clarification", {"topics": ["money"], "urgency": "normal"})
            await people.worker.post("intake", f"{path}/safety-check", {"result": "none", "note": name(number)})
            await people.worker.post("intake", f"{path}/answer", {"answer_kind": "info", "text": name(number)})
        await aftermath.settled(self.drill.dsn, WITHIN)
        helping = {
            str(row[0])
            for row in await self.drill.rows(
                "select volunteer_id from matching.matches"
                " where state in ('proposed', 'matched', 'introduced', 'active')"
            )
        }
        page = await people.volunteer_coordinator.get("matching", "/volunteers")
        free = [who for who in page["items"] if who["volunteer_id"] not in helping]
        for who in free[:PAUSED]:
            path = f"/volunteers/{who['volunteer_id']}/pause"
            await people.volunteer_coordinator.post("matching", path, {"reason": "stopped"})
            self.gone.add(int(who["family_name"].rpartition(" ")[2]))
        self.stay |= set(range(VOLUNTEERS, VOLUNTEERS + PAUSED + ACTIVE)) - self.gone
        for service in ("intake", "plan", "matching"):
            await self.drill.rows(f"update {service}.retention set keep = interval '1 microsecond'")
        for service in ("intake", "plan", "matching", "notify"):
            await self.drill.rows(f"update {service}.answers set created_at = created_at - interval '31 days'")

    async def erase(self, case: str) -> Verdict:
        """Leave everything to itself until nothing is due, free the space, and search."""
        began = time.monotonic()
        passes = 0
        while due := self._due():
            assert passes < MOST, f"after {passes} times {due} are due"
            passes += 1
            await self.drill.close()
            await self.drill.open()  # a process erases when it starts, and every hour
            await aftermath.settled(self.drill.dsn, WITHIN)
        seconds = time.monotonic() - began
        told = await self.drill.rows(
            "select split_part(type, '.', 4) as kind, count(*) from"
            " (select type from intake.outbox union all select type from plan.outbox"
            "  union all select type from matching.outbox) o"
            " where type like '%.erased.v1' group by 1 order by 1"
        )
        await self.drill.close()
        await self.drill.backup.run("erased-for-good")
        # Everything of ours, NATS and PostgreSQL, wherever it keeps its files; a backup has a term of its own.
        postgres = self.drill.fleet.ground.postgres.files
        searched = search(self.drill.fleet.folder, postgres, apart=postgres.parent / "elsewhere")
        found = [
            f"{path} still has {', '.join(name(number) for number in sorted(numbers & self.gone)[:3])}"
            for path, numbers in searched.found.items()
            if numbers & self.gone
        ]
        everywhere: set[int] = set().union(*searched.found.values())
        found += [f"{name(number)} should have stayed" for number in sorted(self.stay - everywhere)]
        await self.drill.open()
        found += await self._broken()
        figures = {
            "people erased": len(self.gone),
            "files searched": searched.files,
            "names found in them": sum(len(numbers & self.gone) for numbers in searched.found.values()),
            "megabytes searched": round(searched.megabytes),
            "seconds": round(seconds, 1),
            **{f"{row['kind']} erased": row["count"] for row in told},
        }
        return Verdict(case, PROMISES, found, figures)

    async def go_back(self, until: str) -> None:
        """Restore PostgreSQL to a moment before anything was erased, by the page."""
        await self.drill.close()
        destroy(self.drill.fleet.ground.postgres)
        await self.drill.restore("2", until)
        self.drill.backup.adopt(self.drill.fleet.settings)
        for table in ("intake.questions", "plan.goals", "matching.volunteers"):
            words = await self.drill.rows(f"select t::text from {table} t")
            there = {int(number) for row in words for number in _NAME.findall(row[0].encode())}
            assert there & self.gone, f"the backup knows nobody in {table}, so nothing is tried"
        self._wijd(f"--hold={self.drill.seen[0].household_id}", "--until=2999-12-31", "--because=complaint 12")
        self.gone.remove(0)
        self.stay.add(0)

    def _due(self) -> int:
        """How much `wijd` says is due."""
        return sum(
            int(count)
            for count in re.findall(r": (\d+)(?: or more)? due$", self._wijd("--due-for-erasure"), re.MULTILINE)
        )

    def _wijd(self, *words: str) -> str:
        """Ask something of `wijd`; answers what it said."""
        ours = {**os.environ, **environment(self.drill.fleet.settings)}
        command = [sys.executable, "-m", "services", *words]
        return subprocess.run(command, env=ours, stdout=subprocess.PIPE, text=True, check=True).stdout

    async def _broken(self) -> list[str]:
        """What else should not be: an event that cannot be applied, a stream unlike its log."""
        connection = await asyncpg.connect(self.drill.dsn)
        try:
            return [
                *await aftermath.nothing_parked(connection),
                *await aftermath.gaps_in_sequences(connection),
                *await aftermath.streams_that_differ(connection, self.drill.fleet.ground.nats.url),
            ]
        finally:
            connection.terminate()


async def suffer(seed: int, folder: Path) -> list[Verdict]:
    """Both cases on one system."""
    async with one_system(seed, folder, volunteers=PAUSED + ACTIVE) as drill:
        run = Erasing(drill)
        drill.backup.receive()
        await drill.backup.received(drill.dsn)
        await run.live()
        await drill.backup.run("base-backup")
        until = str(await drill.value("select clock_timestamp()::text"))
        erased = await run.erase("erasure")
        await run.go_back(until)
        return [erased, await run.erase("erasure-after-restore")]


def main() -> int:
    """The command."""
    asked = arguments("chaos.erasing", __doc__).parse_args()
    with tempfile.TemporaryDirectory(prefix="wij-erasing-") as folder:
        verdicts = asyncio.run(suffer(asked.seed, Path(folder)))
    for verdict in verdicts:
        verdict.say()
    return conclude(verdicts, keep=asked.keep)


if __name__ == "__main__":
    sys.exit(main())
