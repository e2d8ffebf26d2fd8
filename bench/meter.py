"""What a stretch of work cost: processor time of every counted process, and PostgreSQL's own counters."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import asyncpg
import psutil

_COUNTERS = """
select (select wal_bytes::bigint from pg_stat_wal) as wal_bytes,
       (select sum(fsyncs)::bigint from pg_stat_io where object = 'wal' and context = 'normal') as wal_flushes,
       (select sum(xact_commit)::bigint from pg_stat_database where datname = current_database()) as commits,
       (select sum(sessions)::bigint from pg_stat_database where datname = current_database()) as sessions,
       (select sum(n_tup_ins)::bigint from pg_stat_user_tables) as inserted,
       (select sum(n_tup_upd)::bigint from pg_stat_user_tables) as updated
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """The meter at one moment."""

    seconds: Mapping[str, float]
    """Processor seconds by process name, of it and of all it started."""
    counters: Mapping[str, int]

    def since(self, before: "Reading") -> "Reading":
        """What was used in between."""
        return Reading(
            {name: spent - before.seconds.get(name, 0.0) for name, spent in self.seconds.items()},
            {name: count - before.counters[name] for name, count in self.counters.items()},
        )

    @staticmethod
    def sum(readings: "Iterable[Reading]") -> "Reading":
        """What was used in all of these."""
        seconds: Counter[str] = Counter()
        counters: Counter[str] = Counter()
        for one in readings:
            seconds.update(one.seconds)
            counters.update(one.counters)
        return Reading(dict(seconds), dict(counters))


async def read(roots: Mapping[str, int], connection: "asyncpg.Connection[asyncpg.Record]") -> Reading:
    """Read the meter, which leaves out what its own connection makes PostgreSQL do, such as looking who is through.

    PostgreSQL's counters lag up to a second behind unless the writers are idle.
    """
    await connection.execute("select pg_stat_clear_snapshot()")
    row = await connection.fetchrow(_COUNTERS)
    assert row is not None
    seconds = {name: _spent(pid) for name, pid in roots.items()}
    seconds["postgres"] -= _times(psutil.Process(connection.get_server_pid()))
    return Reading(seconds, dict(row))


def memory(pid: int) -> int:
    """Bytes that would come free if this process and its children ended (USS)."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(one.memory_full_info().uss for one in family)


def _spent(pid: int) -> float:
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(_times(one) for one in family)


def _times(process: psutil.Process) -> float:
    try:
        spent = process.cpu_times()
    except psutil.NoSuchProcess:  # it ended meanwhile, and its parent's `children_*` will have it
        return 0.0
    return float(spent.user + spent.system + spent.children_user + spent.children_system)
