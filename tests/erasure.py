"""What the tests of erasing share: old and short terms, and every table read from end to end."""

from datetime import timedelta

from tests.shared.toys import as_owner
from wij import erasure
from wij.database import Database
from wij.erasure import Erase


async def after(database: Database, code: str, keep: timedelta) -> None:
    """The municipality chooses another term."""
    await as_owner(database.settings, database.service, "update retention set keep = $2 where code = $1", code, keep)


async def erase_all(database: Database, erase: Erase) -> int:
    """Erase everything that is due, as the service's loop does; answers how many there were."""
    count = 0
    while some := await erasure.erase_some(database, erase):
        count += some
    return count


async def due(database: Database, erase: Erase) -> list[str]:
    """The names of what would be told."""
    return [fact.name for fact in await erasure.due(database, erase)]


async def found(database: Database, *canaries: str) -> dict[str, list[str]]:
    """Which of these words stand where, in any column of any table: log and stored answers included."""
    tables = await as_owner(
        database.settings,
        database.service,
        "select table_name from information_schema.tables"
        " where table_schema = current_schema() and table_type = 'BASE TABLE'",
    )
    everywhere: dict[str, list[str]] = {}
    for (table,) in tables:
        rows = await as_owner(database.settings, database.service, f"select t::text from {table} t")
        text = "\n".join(row[0] for row in rows)
        if hits := [word for word in canaries if word in text or word.encode().hex() in text]:
            everywhere[table] = hits
    return everywhere
